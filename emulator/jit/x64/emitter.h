// IR to x86-64 code.
//
// One pass over the units of a region. Pinned slots are host registers; other values live in
// integer temporaries and sixteen vector registers, which are a cache of where else a value is: its
// home in a slot, the stack, or its constant. An object of its own for each region. Needs BMI2, AVX
// and FMA.
//
// A region is some blocks that jump to each other. Within it guest registers are pinned as suits
// its blocks; between regions they are pinned as PinsOf() says, so what differs is put right on
// every way in and out. All of that is at two labels: `inner`, where the region's own jumps go, and
// `entry`, where others go.
// Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_X64_EMITTER_H_
#define EMULATOR_JIT_X64_EMITTER_H_

#include <asmjit/x86.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/faults/catalogue.h"
#include "emulator/jit/ir/ir.h"
#include "emulator/jit/x64/arena.h"
#include "emulator/jit/x64/layout.h"
#include "emulator/jit/x64/thunks.h"

namespace lockstep::jit::x64 {

// Whether this host has what the emitted code needs.
bool HostIsSupported();

struct EmitOptions {
  bool jump_cache = true;  // false: indirect jumps leave
  // The blocks jump to each other and to themselves, and pin what suits them. False: they do so by
  // links only, and guest registers are pinned as between regions.
  bool joins = true;
  bool digest = false;  // stores keep the mem digest
  // Lockstep mode: blocks are told of on entry, by a record in the ring.
  bool records = false;
  bool records_mem = false;                    // and its mem digest, when it has changed
  bool is_run = false;                         // by its id alone, for which there is room
  bool sums = false;                           // by no record: a register takes its flow digest
  faults::Fault fault = faults::Fault::kNone;  // planted
  // A new link to `target_pc`; the emitter fills in where to patch.
  std::function<Link*(uint64_t target_pc)> make_link;
  std::string* listing = nullptr;  // not null: gets the assembly
};

// One block of a region.
struct Part {
  const ir::Unit* unit = nullptr;  // REQUIRES: Verify(unit) is empty
  uint32_t weight = 1;             // how often it runs, compared with the others
  uint64_t* runs = nullptr;        // not null: is one more after each entry
  uint32_t block_id = 0;           // of its record
  // For sums: flow digest of its instructions, G to their number, and the slots of the values that
  // are added at the end (interp/sums.h).
  uint64_t flow = 0;
  uint64_t flow_power = 0;
  uint64_t values = 0;
  uint32_t settled_gprs = 0;  // bit mask of registers whose digest is brought up to date at the end
  uint64_t settle_site = 0;   // not 0: what is called at the end instead, by thunks.interpret
};

struct PartCode {
  uint8_t* entry = nullptr;    // for other host code
  uint8_t* start = nullptr;    // for the run loop, which has told of the block
  uint8_t* inner = nullptr;    // for the region's own; patched to go to `dropped`
  uint8_t* dropped = nullptr;  // leaves at once, the block not entered
  uint8_t* leave = nullptr;    // the same, with guest registers as between regions
};

struct HostCode {
  std::vector<PartCode> parts;  // empty: none was made
  bool is_too_complex = false;  // that is why; else the arena has no room
  uint8_t* begin = nullptr;
  uint8_t* end = nullptr;
};

class Emitter {
 public:
  // All outlive the emitter. The first part runs most likely when the region is entered.
  Emitter(std::span<const Part> parts, const StateLayout& layout, const Thunks& thunks,
          const EmitOptions& options);

  HostCode Emit(CodeArena* arena);

 private:
  using Gp = asmjit::x86::Gp;
  using Xmm = asmjit::x86::Xmm;
  using Mem = asmjit::x86::Mem;
  using Operand = asmjit::Operand;
  using InstId = asmjit::InstId;
  using Label = asmjit::Label;
  using Ref = ir::Ref;
  using Inst = ir::Inst;

  // Places on the stack from here on keep registers over calls.
  static constexpr int kKeepPlace = kSpillSlots - kHostRegs - 16;

  struct Value {
    int8_t reg = -1;     // temporary or vector register that holds it
    int8_t spill = -1;   // place on the stack
    uint64_t homes = 0;  // slots that hold it; of a narrow value the low half
    int last_use = -1;   // index of the instruction
  };
  // A register as the cache has it.
  struct Cached {
    int value = -1;
    int since = -1;  // guest instruction during which it was loaded
    bool locked = false;
  };
  // Of one part.
  struct Labels {
    Label inner, entry, start, body, dropped, leave, budget_stub, float_stub, indirect_stub;
    Label group_stub, group_done, flow_keys;
    bool has_indirect = false;
  };
  // A host register that holds another slot in the region than between regions.
  struct Swap {
    uint8_t host;
    uint8_t outside;  // slot
    int8_t inside;    // slot, or -1: a temporary
    bool is_written;  // the region writes the slot inside
  };
  // The out-of-line part of a guest instruction.
  struct Slow {
    size_t part = 0;
    Label entry, back;
    int guest = -1;
    uint8_t slot = ir::kNoSlot;
    // Registers to keep over the call, and those and the place that hold its result.
    std::vector<int> keep_gp, keep_xmm, result_gp, result_xmm, result_spill;
  };
  // A way out of the region.
  struct Cold {
    size_t part = 0;
    Label entry;
    uint64_t target = 0;
    Link* link = nullptr;
    bool is_direct = false;  // jumped to by what is patched: leaves
  };
  struct Patch {
    Link* link;
    size_t jump_offset;
    size_t epoch_offset;  // 0: none
  };

#define LOCKSTEP_IR(name, ...) void Emit##name(const Inst& inst);
#include "emulator/jit/ir/opcodes.def"
#undef LOCKSTEP_IR

  // --- Pinned registers of the region (pins.cc) ---
  void ChoosePins();
  uint64_t SpillCost(size_t n_temps) const;
  void AddTemps(const std::array<uint64_t, 32>& uses);
  void FindSwaps();
  void ChooseFloatPins();
  void LoadFloatPins();
  // Vector register that has a copy of the slot, or -1. Memory always has it, too.
  int FloatPinOf(int slot) const {
    return slot >= 32 ? float_pins_[static_cast<size_t>(slot - 32)] : -1;
  }
  bool HasOwnPins() const { return !swaps_.empty() || float_pin_mask_ != 0; }
  int PinOf(int slot) const { return slot < 32 ? pins_.host[static_cast<size_t>(slot)] : -1; }
  bool IsTemp(int reg) const { return (temps_ >> reg & 1) != 0; }
  void ToStandard();    // as between regions
  void FromStandard();  // as in the region
  // By the guest instruction's site; all registers are lost but pinned ones.
  void CallInterpreter(uint64_t site);

  // --- Values (values.cc) ---
  void FindUses();
  bool IsConst(Ref v) const { return unit_->insts[v].op == ir::Op::kConst; }
  uint64_t ConstOf(Ref v) const { return unit_->insts[v].imm; }
  bool IsFloat(Ref v) const { return ir::ResultOf(unit_->insts[v].op) == ir::Type::kFloat; }
  bool LivesOn(Ref v) const { return values_[v].last_use > at_; }
  int PinnedHome(const Value& value) const;  // host register or -1
  int PinnedXmm(const Value& value) const;   // vector register or -1
  Mem Slot(int slot, uint32_t bytes) const;
  Mem State(int32_t offset, uint32_t bytes) const;
  Mem Stack(int place, uint32_t bytes) const;
  // Where a value is in memory, a home or its place on the stack. REQUIRES: there is one.
  Mem InMemory(Ref v, uint32_t bytes) const;
  bool HasMemory(Ref v) const;
  void Spill(Ref v);
  void ReleaseSpill(Ref v);
  int NextUse(Ref v) const;
  // A free temporary, locked until the end of the instruction. Values in it are put elsewhere.
  int TakeGp();
  int TakeXmm();
  void TakeFixedGps();  // rax, rcx and rdx
  void DropReg(Ref v);
  void EvictGp(int reg);
  void EvictXmm(int reg);
  void Bind(Ref v, int reg);
  void UnlockAll();
  // In a register, to be read only.
  Gp InGp(Ref v);
  Xmm InXmm(Ref v);
  // Register, memory, or a constant of 32 bits, as `bytes` wide.
  Operand Any(Ref v, uint32_t bytes = 8);
  Operand AnyXmm(Ref v, uint32_t bytes);
  void LoadInto(const Gp& reg, Ref v);
  // The register that the result shall be put into; a pinned one when a Set follows. It may be
  // that of an operand that dies here.
  Gp Define();
  void DefineFrom(int reg);
  int PinnedTarget();
  int PinnedXmmTarget();
  Xmm DefineXmm();
  // `slot` is about to get another value: what lives on keeps another place.
  void LeaveSlot(int slot, int keep);
  void EndInstruction(const Inst& inst);

  // --- Out-of-line parts (slow.cc) ---
  void BeginGuest();
  void EndGuest();
  Label SlowPath() const;
  void EmitSlow(const Slow& slow);
  bool LosesResult(const Slow& slow) const;
  void SortCached(bool is_float, Slow* slow);

  // --- Integer (emit_int.cc) ---
  void Binary(const Inst& inst, InstId id, bool commutes, uint32_t bytes);
  void Shift(const Inst& inst, InstId by_constant, InstId by_register, uint32_t bytes);
  void Rotate(const Inst& inst, uint32_t bytes);
  void Compare(const Inst& inst, asmjit::x86::CondCode cond);
  void MultiplyHigh(const Inst& inst, InstId id);
  void Divide(const Inst& inst, bool is_signed, bool wants_remainder, uint32_t bytes);
  struct CompareOperands {
    Operand left, right;
  };
  CompareOperands ToCompare(Ref a, Ref b);
  void EmitCompare(const CompareOperands& operands);
  Gp Sized(const Gp& reg, uint32_t bytes) const { return bytes == 4 ? Gp(reg.r32()) : reg; }

  // --- Memory (emit_memory.cc) ---
  // The host address is va + host. `entry` is a temporary that points to the TLB's entry, `host`
  // another. `va` may be a pinned register; with digests of stores it is one if `is_pinned`, else a
  // temporary that may be overwritten.
  struct Address {
    Gp va, entry, host;
    bool is_pinned = false;
  };
  // Of a store's term in the mem digest.
  struct Factors {
    Gp x, y;
  };
  // Compares with the TLB; what misses goes to the slow path.
  Address Check(const Inst& inst, bool is_store);
  Address CheckDigested(const Inst& inst, Ref v, int* from);
  void CompareTag(const Inst& inst, bool is_store, const Address& address);
  void EmitDigestedStore(const Inst& inst);
  bool IsImmediate(Ref v, uint32_t bytes) const;
  void StoreImmediate(const Mem& to, Ref v);
  void StoreGp(const Mem& to, const Gp& value, uint32_t bytes);
  void TakeRdx();
  void MoveGp(int from, int to);
  Factors FactorsOf(const Address& address);
  void ZeroExtend(const Gp& to, const Gp& from, uint32_t bytes);
  void AddToDigest(const Factors& factors, const std::optional<Gp>& value, int32_t addend);

  // --- Floating point (emit_float.cc) ---
  void FloatBinary(const Inst& inst, InstId wide, InstId narrow);
  // As the instruction set has them, in both precisions: the product, whose first factor is
  // replaced, plus a third; and a product added to what is replaced.
  struct FusedIds {
    InstId wide, narrow, wide_adding, narrow_adding;
  };
  void FloatFused(const Inst& inst, const FusedIds& ids);
  void FloatExtreme(const Inst& inst, InstId wide, InstId narrow);
  void FloatCompare(const Inst& inst, bool is_signalling, bool swaps, asmjit::x86::CondCode cond);
  void FloatSign(const Inst& inst, InstId combine, InstId take);
  void RefuseNan(const Inst& inst, const Xmm& result);
  Mem Mask(size_t offset) const;

  // --- Lockstep mode (record.cc) ---
  void EmitRecord();
  void EmitSum();
  void EmitFlowKeys();
  void AddValues();
  void KeyedValue(const Gp& to, int slot);
  void EmitRunBlock();
  void EmitGroupRecord();
  void SettleDigests();
  void SettleOutOfLine();

  // --- Flow (emit_flow.cc) ---
  void SetPart(size_t number);
  void EmitPart();
  void TakeBudget();
  void Prologue();
  // The part at an address that this one may jump to directly, or null.
  const Labels* Inside(uint64_t target) const;
  bool IsNextInLine(uint64_t target) const;
  void GoTo(uint64_t target, std::optional<asmjit::x86::CondCode> cond);
  void EmitExit(uint64_t target, Link* link);
  void EmitGuarded(uint64_t target, Link* link);
  void EmitCold();
  void EmitStubs();
  void LeaveAt(uint64_t pc, uint64_t result);
  bool IsSamePage(uint64_t target) const { return (target ^ unit_->pc) >> kPageShift == 0; }
  bool HasFault(faults::Fault fault) const { return options_.fault == fault; }

  const std::span<const Part> parts_;
  const StateLayout& layout_;
  const Thunks& thunks_;
  const EmitOptions& options_;
  // An instruction that does not exist is a bug of ours.
  class Refusal : public asmjit::ErrorHandler {
    void handleError(asmjit::Error error, const char* message,
                     asmjit::BaseEmitter* origin) override;
  } refusal_;
  asmjit::CodeHolder code_;
  asmjit::x86::Assembler a_;
  asmjit::StringLogger logger_;
  PinTable pins_;
  uint32_t temps_ = 0;  // bit mask of host registers
  std::array<int8_t, 32> float_pins_;
  uint32_t float_pin_mask_ = 0;
  std::vector<Swap> swaps_;
  std::vector<Labels> all_labels_;
  // The part being emitted.
  size_t number_ = 0;
  const Part* part_ = nullptr;
  const ir::Unit* unit_ = nullptr;
  Labels* labels_ = nullptr;
  std::vector<Value> values_;
  std::array<Cached, kHostRegs> gps_;
  std::array<Cached, 16> xmms_;
  uint64_t spills_used_ = 0;
  bool is_too_complex_ = false;  // too many values at once: the code is thrown away
  int at_ = 0;                   // index of the instruction being emitted
  int guest_ = -1;
  int guest_first_ = 0, guest_last_ = -1;  // indices of the guest instruction's parts
  bool has_slow_ = false;                  // one of them is fallible
  Slow slow_;
  std::vector<Slow> slows_;
  std::vector<Cold> colds_;
  std::vector<Patch> patches_;
};

}  // namespace lockstep::jit::x64

#endif  // EMULATOR_JIT_X64_EMITTER_H_
