// Synthetic executions for tests and benchmarks: what happened, apart from how a producer cuts it
// into blocks and batches. Deterministic for a given seed.
#ifndef COORDINATOR_ALIGN_EXECUTION_TESTING_H_
#define COORDINATOR_ALIGN_EXECUTION_TESTING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::align::testing {

using Rng = std::mt19937_64;

inline constexpr state::GroupMask kAllGroups = 0xf;
inline constexpr uint64_t kResetPc = 0x80000000;

// The state when icount instructions had begun, and the instruction that begins then.
struct Point {
  uint64_t pc = 0;
  uint8_t length_bytes = 4;
  state::Digests digests{};
  std::vector<state::Event> traps;  // taken right before; their icount is this point's
};

struct Execution {
  // points[c] is the state at icount c; at the last one the execution ends.
  std::vector<Point> points;
  state::EndReason reason = state::EndReason::kExit;
  int64_t exit_code = 0;
  uint64_t console_digest = 0;

  uint64_t icount() const { return points.size() - 1; }
  // Whether a block must begin at `icount`: a trap, or not the next address.
  bool MustCut(uint64_t icount) const;
};

// `insns` instructions of 4 bytes, one after the other, every digest different at every icount.
Execution Straight(uint64_t insns);

// Branches, compressed instructions, traps; every digest group changes now and then.
Execution RandomExecution(uint64_t insns, Rng& rng);

state::Event Exception(uint64_t icount, uint64_t cause, uint64_t epc, uint64_t tval);
state::Event Interrupt(uint64_t icount, uint64_t cause, uint64_t epc);

// One block entry with what precedes it.
struct Block {
  uint64_t icount = 0;
  state::BlockInfo info;  // its id is assigned by Pack()
  state::Digests digests{};
  std::vector<state::Event> events;  // traps first
  std::optional<state::Registers> registers;
};

struct Recording {
  std::vector<Block> blocks;
  std::vector<state::Event> last_events;  // between the last block and the end
  std::optional<state::End> end;
};

// How a producer cuts.
struct Shape {
  uint32_t max_block_insns = 16;
  bool random_lengths = false;  // uniform up to max_block_insns, else always that long
  uint32_t overlong_insns = 0;  // blocks that are left early are nominally longer by up to this
  bool layout = true;           // infos have offsets
};

Recording Record(const Execution& execution, const Shape& shape, Rng& rng);

// How a producer sends.
struct Packing {
  uint32_t batch_blocks = 64;
  bool random_sizes = false;      // uniform up to batch_blocks, empty batches too
  uint32_t block_ids = 1u << 20;  // ids are reused beyond these many
  state::GroupMask groups = kAllGroups;
  uint32_t vcpu = 0;
  std::vector<state::RegisterName> register_names = {};
};

std::vector<state::Batch> Pack(const Recording& recording, const Packing& packing, Rng& rng);

// The first icount at which two of the executions can be seen to differ by boundaries of their
// recordings, found the slow way: by looking at every icount of every stream. Independent of the
// aligner.
struct FirstDifference {
  uint64_t icount = 0;
  report::Kind kind = report::Kind::kPc;
  // By stream: those that it can be told apart from there.
  std::vector<std::vector<size_t>> differs_from;
};
std::optional<FirstDifference> FindFirstDifference(const std::vector<Execution>& executions,
                                                   const std::vector<Recording>& recordings,
                                                   state::GroupMask groups);

}  // namespace lockstep::align::testing

#endif  // COORDINATOR_ALIGN_EXECUTION_TESTING_H_
