// RV64I's semantic functions and handlers, apart from their table (rv_i.cc), so that
// superinstructions (fused.cc) are made of the same ones. Source: Unprivileged ISA, chapters 2
// and 5.
#ifndef EMULATOR_INTERP_RV_I_H_
#define EMULATOR_INTERP_RV_I_H_

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "emulator/interp/block.h"
#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp::rv_i {

inline uint64_t SignExtend32(uint64_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}
inline int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }
inline int32_t Word(uint64_t value) { return static_cast<int32_t>(value); }

// The target or upper immediate is already in `imm`.
inline void Lui(HartState& h, const Slot& s) { h.x[s.rd] = s.imm; }
inline void Auipc(HartState& h, const Slot& s) { h.x[s.rd] = s.imm; }

inline void Addi(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] + s.imm; }
inline void Slti(HartState& h, const Slot& s) { h.x[s.rd] = Signed(h.x[s.rs1]) < Signed(s.imm); }
inline void Sltiu(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] < s.imm; }
inline void Xori(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ s.imm; }
inline void Ori(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | s.imm; }
inline void Andi(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & s.imm; }
inline void Slli(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] << (s.imm & 63); }
inline void Srli(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (s.imm & 63); }
inline void Srai(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Signed(h.x[s.rs1]) >> (s.imm & 63));
}
inline void Add(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] + h.x[s.rs2]; }
inline void Sub(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] - h.x[s.rs2]; }
inline void Sll(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] << (h.x[s.rs2] & 63); }
inline void Slt(HartState& h, const Slot& s) {
  h.x[s.rd] = Signed(h.x[s.rs1]) < Signed(h.x[s.rs2]);
}
inline void Sltu(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] < h.x[s.rs2]; }
inline void Xor(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ h.x[s.rs2]; }
inline void Srl(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (h.x[s.rs2] & 63); }
inline void Sra(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Signed(h.x[s.rs1]) >> (h.x[s.rs2] & 63));
}
inline void Or(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | h.x[s.rs2]; }
inline void And(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & h.x[s.rs2]; }

inline void Addiw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] + s.imm); }
inline void Slliw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(h.x[s.rs1] << (s.imm & 31));
}
inline void Srliw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(static_cast<uint32_t>(h.x[s.rs1]) >> (s.imm & 31));
}
inline void Sraiw(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{Word(h.x[s.rs1]) >> (s.imm & 31)});
}
inline void Addw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] + h.x[s.rs2]); }
inline void Subw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] - h.x[s.rs2]); }
inline void Sllw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(h.x[s.rs1] << (h.x[s.rs2] & 31));
}
inline void Srlw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(static_cast<uint32_t>(h.x[s.rs1]) >> (h.x[s.rs2] & 31));
}
inline void Sraw(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{Word(h.x[s.rs1]) >> (h.x[s.rs2] & 31)});
}

inline bool IsEqual(const HartState& h, const Slot& s) { return h.x[s.rs1] == h.x[s.rs2]; }
inline bool IsNotEqual(const HartState& h, const Slot& s) { return h.x[s.rs1] != h.x[s.rs2]; }
inline bool IsLess(const HartState& h, const Slot& s) {
  return Signed(h.x[s.rs1]) < Signed(h.x[s.rs2]);
}
inline bool IsNotLess(const HartState& h, const Slot& s) {
  return Signed(h.x[s.rs1]) >= Signed(h.x[s.rs2]);
}
inline bool IsBelow(const HartState& h, const Slot& s) { return h.x[s.rs1] < h.x[s.rs2]; }
inline bool IsNotBelow(const HartState& h, const Slot& s) { return h.x[s.rs1] >= h.x[s.rs2]; }

using Condition = bool (*)(const HartState&, const Slot&);

// The same where nobody watches: on to the next block.
template <Condition kIsTaken>
uint32_t BranchAndGoOn(HartState* h, const Slot* s) {
  const uint32_t begun = s->index + 1u;
  if (kIsTaken(*h, *s)) return GoOnDirectly(h, s, kJumped, s->imm, begun);
  return GoOnDirectly(h, s, kFellThrough, NextPc(*h, *s), begun);
}
inline uint32_t JalAndGoOn(HartState* h, const Slot* s) {
  h->x[s->rd] = NextPc(*h, *s);
  return GoOnDirectly(h, s, kJumped, s->imm, s->index + 1u);
}
inline uint32_t JalrAndGoOn(HartState* h, const Slot* s) {
  const uint64_t target = (h->x[s->rs1] + s->imm) & ~uint64_t{1};
  h->x[s->rd] = NextPc(*h, *s);
  return GoOnIndirectly(h, target, s->index + 1u);
}

// A signed T sign-extends, an unsigned one zero-extends.
template <typename T>
uint64_t Extended(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

template <Handler kHandler>
using Is = std::integral_constant<Handler, kHandler>;

// Goes on behind `s`: at the next slot, or in the handler that is fused with this one.
template <Handler kThen>
uint32_t Then(HartState* h, const Slot* s) {
  // With -fsanitize=undefined a comparison with nullptr is no constant.
  if constexpr (std::is_same_v<Is<kThen>, Is<nullptr>>) {
    return s[1].fn(h, s + 1);
  } else {
    return kThen(h, s + 1);
  }
}

// The handlers of loads and stores are written out, so that their fast path needs no stack frame:
// what misses the TLB's compare goes on in a handler of its own.
template <typename T>
[[gnu::noinline]] uint32_t LoadMissed(HartState* h, const Slot* s) {
  uint64_t value;
  const Flow flow = LoadOutOfLine(*h, *s, h->x[s->rs1] + s->imm, sizeof(T), &value);
  if (flow == Flow::kFault) return Leave(h, s, flow);
  h->x[s->rd] = Extended(static_cast<T>(value));
  if (flow == Flow::kEnd) return Leave(h, s, flow);
  return s[1].fn(h, s + 1);
}

template <typename T, Handler kThen = nullptr>
uint32_t Load(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->load_tlb, va);
  if (!TagMatches<T>(entry, va)) [[unlikely]]
    return LoadMissed<T>(h, s);
  T value;
  std::memcpy(&value, HostAddress(entry, va), sizeof(T));
  h->x[s->rd] = Extended(value);
  return Then<kThen>(h, s);
}

template <typename T>
[[gnu::noinline]] uint32_t StoreMissed(HartState* h, const Slot* s) {
  const Flow flow =
      StoreOutOfLine(*h, *s, h->x[s->rs1] + s->imm, sizeof(T), static_cast<T>(h->x[s->rs2]));
  if (flow != Flow::kNext) return Leave(h, s, flow);
  return s[1].fn(h, s + 1);
}

template <typename T, bool kDigest, Handler kThen = nullptr>
uint32_t Store(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->store_tlb, va);
  if (!TagMatches<T>(entry, va)) [[unlikely]]
    return StoreMissed<T>(h, s);
  const T value = static_cast<T>(h->x[s->rs2]);
  std::memcpy(HostAddress(entry, va), &value, sizeof(T));
  if constexpr (kDigest) {
    h->digest.StoredAt(va + entry.digest_addend, value, sizeof(T));
  }
  return Then<kThen>(h, s);
}

}  // namespace lockstep::interp::rv_i

#endif  // EMULATOR_INTERP_RV_I_H_
