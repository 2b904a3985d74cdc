#include "emulator/cpu/digest.h"

#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_state.h"

namespace lockstep::cpu {
namespace {

uint64_t CsrElementValue(const HartState& hart, size_t place) {
  return place == kDigestPrivilege ? hart.privilege : PeekCsr(hart, kDigestCsrs[place]);
}

uint64_t CsrElementTerm(size_t place, uint64_t value) {
  return lockstep_term(place == kDigestPrivilege
                           ? LOCKSTEP_ELEMENT_PRIVILEGE
                           : LOCKSTEP_ELEMENT_CSR + uint32_t{kDigestCsrs[place]},
                       value);
}

}  // namespace

void DigestKeeper::Enable(const HartState& hart, uint64_t stored) {
  enabled_ = true;
  groups_ = {};
  groups_[kGroupMem] = stored;
  terms_ = {};
  csr_terms_ = {};
  GprsWritten(hart.x, 0xfffffffe);
  FprsWritten(hart.f, 0xffffffff);
  FcsrWritten(PeekCsr(hart, kCsrFcsr));
  for (size_t i = 0; i < kDigestCsrs.size(); ++i) csr_values_[i] = ~CsrElementValue(hart, i);
  UpdateCsrs(hart);
}

void DigestKeeper::UpdateCsrs(const HartState& hart) {
  csr_changed_ = false;
  for (size_t i = 0; i < kDigestCsrs.size(); ++i) {
    const uint64_t value = CsrElementValue(hart, i);
    if (value == csr_values_[i]) continue;
    csr_values_[i] = value;
    const uint64_t term = CsrElementTerm(i, value);
    groups_[kGroupCsr] += term - csr_terms_[i];
    csr_terms_[i] = term;
  }
}

observe::Digests RecomputeDigests(const HartState& hart) {
  observe::Digests digests{};
  for (uint32_t i = 1; i < 32; ++i) digests[kGroupGpr] += lockstep_term(i, hart.x[i]);
  for (uint32_t i = 0; i < 32; ++i) {
    digests[kGroupFpr] += lockstep_term(LOCKSTEP_ELEMENT_F0 + i, hart.f[i]);
  }
  digests[kGroupFpr] += lockstep_term(LOCKSTEP_ELEMENT_FCSR, PeekCsr(hart, kCsrFcsr));
  for (size_t i = 0; i < kDigestCsrs.size(); ++i) {
    digests[kGroupCsr] += CsrElementTerm(i, CsrElementValue(hart, i));
  }
  digests[kGroupMem] = hart.digest.groups()[kGroupMem];
  return digests;
}

}  // namespace lockstep::cpu
