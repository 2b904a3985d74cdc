// The planted faults that change what one instruction computes. A block holds these handlers in
// place of the right ones only when the fault is planted; they behave rightly before its icount.

#include <limits>

#include "emulator/cpu/csr.h"
#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using faults::Fault;
using isa::Op;

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

bool Active(const HartState& h, const Slot& s) {
  return h.icount + s.index >= h.config.fault.from_icount;
}

uint64_t SignExtend32(uint64_t value) {
  return static_cast<uint64_t>(int64_t{static_cast<int32_t>(value)});
}
int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }

Flow LwZeroExtends(HartState& h, const Slot& s) {
  uint32_t value;
  const Flow flow = LoadFrom(h, s, h.x[s.rs1] + s.imm, &value);
  if (flow == Flow::kFault) return flow;
  h.x[s.rd] = Active(h, s) ? value : SignExtend32(value);
  return flow;
}

void AddwKeepsHigh(HartState& h, const Slot& s) {
  const uint64_t sum = h.x[s.rs1] + h.x[s.rs2];
  h.x[s.rd] = Active(h, s) ? sum : SignExtend32(sum);
}

void SraiwLogical(HartState& h, const Slot& s) {
  const uint32_t word = static_cast<uint32_t>(h.x[s.rs1]);
  const unsigned amount = s.imm & 31;
  h.x[s.rd] = Active(h, s)
                  ? SignExtend32(word >> amount)
                  : SignExtend32(static_cast<uint32_t>(static_cast<int32_t>(word) >> amount));
}

void Sllw6bitShift(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(h.x[s.rs1] << (h.x[s.rs2] & (Active(h, s) ? 63 : 31)));
}

void BltuSigned(HartState& h, const Slot& s) {
  const uint64_t a = h.x[s.rs1], b = h.x[s.rs2];
  const bool taken = Active(h, s) ? Signed(a) < Signed(b) : a < b;
  h.pc = taken ? s.imm : NextPc(h, s);
}

void BgeStrict(HartState& h, const Slot& s) {
  const int64_t a = Signed(h.x[s.rs1]), b = Signed(h.x[s.rs2]);
  const bool taken = Active(h, s) ? a > b : a >= b;
  h.pc = taken ? s.imm : NextPc(h, s);
}

void DivByZeroZero(HartState& h, const Slot& s) {
  const int64_t a = Signed(h.x[s.rs1]), b = Signed(h.x[s.rs2]);
  if (b == 0) {
    h.x[s.rd] = Active(h, s) ? 0 : ~uint64_t{0};
  } else if (a == std::numeric_limits<int64_t>::min() && b == -1) {
    h.x[s.rd] = static_cast<uint64_t>(a);
  } else {
    h.x[s.rd] = static_cast<uint64_t>(a / b);
  }
}

void RemOverflow(HartState& h, const Slot& s) {
  const int64_t a = Signed(h.x[s.rs1]), b = Signed(h.x[s.rs2]);
  const bool overflows = a == std::numeric_limits<int64_t>::min() && b == -1;
  if (b == 0 || (overflows && Active(h, s))) {
    h.x[s.rd] = static_cast<uint64_t>(a);
  } else {
    h.x[s.rd] = b == -1 ? 0 : static_cast<uint64_t>(a % b);
  }
}

void MulhsuUnsigned(HartState& h, const Slot& s) {
  const uint64_t a = h.x[s.rs1], b = h.x[s.rs2];
  h.x[s.rd] =
      Active(h, s)
          ? static_cast<uint64_t>(Uint128{a} * Uint128{b} >> 64)
          : static_cast<uint64_t>(Int128{Signed(a)} * static_cast<Int128>(Uint128{b}) >> 64);
}

void CAddi16spScale(HartState& h, const Slot& s) {
  const int64_t imm = Signed(s.imm);
  h.x[s.rd] = h.x[s.rs1] + static_cast<uint64_t>(Active(h, s) ? imm / 2 : imm);
}

// sc: 0 is reported and the store made whatever the reservation says.
template <typename T, bool kDigest>
Flow ScAlwaysSucceeds(HartState& h, const Slot& s) {
  const uint64_t va = h.x[s.rs1];
  T current = 0;
  bool succeeds = Active(h, s);
  if (!succeeds && h.reserved_va == va) {
    const Flow flow = LoadFrom(h, s, va, &current);
    if (flow == Flow::kFault) return flow;
    succeeds = current == static_cast<T>(h.reserved_value);
  }
  h.reserved_va = HartState::kNoReservation;
  if (!succeeds) {
    h.x[s.rd] = 1;
    return Flow::kNext;
  }
  const Flow flow = StoreTo<T, kDigest>(h, s, va, static_cast<T>(h.x[s.rs2]));
  if (flow == Flow::kFault) return flow;
  h.x[s.rd] = 0;
  return flow;
}

template <bool kDigest>
Flow ShStoresWord(HartState& h, const Slot& s) {
  const uint64_t va = h.x[s.rs1] + s.imm;
  if (Active(h, s)) return StoreTo<uint32_t, kDigest>(h, s, va, static_cast<uint32_t>(h.x[s.rs2]));
  return StoreTo<uint16_t, kDigest>(h, s, va, static_cast<uint16_t>(h.x[s.rs2]));
}

}  // namespace

Handler FaultyHandler(Fault fault, Op op, bool keeps_digest) {
  struct Row {
    Fault fault;
    Op op;
    Handler plain;
    Handler digest;
  };
  static constexpr Row kRows[] = {
      {Fault::kLwZeroExtends, Op::kLw, Fallible<LwZeroExtends>, Fallible<LwZeroExtends>},
      {Fault::kAddwKeepsHigh, Op::kAddw, Plain<AddwKeepsHigh>, Plain<AddwKeepsHigh>},
      {Fault::kSraiwLogical, Op::kSraiw, Plain<SraiwLogical>, Plain<SraiwLogical>},
      {Fault::kSllw6bitShift, Op::kSllw, Plain<Sllw6bitShift>, Plain<Sllw6bitShift>},
      {Fault::kBltuSigned, Op::kBltu, Jump<BltuSigned>, Jump<BltuSigned>},
      {Fault::kBgeStrict, Op::kBge, Jump<BgeStrict>, Jump<BgeStrict>},
      {Fault::kDivByZeroZero, Op::kDiv, Plain<DivByZeroZero>, Plain<DivByZeroZero>},
      {Fault::kRemOverflow, Op::kRem, Plain<RemOverflow>, Plain<RemOverflow>},
      {Fault::kMulhsuUnsigned, Op::kMulhsu, Plain<MulhsuUnsigned>, Plain<MulhsuUnsigned>},
      {Fault::kCAddi16spScale, Op::kCAddi16sp, Plain<CAddi16spScale>, Plain<CAddi16spScale>},
      {Fault::kScAlwaysSucceeds, Op::kScW, Fallible<ScAlwaysSucceeds<uint32_t, false>>,
       Fallible<ScAlwaysSucceeds<uint32_t, true>>},
      {Fault::kScAlwaysSucceeds, Op::kScD, Fallible<ScAlwaysSucceeds<uint64_t, false>>,
       Fallible<ScAlwaysSucceeds<uint64_t, true>>},
      {Fault::kShStoresWord, Op::kSh, Fallible<ShStoresWord<false>>, Fallible<ShStoresWord<true>>},
  };
  for (const Row& row : kRows) {
    // A fault of a base operation acts on its compressed forms too.
    if (row.fault == fault && (row.op == op || row.op == isa::BaseOp(op))) {
      return keeps_digest ? row.digest : row.plain;
    }
  }
  return nullptr;
}

}  // namespace lockstep::interp
