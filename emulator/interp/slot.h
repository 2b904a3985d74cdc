// Pre-decoded instructions and the calling convention of their handlers.
//
// A translation block is an array of slots. A handler carries out one instruction and calls the
// next slot's handler as its last act, which the compiler turns into a jump (threaded code). The
// last handler of a block returns how many of the block's instructions have begun, or goes on to
// the next block by itself (block.h).
#ifndef EMULATOR_INTERP_SLOT_H_
#define EMULATOR_INTERP_SLOT_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/cpu/hart_state.h"
#include "emulator/isa/inst.h"

namespace lockstep::interp {

using cpu::HartState;

struct Slot;
using Handler = uint32_t (*)(HartState* hart, const Slot* slot);

struct Slot {
  Handler fn = nullptr;
  uint64_t imm = 0;  // sign-extended; absolute address of auipc, jal and branches
  uint8_t rd = 0;    // HartState::kSink instead of x0
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  uint8_t rs3 = 0;
  uint8_t rm = 0;
  uint8_t length_bytes = 0;
  uint16_t csr = 0;
  uint16_t offset_bytes = 0;  // from the block's pc
  uint16_t index = 0;         // instructions before it in the block
  uint32_t raw = 0;
};
static_assert(sizeof(Slot) == 32);

// How an instruction ended.
enum class Flow : uint8_t {
  kNext,   // completed
  kEnd,    // completed, but the block must not go on
  kTrap,   // raised an exception (hart.trap) that counts for time: ecall, ebreak, illegal encoding
  kFault,  // raised one that does not: memory faults, illegal CSR accesses and the like
};

inline uint64_t PcOf(const HartState& hart, const Slot& slot) {
  return hart.block_pc + slot.offset_bytes;
}
inline uint64_t NextPc(const HartState& hart, const Slot& slot) {
  return hart.block_pc + slot.offset_bytes + slot.length_bytes;
}

// Leaves a block at an instruction that did not end with kNext.
uint32_t Leave(HartState* hart, const Slot* slot, Flow flow);

inline Flow Raise(HartState& hart, uint8_t cause, uint64_t tval, Flow flow) {
  hart.trap.cause = cause;
  hart.trap.tval = tval;
  return flow;
}
inline Flow Illegal(HartState& hart, const Slot& slot, Flow flow) {
  return Raise(hart, cpu::kCauseIllegal, slot.raw, flow);
}

// Handler of an instruction that always completes: void Fn(HartState&, const Slot&).
template <auto Fn>
uint32_t Plain(HartState* hart, const Slot* slot) {
  Fn(*hart, *slot);
  return slot[1].fn(hart, slot + 1);
}

// Handler of one that may not: Flow Fn(HartState&, const Slot&).
template <auto Fn>
uint32_t Fallible(HartState* hart, const Slot* slot) {
  const Flow flow = Fn(*hart, *slot);
  if (flow != Flow::kNext) [[unlikely]]
    return Leave(hart, slot, flow);
  return slot[1].fn(hart, slot + 1);
}

// Handler of one that ends a block: void Fn(HartState&, const Slot&) sets hart.pc.
template <auto Fn>
uint32_t Jump(HartState* hart, const Slot* slot) {
  Fn(*hart, *slot);
  return slot->index + 1u;
}

// Handler of one that ends a block and may trap: Flow Fn(HartState&, const Slot&); kNext means that
// hart.pc is set.
template <auto Fn>
uint32_t Last(HartState* hart, const Slot* slot) {
  const Flow flow = Fn(*hart, *slot);
  if (flow != Flow::kNext) return Leave(hart, slot, flow);
  return slot->index + 1u;
}

// Handlers by base operation. Stores of the second set keep the mem digest.
struct HandlerTable {
  static constexpr size_t kOps = static_cast<size_t>(isa::Op::kCount);
  std::array<Handler, kOps> plain{};
  std::array<Handler, kOps> digest{};
  // Of jumps: goes on to the next block (block.h). Null: as the others.
  std::array<Handler, kOps> chained{};
  // Of floating point, by the host's arithmetic: with the rounding mode to nearest, fixed or in
  // frm, and with the fixed one towards zero. Null: none.
  std::array<Handler, kOps> host_nearest{};
  std::array<Handler, kOps> host_truncating{};

  void Set(isa::Op op, Handler handler) { Set(op, handler, handler); }
  void Set(isa::Op op, Handler without, Handler with) {
    plain[static_cast<size_t>(op)] = without;
    digest[static_cast<size_t>(op)] = with;
  }
};

// One per extension, each in its file.
void AddHandlersI(HandlerTable* table);
void AddHandlersM(HandlerTable* table);
void AddHandlersA(HandlerTable* table);
void AddHandlersB(HandlerTable* table);
void AddHandlersF(HandlerTable* table);
void AddHandlersD(HandlerTable* table);
void AddHandlersZicsr(HandlerTable* table);
void AddHandlersSystem(HandlerTable* table);

// All of them; aborts when an operation of the table has no handler.
const HandlerTable& Handlers();

// The handler of `op` that lets the host compute, or null. rm: the instruction's field.
Handler HostFloatHandler(isa::Op op, uint8_t rm);

// The handler of two instructions in a row where blocks are chained and no digest is kept, or null.
// Its slot is the first one's; both slots must have the handlers of their operations otherwise.
Handler PairHandler(isa::Op first, isa::Op second);

// The handler that stands in for `op` under a planted fault, or null when it does not touch `op`.
Handler FaultyHandler(faults::Fault fault, isa::Op op, bool keeps_digest);

// The last slot of a block that does not end with a jump: goes on at `imm`.
uint32_t FallThrough(HartState* hart, const Slot* slot);
// The same, and goes on to the next block (block.h).
uint32_t FallThroughAndGoOn(HartState* hart, const Slot* slot);
// Stands behind an instruction that is carried out by itself: sets hart.pc to `imm`, returns 0.
uint32_t CompletedOne(HartState* hart, const Slot* slot);
// Op::kIllegal.
uint32_t IllegalEncoding(HartState* hart, const Slot* slot);

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_SLOT_H_
