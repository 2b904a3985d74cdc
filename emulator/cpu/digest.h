// The four state digests, kept up to date by writes.
//
// Engines say which registers a block may have written, and the keeper replaces their terms; from
// scratch the same numbers come out (RecomputeDigests). Definition:
// plugins/sdk/lockstep_digest.h. Not thread-safe.
#ifndef EMULATOR_CPU_DIGEST_H_
#define EMULATOR_CPU_DIGEST_H_

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "emulator/cpu/digest_rules.h"
#include "emulator/observe/observer.h"
#include "plugins/sdk/lockstep_digest.h"

namespace lockstep::cpu {

struct HartState;

// Number of a group in observe::Digests.
inline constexpr int kGroupGpr = 0, kGroupFpr = 1, kGroupCsr = 2, kGroupMem = 3;

// A and B of elements 0..65: x, f, fcsr, privilege.
struct DigestTables {
  std::array<uint64_t, 66> a;
  std::array<uint64_t, 66> b;
};
inline constexpr DigestTables kDigestTables = [] {
  DigestTables tables{};
  const auto splitmix = [](uint64_t n) {
    uint64_t z = LOCKSTEP_DIGEST_SEED + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
  };
  for (uint32_t i = 0; i < tables.a.size(); ++i) {
    tables.a[i] = splitmix(2 * uint64_t{i});
    tables.b[i] = splitmix(2 * uint64_t{i} + 1) | 1;
  }
  return tables;
}();

// The CSRs of the csr group, by number.
inline constexpr std::array<uint16_t, 36> kDigestCsrs = {
    0x300, 0x302, 0x303, 0x304, 0x305, 0x306, 0x340, 0x341, 0x342, 0x343, 0x3a0, 0x3a2,
    0x3b0, 0x3b1, 0x3b2, 0x3b3, 0x3b4, 0x3b5, 0x3b6, 0x3b7, 0x3b8, 0x3b9, 0x3ba, 0x3bb,
    0x3bc, 0x3bd, 0x3be, 0x3bf, 0x105, 0x106, 0x140, 0x141, 0x142, 0x143, 0x180, 0};
// The last place of kDigestCsrs stands for the privilege mode.
inline constexpr size_t kDigestPrivilege = kDigestCsrs.size() - 1;

class DigestKeeper {
 public:
  bool enabled() const { return enabled_; }
  // Starts from the hart's state as it is, by its config's rules, and the mem group from `stored`.
  void Enable(const HartState& hart, uint64_t stored);

  // A block that may have written the integer registers of `mask` has ended.
  void GprsWritten(const std::array<uint64_t, 33>& x, uint32_t mask) {
    for (uint32_t left = mask; left != 0; left &= left - 1) {
      const unsigned i = std::countr_zero(left);
      const uint64_t term = lockstep_mum(x[i] ^ kDigestTables.a[i], kDigestTables.b[i]);
      groups_[kGroupGpr] += term - terms_[i];
      terms_[i] = term;
    }
  }
  void FprsWritten(const std::array<uint64_t, 32>& f, uint32_t mask) {
    for (uint32_t left = mask; left != 0; left &= left - 1) {
      const unsigned n = std::countr_zero(left);
      Replace(kGroupFpr, LOCKSTEP_ELEMENT_F0 + n, f[n]);
    }
  }
  void FcsrWritten(uint64_t fcsr) { Replace(kGroupFpr, LOCKSTEP_ELEMENT_FCSR, fcsr & fcsr_kept_); }

  // Some CSR, or the privilege mode, may have changed; Settle() finds out which.
  void MarkCsr() { csr_changed_ = true; }
  bool csr_changed() const { return csr_changed_; }
  void Settle(const HartState& hart) {
    if (csr_changed_) [[unlikely]]
      UpdateCsrs(hart);
  }

  // A CSR was written by an instruction. With `notes_csrs` its value goes into a sum, which
  // TakeCsrNotes() gives and sets to 0: written values that do not last to the next look at the
  // group are seen so.
  void NoteCsr(const HartState& hart, uint16_t number) {
    if (notes_csrs_) [[unlikely]]
      AddCsrNote(hart, number);
  }
  void set_notes_csrs(bool notes_csrs) { notes_csrs_ = notes_csrs; }
  uint64_t TakeCsrNotes() { return std::exchange(csr_notes_, 0); }

  // A store to guest memory, of which no byte is ignored; `x` as in lockstep_mem_term_at().
  void StoredAt(uint64_t x, uint64_t value, uint32_t size_bytes) {
    groups_[kGroupMem] += lockstep_mem_term_at(x, value, size_bytes);
  }
  void Stored(uint64_t pa, uint64_t value, uint32_t size_bytes) {
    StoredAt(pa + LOCKSTEP_MEM_P, value, size_bytes);
  }

  const observe::Digests& groups() const { return groups_; }
  // Where they are, and the terms of x0.. in them, for translated code that keeps them.
  const uint64_t* group(int number) const { return &groups_[number]; }
  const uint64_t* gpr_terms() const { return terms_.data(); }

 private:
  // An element of the csr group.
  struct CsrElement {
    uint32_t element = 0;
    uint16_t csr = 0;  // its number; of LOCKSTEP_ELEMENT_PRIVILEGE 0
    uint64_t ignored_bits = 0;
    uint64_t value = 0;  // as digested last
    uint64_t term = 0;
  };
  void Replace(int group, unsigned element, uint64_t value) {
    const uint64_t term = lockstep_mum(value ^ kDigestTables.a[element], kDigestTables.b[element]);
    groups_[group] += term - terms_[element];
    terms_[element] = term;
  }
  static std::vector<CsrElement> ElementsOf(const DigestRules& rules);
  static uint64_t ValueOf(const HartState& hart, const CsrElement& element);
  void UpdateCsrs(const HartState& hart);
  void AddCsrNote(const HartState& hart, uint16_t number);
  friend observe::Digests RecomputeDigests(const HartState& hart);

  observe::Digests groups_{};
  std::array<uint64_t, 66> terms_{};
  std::vector<CsrElement> csrs_;
  uint64_t fcsr_kept_ = ~uint64_t{0};
  bool enabled_ = false;
  bool csr_changed_ = false;
  bool notes_csrs_ = false;
  uint64_t csr_notes_ = 0;
  bool has_extra_ = false;  // registers that may change by themselves
};

// A store of any kind: what the rules ignore is left out.
void DigestStore(HartState& hart, uint64_t pa, uint64_t value, uint32_t size_bytes);

// Digests of the registers from scratch; the mem group, which is a history, is copied.
observe::Digests RecomputeDigests(const HartState& hart);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_DIGEST_H_
