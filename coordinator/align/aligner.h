// Merges N streams of block states of one vCPU by instruction count, and decides at each block
// boundary whether they agree.
//
// At each icount where at least one stream has a boundary (the entry of a block in which at least
// one instruction begins, or the stream's end):
//   - every stream with a boundary there must have the same pc, the same traps (exceptions and
//     interrupts taken there) and the same digests in the compared groups;
//   - a stream without one must be inside a block there, and the pc of its instruction at that
//     icount (known from the block's offsets) must be that pc. This is a split: it is counted;
//   - anything else is a divergence.
//
// Invariants of each stream are checked as its records arrive and are reached: icount never goes
// back; a block begins where the previous one stopped, at or before its nominal end; batches are
// numbered without gaps. Breaking one is trouble that names the instance, never a divergence.
//
// A pure value: no I/O, no clock, no threads; use from one thread at a time. Memory is bounded by
// the batches that were pushed and not yet consumed (credit is the caller's), by the block infos
// that are valid, and by the history sizes in Options.
// Source: docs/design/alignment.md, "Alignment".
#ifndef COORDINATOR_ALIGN_ALIGNER_H_
#define COORDINATOR_ALIGN_ALIGNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::align {

struct Options {
  std::vector<std::string> instances;  // names, for messages; at least 1
  uint32_t vcpu = 0;                   // for messages
  state::GroupMask groups = 0;         // digests that are compared; every stream supplies them
  // Comparing begins here. Every stream must have a boundary there; earlier blocks are taken in
  // (infos, digests, history) without being compared.
  uint64_t start_icount = 0;
  uint64_t max_split_insns = 65536;  // how far without a boundary common to all streams
  bool compare_traps = true;         // every stream tells of its exceptions and interrupts
  // Interrupts may come apart by so many instructions of the interrupted code; see deskew.h.
  // REQUIRES, unless 0: compare_traps, layout of every block, no compare_tlb_fills, start_icount 0.
  uint64_t async_skew_insns = 0;
  bool compare_tlb_fills = false;  // a differing sequence of fills is a divergence
  // Records kept per stream for the report.
  uint32_t history_blocks = 64;
  uint32_t history_fills = 128;     // TLB fills and flushes
  uint32_t history_events = 64;     // all other events
  uint32_t history_registers = 16;  // full register sets
};

enum class Progress : uint8_t {
  kNeedMore,  // everything that can be decided from what was pushed is decided and equal
  kHeld,      // the next boundary lies at or past the step limit of Advance()
  kDiverged,  // stopped at mismatch(); Advance() stays here until Drop()
  kComplete,  // every stream ended, all equal
  kTrouble,   // stopped at trouble()
};

// How one stream stands at a boundary.
struct Standing {
  enum class Kind : uint8_t {
    kBlock,    // it enters a block here
    kInside,   // it is in the middle of a block: a split
    kEnd,      // its stream ends here
    kDropped,  // it takes no part any more
  };
  Kind kind = Kind::kDropped;
  bool pc_known = false;  // always for kBlock; for kInside if the block has offsets
  uint64_t pc = 0;
  state::Digests digests{};                       // of kBlock and kEnd
  std::vector<state::Event> traps;                // exceptions and interrupts taken here, in order
  std::optional<state::BlockInfo> block;          // the block entered, or that it is inside of
  std::optional<state::End> end;                  // of kEnd
  state::GroupMask known = ~state::GroupMask{0};  // whose digests are known
  uint64_t fills_digest = 0;  // of all TLB fills so far; 0 unless they are compared
};

// A divergence.
struct Mismatch {
  report::Kind kind = report::Kind::kPc;
  uint64_t icount = 0;
  uint64_t step = 0;
  std::vector<Standing> streams;               // one per instance
  std::vector<std::vector<size_t>> groups;     // instances by equal state, largest first
  std::vector<size_t> outliers;                // instances named, ascending
  std::optional<uint64_t> last_agreed_icount;  // last boundary common to all streams, all equal
  std::string detail;      // one line: what differs ("pc 0x80000004 (A) against 0x80000008 (B)")
  bool tentative = false;  // as of report::Divergence; never of the aligner's
};

// Interrupts that came apart within Options::async_skew_insns.
struct Skews {
  uint64_t count = 0;
  uint64_t max_insns = 0;
  std::vector<report::Skew> list;  // the first report::kMaxListedSkews
  // Where comparing ended, if a stream reached the limit while it owed an interrupt.
  std::optional<uint64_t> cut_at;
};

struct Trouble {
  std::optional<size_t> instance;  // absent when it is nobody's in particular
  std::string reason;              // one line, without the instance's name
};

// One block of a stream's retained history.
struct RetainedBlock {
  uint64_t icount = 0;    // on entry
  uint64_t executed = 0;  // instructions begun in it; 0 while unknown
  state::BlockInfo info;
  state::Digests digests{};  // on entry
  bool agreed = false;       // its boundary has been compared and was equal
};

// Counters of one stream.
struct StreamStats {
  uint64_t records_received = 0;
  uint64_t records_consumed = 0;       // of batches that are consumed whole: the unit of credit
  uint64_t batches = 0;                // received; also the sequence number expected next
  uint64_t blocks = 0;                 // block states received
  uint64_t infos = 0;                  // block infos received
  uint64_t splits = 0;                 // boundaries of others that this stream lacked
  report::SplitCauses split_causes{};  // the same by cause
  uint64_t received_icount = 0;        // largest icount received
  // The nominal end of the last block received, or received_icount while its info is unknown.
  uint64_t received_end_icount = 0;
  bool ended = false;  // its End was received
  std::optional<state::End> end;
  // Groups whose digest was seen to change (bit mask).
  state::GroupMask groups_changed = 0;
  state::GroupMask groups_nonzero = 0;
};

class VcpuAligner {
 public:
  // REQUIRES: 1 to 64 instances.
  explicit VcpuAligner(Options options);
  ~VcpuAligner();
  VcpuAligner(VcpuAligner&&) noexcept;
  VcpuAligner& operator=(VcpuAligner&&) noexcept;

  // Takes the next batch of one stream. Nothing is compared yet: see Advance(). After Drop() the
  // stream's batches are counted as consumed and thrown away.
  // Errors: InvalidArgument names the instance and says which invariant the batch breaks
  // (sequence gap, columns of unequal length, a record placed outside, records after the end);
  // unless it had diverged or was complete, the aligner is in trouble from then on. REQUIRES:
  // instance < number of instances.
  absl::Status Push(size_t instance, state::Batch batch);

  // The stream will not go on: its last block is compared as it stands. Until then the last block
  // of what was pushed waits for its successor (a block in which no instruction begins is no
  // boundary).
  void Close(size_t instance);

  // Compares as far as the batches allow, but no boundary whose step is `step_limit` or more
  // (then it answers kHeld).
  Progress Advance(uint64_t step_limit = UINT64_MAX);

  // Takes instances out of the comparison; a mismatch is forgotten, and looked at again among the
  // others by the next Advance(). No effect when complete or in trouble.
  // REQUIRES: at least two instances remain.
  void Drop(const std::vector<size_t>& instances);

  Progress state() const;
  const Mismatch& mismatch() const;  // REQUIRES: state() == kDiverged
  const Trouble& trouble() const;    // REQUIRES: state() == kTrouble

  uint64_t verified_icount() const;  // all streams agree up to here
  uint64_t boundaries() const;       // icounts compared and found equal
  uint64_t splits() const;           // sum over streams
  Skews skews() const;
  // Instances that Advance() waits for, ascending; empty unless state() is kNeedMore.
  std::vector<size_t> starved() const;
  const StreamStats& stats(size_t instance) const;

  // Retained history of one stream, oldest first. Blocks after the last compared boundary are
  // not in it, except the ones at the mismatch itself.
  std::vector<RetainedBlock> Blocks(size_t instance) const;
  std::vector<state::Event> Fills(size_t instance) const;   // kTlbFill and kTlbFlush
  std::vector<state::Event> Events(size_t instance) const;  // the others
  std::vector<state::Registers> RegisterSets(size_t instance) const;
  const std::vector<state::RegisterName>& RegisterNames(size_t instance) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_ALIGNER_H_
