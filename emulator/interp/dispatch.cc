#include "emulator/base/check.h"
#include "emulator/interp/block.h"
#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {

uint32_t Leave(HartState* hart, const Slot* slot, Flow flow) {
  hart->leave_block = false;
  if (flow == Flow::kEnd) {
    hart->pc = NextPc(*hart, *slot);
    return slot->index + 1u;
  }
  hart->pc = PcOf(*hart, *slot);
  hart->attention |= cpu::kAttendTrap;
  if (flow == Flow::kFault) ++hart->runtime_faults;
  return slot->index + 1u;
}

Flow LoadOutOfLine(HartState& hart, const Slot& slot, uint64_t va, uint32_t size_bytes,
                   uint64_t* value) {
  hart.inflight = slot.index + 1u;
  const bool ok = cpu::LoadSlow(hart, va, size_bytes, value);
  hart.inflight = 0;
  if (!ok) return Flow::kFault;
  return hart.leave_block ? Flow::kEnd : Flow::kNext;
}

Flow StoreOutOfLine(HartState& hart, const Slot& slot, uint64_t va, uint32_t size_bytes,
                    uint64_t value) {
  hart.inflight = slot.index + 1u;
  const bool ok = cpu::StoreSlow(hart, va, size_bytes, value);
  hart.inflight = 0;
  if (!ok) return Flow::kFault;
  return hart.leave_block ? Flow::kEnd : Flow::kNext;
}

uint32_t FallThrough(HartState* hart, const Slot* slot) {
  hart->pc = slot->imm;
  return slot->index;
}

uint32_t FallThroughAndGoOn(HartState* hart, const Slot* slot) {
  return GoOnDirectly(hart, slot, kFellThrough, slot->imm, slot->index);
}

uint32_t CompletedOne(HartState* hart, const Slot* slot) {
  hart->pc = slot->imm;
  return 0;
}

uint32_t IllegalEncoding(HartState* hart, const Slot* slot) {
  return Leave(hart, slot, Illegal(*hart, *slot, Flow::kTrap));
}

Handler HostFloatHandler(isa::Op op, uint8_t rm) {
  constexpr uint8_t kNearest = 0, kTowardsZero = 1, kDynamic = 7;
  const HandlerTable& table = Handlers();
  const size_t row = static_cast<size_t>(op);
  if (rm == kNearest || rm == kDynamic) return table.host_nearest[row];
  return rm == kTowardsZero ? table.host_truncating[row] : nullptr;
}

const HandlerTable& Handlers() {
  static const HandlerTable table = [] {
    HandlerTable t;
    AddHandlersI(&t);
    AddHandlersM(&t);
    AddHandlersA(&t);
    AddHandlersB(&t);
    AddHandlersF(&t);
    AddHandlersD(&t);
    AddHandlersZicsr(&t);
    AddHandlersSystem(&t);
    t.Set(isa::Op::kIllegal, IllegalEncoding);
    for (size_t i = 0; i < HandlerTable::kOps; ++i) {
      const isa::Op op = static_cast<isa::Op>(i);
      LOCKSTEP_CHECK(isa::BaseOp(op) != op || (t.plain[i] != nullptr && t.digest[i] != nullptr))
          << "no handler for " << isa::Mnemonic(op);
    }
    return t;
  }();
  return table;
}

}  // namespace lockstep::interp
