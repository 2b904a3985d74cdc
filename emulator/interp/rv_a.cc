// A: load-reserved, store-conditional and atomic memory operations.
//
// One thread runs all harts, so a plain load and store are atomic. As on QEMU 7.2: a reservation is
// an address and the value that was loaded, sc succeeds when both still hold; an AMO is a load and
// a store, and each half raises its own faults; lr and AMOs must be aligned (load
// misaligned), which sc, needing the same address, then is too. What other harts store breaks a
// reservation also when it leaves the value as it was (emulator/cpu/hart_group.h).
// Source: Unprivileged ISA, chapter 8.

#include <algorithm>
#include <type_traits>

#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

template <typename T>
uint64_t SignExtended(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<T>>(value)));
}

template <typename T>
Flow LoadReserved(HartState& h, const Slot& s) {
  const uint64_t va = h.x[s.rs1];
  if (va % sizeof(T) != 0) return Raise(h, cpu::kCauseLoadMisaligned, va, Flow::kFault);
  T value;
  const Flow flow = LoadFrom(h, s, va, &value);
  if (flow == Flow::kFault) return flow;
  h.reserved_va = va;
  h.reserved_value = SignExtended(value);
  if (h.config.group != nullptr) h.reserved_pa = cpu::LoadedFrom(h, va);
  h.x[s.rd] = h.reserved_value;
  return flow;
}

template <typename T, bool kDigest>
Flow StoreConditional(HartState& h, const Slot& s) {
  const uint64_t va = h.x[s.rs1];
  const bool is_reserved = h.reserved_va == va;
  if (!is_reserved) {
    h.reserved_va = HartState::kNoReservation;
    h.x[s.rd] = 1;
    return Flow::kNext;
  }
  T current;
  const Flow load_flow = LoadFrom(h, s, va, &current);
  if (load_flow == Flow::kFault) return load_flow;
  h.reserved_va = HartState::kNoReservation;
  if (SignExtended(current) != h.reserved_value) {
    h.x[s.rd] = 1;
    return load_flow;
  }
  const Flow store_flow = StoreTo<T, kDigest>(h, s, va, static_cast<T>(h.x[s.rs2]));
  if (store_flow == Flow::kFault) return store_flow;
  h.x[s.rd] = 0;
  return std::max(load_flow, store_flow);
}

template <typename T>
T Swap(T, T operand) {
  return operand;
}
template <typename T>
T Add(T old, T operand) {
  return old + operand;
}
template <typename T>
T Xor(T old, T operand) {
  return old ^ operand;
}
template <typename T>
T And(T old, T operand) {
  return old & operand;
}
template <typename T>
T Or(T old, T operand) {
  return old | operand;
}
template <typename T>
T Min(T old, T operand) {
  return std::min(old, operand);
}
template <typename T>
T Max(T old, T operand) {
  return std::max(old, operand);
}

// T is signed for the signed minimum and maximum.
template <typename T, T (*kOperation)(T, T), bool kDigest>
Flow Amo(HartState& h, const Slot& s) {
  using Memory = std::make_unsigned_t<T>;
  const uint64_t va = h.x[s.rs1];
  if (va % sizeof(T) != 0) [[unlikely]] {
    return Raise(h, cpu::kCauseLoadMisaligned, va, Flow::kFault);
  }
  Memory old;
  const Flow load_flow = LoadFrom(h, s, va, &old);
  if (load_flow == Flow::kFault) [[unlikely]]
    return load_flow;
  const T updated = kOperation(static_cast<T>(old), static_cast<T>(h.x[s.rs2]));
  const Flow store_flow = StoreTo<Memory, kDigest>(h, s, va, static_cast<Memory>(updated));
  if (store_flow == Flow::kFault) [[unlikely]]
    return store_flow;
  h.x[s.rd] = SignExtended(old);
  return std::max(load_flow, store_flow);
}

template <typename T, T (*kOperation)(T, T)>
void SetAmo(HandlerTable* t, Op op) {
  t->Set(op, Fallible<Amo<T, kOperation, false>>, Fallible<Amo<T, kOperation, true>>);
}

}  // namespace

void AddHandlersA(HandlerTable* t) {
  t->Set(Op::kLrW, Fallible<LoadReserved<uint32_t>>);
  t->Set(Op::kLrD, Fallible<LoadReserved<uint64_t>>);
  t->Set(Op::kScW, Fallible<StoreConditional<uint32_t, false>>,
         Fallible<StoreConditional<uint32_t, true>>);
  t->Set(Op::kScD, Fallible<StoreConditional<uint64_t, false>>,
         Fallible<StoreConditional<uint64_t, true>>);
  SetAmo<uint32_t, Swap>(t, Op::kAmoswapW);
  SetAmo<uint32_t, Add>(t, Op::kAmoaddW);
  SetAmo<uint32_t, Xor>(t, Op::kAmoxorW);
  SetAmo<uint32_t, And>(t, Op::kAmoandW);
  SetAmo<uint32_t, Or>(t, Op::kAmoorW);
  SetAmo<int32_t, Min>(t, Op::kAmominW);
  SetAmo<int32_t, Max>(t, Op::kAmomaxW);
  SetAmo<uint32_t, Min>(t, Op::kAmominuW);
  SetAmo<uint32_t, Max>(t, Op::kAmomaxuW);
  SetAmo<uint64_t, Swap>(t, Op::kAmoswapD);
  SetAmo<uint64_t, Add>(t, Op::kAmoaddD);
  SetAmo<uint64_t, Xor>(t, Op::kAmoxorD);
  SetAmo<uint64_t, And>(t, Op::kAmoandD);
  SetAmo<uint64_t, Or>(t, Op::kAmoorD);
  SetAmo<int64_t, Min>(t, Op::kAmominD);
  SetAmo<int64_t, Max>(t, Op::kAmomaxD);
  SetAmo<uint64_t, Min>(t, Op::kAmominuD);
  SetAmo<uint64_t, Max>(t, Op::kAmomaxuD);
}

}  // namespace lockstep::interp
