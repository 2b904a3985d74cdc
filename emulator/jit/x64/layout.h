// What the back end knows of the guest state: where its parts are, and which slots are pinned.
#ifndef EMULATOR_JIT_X64_LAYOUT_H_
#define EMULATOR_JIT_X64_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep::jit::x64 {

// Byte offsets in the state; all below 2^31 - 128.
struct StateLayout {
  int32_t slots_int = 0;    // slot 0; eight bytes each
  int32_t slots_float = 0;  // slot 32
  int32_t pc = 0;
  int32_t budget = 0;
  int32_t load_tlb = 0;  // pointers to tables
  int32_t store_tlb = 0;
  int32_t tlb_mask = 0;     // of byte offsets in them
  int32_t map_epoch = 0;    // low half is compared
  int32_t jump_table = 0;   // pointer to JumpEntry[kJumpEntries]
  int32_t float_ready = 0;  // a byte that must not be 0 for floating-point code to be entered
  int32_t masks = 0;        // FloatMasks
  int32_t mem_digest = 0;   // sum of the stores' terms
  int32_t bound = 0;        // icount at which the run must stop
  int32_t writer = 0;       // pointer to lockstep_writer
  int32_t run_at = 0;       // pointer to where the address of the run's next block id is
  int32_t sum = 0;          // flow digest of the blocks since it was set to 0
  int32_t gpr_digest = 0;   // sum of the terms of x1..x31
  int32_t gpr_terms = 0;    // those, by number, 8 bytes each
  int32_t gpr_keys = 0;     // A and B by number, 16 bytes each
};

// Where an indirect jump goes on, by the pc that it comes to, in the present address space.
struct JumpEntry {
  static constexpr uint64_t kNone = ~uint64_t{0};  // no instruction is there
  uint64_t pc = kNone;
  const uint8_t* entry = nullptr;
};
inline constexpr unsigned kJumpBits = 12;
inline constexpr size_t kJumpEntries = size_t{1} << kJumpBits;
constexpr size_t JumpIndex(uint64_t pc) { return pc >> 1 & (kJumpEntries - 1); }

// Operands of bit operations on floating-point values; the last word is read beyond its end.
struct FloatMasks {
  uint64_t sign64 = uint64_t{1} << 63;
  uint64_t rest64 = ~(uint64_t{1} << 63);
  uint64_t sign32 = uint64_t{1} << 31;
  uint64_t rest32 = ~(uint64_t{1} << 31);
  uint64_t box = 0xffffffff00000000;
  uint64_t unused = 0;
};

// The TLB entry as the code reads it (mem::TlbEntry).
inline constexpr unsigned kTlbEntryShift = 5;
inline constexpr int32_t kTlbTag = 0, kTlbAddend = 8, kTlbDigestAddend = 24;
inline constexpr unsigned kPageShift = 12;

// Host register numbers.
inline constexpr int kRax = 0, kRcx = 1, kRdx = 2, kRbx = 3, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;
inline constexpr int kStateReg = kRbp, kBudgetReg = 15;
// The state register points so far into the state, to reach more of it with one byte.
inline constexpr int32_t kStateBias = 128;
inline constexpr int kHostRegs = 16;
inline constexpr int kFixedTemps = 3;  // rax, rcx, rdx are temporaries everywhere

struct Pin {
  uint8_t slot;
  uint8_t host;
};
// sp, s0, s1, a0..a6. Where blocks are summed up, the sum takes the last one's place.
inline constexpr std::array<Pin, 10> kAllPins = {{{2, kRbx},
                                                  {8, 12},
                                                  {9, 13},
                                                  {10, kRsi},
                                                  {11, kRdi},
                                                  {12, 8},
                                                  {13, 9},
                                                  {14, 10},
                                                  {15, 11},
                                                  {16, 14}}};
inline constexpr int kSumReg = 14;
constexpr std::span<const Pin> PinsOf(bool sums) {
  return std::span(kAllPins).first(kAllPins.size() - (sums ? 1 : 0));
}

// Vector registers in which a region may keep copies of floating-point slots.
inline constexpr int kFirstFloatPin = 6, kFloatPins = 8;

// Which slots are pinned within a region, and where.
struct PinTable {
  std::array<int8_t, 32> host;         // by slot; -1: in memory
  std::array<int8_t, kHostRegs> slot;  // by host register; -1: none
};
// That which holds between regions.
constexpr PinTable StandardPins(bool sums) {
  PinTable table{};
  table.host.fill(-1);
  table.slot.fill(-1);
  for (const Pin& pin : PinsOf(sums)) {
    table.host[pin.slot] = static_cast<int8_t>(pin.host);
    table.slot[pin.host] = static_cast<int8_t>(pin.slot);
  }
  return table;
}

// What host code returns to its caller, if not a Link*.
inline constexpr uint64_t kLeft = 0, kIndirect = 1, kNeedsInterpreter = 2;

// A direct jump that can be patched to go to the target's entry.
struct Link {
  uint64_t target_pc = 0;
  uint8_t* jump = nullptr;   // the 32-bit displacement
  uint8_t* epoch = nullptr;  // the 32-bit epoch to compare with; null: within a page
};

}  // namespace lockstep::jit::x64

#endif  // EMULATOR_JIT_X64_LAYOUT_H_
