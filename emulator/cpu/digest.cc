#include "emulator/cpu/digest.h"

#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_state.h"

namespace lockstep::cpu {

std::vector<DigestKeeper::CsrElement> DigestKeeper::ElementsOf(const DigestRules& rules) {
  std::vector<CsrElement> elements;
  const auto add = [&](uint32_t element, uint16_t csr) {
    elements.push_back({element, csr, rules.IgnoredBits(element), 0, 0});
  };
  for (size_t i = 0; i < kDigestPrivilege; ++i) {
    add(LOCKSTEP_ELEMENT_CSR + uint32_t{kDigestCsrs[i]}, kDigestCsrs[i]);
  }
  add(LOCKSTEP_ELEMENT_PRIVILEGE, 0);
  for (uint16_t csr : rules.extra_csrs) add(LOCKSTEP_ELEMENT_CSR + uint32_t{csr}, csr);
  return elements;
}

uint64_t DigestKeeper::ValueOf(const HartState& hart, const CsrElement& element) {
  const uint64_t value =
      element.element == LOCKSTEP_ELEMENT_PRIVILEGE ? hart.privilege : PeekCsr(hart, element.csr);
  return value & ~element.ignored_bits;
}

void DigestKeeper::Enable(const HartState& hart, uint64_t stored) {
  const DigestRules& rules = hart.config.digest_rules;
  enabled_ = true;
  groups_ = {};
  groups_[kGroupMem] = stored;
  terms_ = {};
  fcsr_kept_ = ~rules.IgnoredBits(LOCKSTEP_ELEMENT_FCSR);
  has_extra_ = !rules.extra_csrs.empty();
  csrs_ = ElementsOf(rules);
  GprsWritten(hart.x, 0xfffffffe);
  FprsWritten(hart.f, 0xffffffff);
  FcsrWritten(PeekCsr(hart, kCsrFcsr));
  for (CsrElement& csr : csrs_) csr.value = ~ValueOf(hart, csr);
  UpdateCsrs(hart);
}

void DigestKeeper::UpdateCsrs(const HartState& hart) {
  // A register that the policy adds may tick without anybody saying so: it is looked at each time.
  csr_changed_ = has_extra_;
  for (CsrElement& csr : csrs_) {
    const uint64_t value = ValueOf(hart, csr);
    if (value == csr.value) continue;
    csr.value = value;
    const uint64_t term = lockstep_term(csr.element, value);
    groups_[kGroupCsr] += term - csr.term;
    csr.term = term;
  }
}

void DigestKeeper::AddCsrNote(const HartState& hart, uint16_t number) {
  for (const CsrElement& csr : csrs_) {
    if (csr.csr != number || csr.element == LOCKSTEP_ELEMENT_PRIVILEGE) continue;
    csr_notes_ += lockstep_mum(ValueOf(hart, csr) ^ lockstep_digest_a(csr.element),
                               hart.icount ^ lockstep_digest_b(csr.element));
    return;
  }
}

void DigestStore(HartState& hart, uint64_t pa, uint64_t value, uint32_t size_bytes) {
  const std::vector<lockstep_range>& ranges = hart.config.digest_rules.ranges;
  const uint64_t kept =
      ranges.empty()
          ? ~uint64_t{0}
          : lockstep_kept_bits(ranges.data(), static_cast<uint32_t>(ranges.size()), pa, size_bytes);
  if (kept != 0) hart.digest.Stored(pa, value & kept, size_bytes);
}

observe::Digests RecomputeDigests(const HartState& hart) {
  const DigestRules& rules = hart.config.digest_rules;
  observe::Digests digests{};
  for (uint32_t i = 1; i < 32; ++i) digests[kGroupGpr] += lockstep_term(i, hart.x[i]);
  for (uint32_t i = 0; i < 32; ++i) {
    digests[kGroupFpr] += lockstep_term(LOCKSTEP_ELEMENT_F0 + i, hart.f[i]);
  }
  digests[kGroupFpr] += lockstep_term(
      LOCKSTEP_ELEMENT_FCSR, PeekCsr(hart, kCsrFcsr) & ~rules.IgnoredBits(LOCKSTEP_ELEMENT_FCSR));
  for (const DigestKeeper::CsrElement& csr : DigestKeeper::ElementsOf(rules)) {
    digests[kGroupCsr] += lockstep_term(csr.element, DigestKeeper::ValueOf(hart, csr));
  }
  digests[kGroupMem] = hart.digest.groups()[kGroupMem];
  return digests;
}

}  // namespace lockstep::cpu
