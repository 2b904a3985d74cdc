// Brings streams whose interrupts are not pinned to an instruction count into one order, before
// they are aligned (policy field async_skew_insns). Internal to this package.
//
// An interrupt is an excursion from the code that it interrupts: it ends when that code goes on
// where it was left. Counting the interrupted code alone, an interrupt that one stream takes at c
// and another, for the same cause, at c + d with d <= async_skew_insns, is a skew of d. It is
// looked at as if all had taken it at c: the later stream's d instructions before its interrupt
// are held back, its excursion comes first, and what was held back follows after the return. So
// excursions may have any length, and no more than the held-back records are kept.
//
// What a rewritten stream cannot tell at a boundary is marked as unknown there (Input::known), and
// not compared:
//   - inside of a skewed excursion, all digests: its code saves and restores other registers;
//   - at a boundary made in the middle of a held-back block, all digests;
//   - after a skewed excursion, the digest csr, until the next trap to the same privilege level
//     that lies past the skew: xepc, xcause and what the handler switched are those of another pc.
// The digest mem is a sum over stores, so that what a skewed excursion stored is subtracted from
// all that follows: the stores of the interrupted code stay compared, each of them.
//
// Interrupts without skew are left as they are. docs/design/alignment.md, "Interrupts that are
// not pinned", says why these rules.
//
// Invariants of the records are checked as in stream.h, which sees only what was rewritten. A pure
// value. Memory: the batches pushed and not forwarded, held-back rows (kMaxHeldRows each), and the
// blocks described (4 Mi each; more is trouble).
#ifndef COORDINATOR_ALIGN_DESKEW_H_
#define COORDINATOR_ALIGN_DESKEW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/aligner.h"
#include "coordinator/align/stream.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::align {

// Rows that may be held back for one skew: its instructions and whole excursions for other causes
// among them.
inline constexpr size_t kMaxHeldRows = size_t{1} << 17;
// Skewed excursions inside of each other.
inline constexpr size_t kMaxFrames = 16;

class Deskewer {
 public:
  // An interrupt that not all streams took within the tolerance.
  struct Unmatched {
    uint64_t icount = 0;
    uint64_t cause = 0;
    std::vector<std::optional<uint64_t>> epcs;  // by instance: where it took it; absent: not
  };

  explicit Deskewer(const Options& options);
  ~Deskewer();

  // Errors: as VcpuAligner::Push(), without the instance's name.
  absl::Status Push(size_t instance, state::Batch batch);
  void Close(size_t instance);
  void Drop(size_t instance);

  // Goes on as far as the batches allow.
  void Forward();
  // What Forward() brought out of a stream since the last call; nullopt if that is nothing.
  std::optional<Stream::Input> Pop(size_t instance);
  // The icount, as rewritten, before which nothing more comes out of the stream.
  uint64_t Promise(size_t instance) const;
  // The stream was closed, and all of it is out.
  bool Exhausted(size_t instance) const;

  // When Forward() can do nothing more, the reason, if it is not that it needs more.
  const std::optional<Unmatched>& unmatched() const { return unmatched_; }
  const std::optional<Trouble>& trouble() const { return trouble_; }
  // Whose records it waits for, ascending.
  const std::vector<size_t>& starved() const { return starved_; }

  // Overwrites what a stream of rewritten records cannot know.
  void FillStats(size_t instance, StreamStats* stats) const;

  const Skews& skews() const { return skews_; }
  // Where every stream was ended, as one reached the limit while it owed an interrupt.
  std::optional<uint64_t> cut_at() const { return cut_at_; }

 private:
  class Lane;
  struct Found {  // where a wanted interrupt is
    enum class What : uint8_t {
      kUnknown,  // more records are needed
      kHere,
      kNot,
      kEnds,  // the stream ends before it
    };
    What what = What::kUnknown;
    size_t row = 0;         // it stands before this row
    size_t event = 0;       // of the row's events
    uint64_t distance = 0;  // instructions of the interrupted code before it
    bool moved = false;     // something stands before it that is to come after it
  };

  bool Step();
  bool TakeInterrupt(uint64_t at, size_t first);
  void TakeWithoutEnded(uint64_t at, uint64_t cause, const std::vector<Found>& found);
  void Count(uint64_t cause, uint64_t distance, std::vector<std::optional<uint64_t>> icounts);
  void SetTrouble(size_t instance, std::string reason);

  const Options options_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<size_t> starved_;
  std::optional<Unmatched> unmatched_;
  std::optional<Trouble> trouble_;
  std::optional<uint64_t> cut_at_;
  Skews skews_;
  std::vector<size_t> active_;  // in Step(): those that go on
};

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_DESKEW_H_
