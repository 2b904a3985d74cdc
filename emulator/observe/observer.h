// What a hart tells about its execution, block by block.
//
// Called by the execution engines on the thread that runs the hart, in the order in which things
// happen. Source: docs/design/alignment.md, "What a producer sends".
#ifndef EMULATOR_OBSERVE_OBSERVER_H_
#define EMULATOR_OBSERVE_OBSERVER_H_

#include <array>
#include <cstdint>
#include <span>

struct lockstep_writer;  // plugins/sdk/lockstep_producer.h

namespace lockstep::observe {

// Digest groups by number: gpr, fpr, csr, mem (plugins/sdk/lockstep_digest.h).
using Digests = std::array<uint64_t, 4>;

// A translation block as it was made.
struct BlockView {
  uint32_t id;
  uint64_t pc;
  uint64_t space;                     // LOCKSTEP_SPACE(privilege, satp.MODE, ASID)
  std::span<const uint16_t> offsets;  // bytes from pc, one per instruction, first 0
  std::span<const uint8_t> code;
};

// Kinds and fields as enum lockstep_event_kind in plugins/sdk/lockstep_producer.h.
enum class EventKind : uint8_t {
  kException = 1,
  kInterrupt = 2,
  kTlbFill = 3,
  kTlbFlush = 4,
  kMmio = 5,
  kInput = 6,
  kReset = 7,
};

class Observer {
 public:
  virtual ~Observer() = default;

  // False: blocks and registers are of no interest to it, so engines need not stop at every block
  // to tell. Never changes.
  virtual bool wants_blocks() const { return true; }

  // Before the first BlockEntered() with this id. Ids may come again with new contents.
  virtual void BlockTranslated(uint32_t hart, const BlockView& block) = 0;

  // A block is entered; `icount` instructions of this hart had begun before it. Digests of the
  // state on entry.
  virtual void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount,
                            const Digests& digests) = 0;

  // See lockstep_producer.h for what `icount` means for each kind.
  virtual void Event(uint32_t hart, EventKind kind, uint64_t icount,
                     std::span<const uint64_t> fields) = 0;

  // An mret or sret led from privilege `from` to `to`. `icount` counts it.
  virtual void TrapReturned(uint32_t hart, uint64_t icount, uint8_t from, uint8_t to) {
    (void)hart, (void)icount, (void)from, (void)to;
  }

  // For engines that write the records of BlockEntered() themselves.
  struct Inline {
    struct lockstep_writer* writer = nullptr;  // null: BlockEntered() is called for each block
    uint32_t groups = 0;                       // bit mask of the groups that are wanted
    // Kept at the icount on entry to the current block, or a later one in it, when the engine is
    // not in such code.
    uint64_t* entered_icount = nullptr;
    // Not null: digests are wanted at window ends only, and blocks are told of by their ids alone,
    // which go where this points (lockstep_run_at()), not by records.
    uint64_t* run_at = nullptr;
    // Blocks need not be told of at all, but by Sum(). Then `run_at` is null.
    bool sums = false;
    // The sums take in what each block writes.
    bool sums_values = false;
  };
  // Valid as long as the observer.
  virtual Inline InlineOf(uint32_t /*hart*/) { return {}; }
  // Ahead of code that tells of blocks by their ids, when BlockEntered() has told of the one at
  // `icount`: makes room for `n_blocks` more, and returns how many instructions from there on may
  // begin in such blocks (lockstep_open_run()).
  virtual uint32_t OpenRun(uint32_t /*hart*/, uint64_t /*icount*/, uint32_t n_blocks) {
    return n_blocks;
  }

  // `n_insns` instructions have begun from `icount` on in blocks that were not told of; the rest as
  // lockstep_sum() has it.
  virtual void Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
                   uint64_t written) {
    (void)hart, (void)icount, (void)n_insns, (void)flow, (void)written;
  }

  // The hart runs next; `others_insns` instructions have been begun by the other harts, and no more
  // will be until another one's turn begins. Not called for a machine of one hart.
  virtual void TurnBegins(uint32_t /*hart*/, uint64_t /*others_insns*/) {}

  // All registers, in the order of cpu::RegisterNames(); written before the block entered at
  // `icount`. Only in step mode.
  virtual void Registers(uint32_t hart, uint64_t icount, std::span<const uint64_t> values) = 0;
};

}  // namespace lockstep::observe

#endif  // EMULATOR_OBSERVE_OBSERVER_H_
