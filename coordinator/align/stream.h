// One instance's records of one vCPU: ingest checks, a cursor over the batches, and the retained
// history. Internal to this package; see aligner.h for the rules.
//
// The cursor has two speeds. Peek() and Take() handle everything. In between, the merge loop in
// aligner.cc reads the columns itself through Hot: blocks [index, stop) have nothing placed before
// them but digest updates, and have a successor in the same batch.
#ifndef COORDINATOR_ALIGN_STREAM_H_
#define COORDINATOR_ALIGN_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/aligner.h"
#include "proto/cc/state.h"

namespace lockstep::align {

// The translations of one stream that are valid, by id, and the replaced ones for as long as the
// history can name them.
class InfoTable {
 public:
  struct Entry {
    uint64_t pc = 0;
    const uint16_t* offsets = nullptr;  // null if the producer has no layout
    uint32_t n_insns = 0;               // 0: no such id
    uint32_t slot = 0;                  // of the whole BlockInfo
  };
  static constexpr uint32_t kPageBits = 10;
  static constexpr uint32_t kPageEntries = 1u << kPageBits;
  using Page = std::array<Entry, kPageEntries>;

  // `blocks_taken` numbers the moment; a replaced info is kept until `keep_blocks` more are taken.
  // False when there are too many ids (64 Mi in sequence, fewer when scattered), or 64 Ki replaced
  // ones that the history still holds.
  bool Insert(state::BlockInfo info, uint64_t blocks_taken, uint64_t keep_blocks);

  const Entry& Find(uint32_t id) const {
    if (id < first_.size()) return first_[id];
    const uint32_t page = id >> kPageBits;
    return page < pages_.size() && pages_[page] ? (*pages_[page])[id & (kPageEntries - 1)] : kNone;
  }
  const state::BlockInfo& Info(uint32_t slot) const { return infos_[slot]; }

 private:
  struct Retired {
    uint32_t slot;
    uint64_t free_at;  // blocks taken
  };
  static constexpr uint32_t kFirstIds = 1u << 16;
  static constexpr uint32_t kMaxPages = 1u << 16;
  static constexpr size_t kMaxRetired = 1u << 16;
  static const Entry kNone;
  Entry* Place(uint32_t id);  // null: too many
  std::vector<Entry> first_;  // of the ids below kFirstIds: quickly found
  uint32_t n_pages_ = 0;
  std::vector<std::unique_ptr<Page>> pages_;  // of the others
  std::deque<state::BlockInfo> infos_;        // stable addresses
  std::vector<uint32_t> free_slots_;
  std::deque<Retired> retired_;
};

inline const InfoTable::Entry InfoTable::kNone{};

// The last `capacity` values pushed.
template <typename T>
class Ring {
 public:
  explicit Ring(size_t capacity) : capacity_(capacity) {}
  void Push(T value) {
    if (capacity_ == 0) return;
    if (values_.size() < capacity_) {
      values_.push_back(std::move(value));
    } else {
      values_[next_] = std::move(value);
      next_ = next_ + 1 == capacity_ ? 0 : next_ + 1;
    }
  }
  // Oldest first.
  std::vector<T> Values() const {
    std::vector<T> result(values_.begin() + static_cast<ptrdiff_t>(next_), values_.end());
    result.insert(result.end(), values_.begin(), values_.begin() + static_cast<ptrdiff_t>(next_));
    return result;
  }

 private:
  size_t capacity_;
  size_t next_ = 0;
  std::vector<T> values_;
};

class Stream {
 public:
  // A block that was taken.
  struct Taken {
    uint64_t icount = 0;
    uint32_t slot = 0;
    state::Digests digests{};
  };

  // What the merge loop touches for every block.
  struct Hot {
    const uint32_t* ids = nullptr;
    const uint32_t* offsets = nullptr;
    const uint64_t* gprs = nullptr;  // null without the group
    uint64_t first_icount = 0;
    uint32_t index = 0;  // of the next block
    uint32_t stop = 0;   // the first block that the merge loop may not take
    const state::Placed<state::GroupUpdate>* update = nullptr;
    const state::Placed<state::GroupUpdate>* updates_end = nullptr;
    state::Digests digests{};  // at the next boundary, once its updates are applied
    // The block that the stream is in.
    bool inside = false;
    uint64_t block_icount = 0;
    uint64_t block_end = 0;  // nominal
    uint64_t block_pc = 0;
    const uint16_t* block_offsets = nullptr;
    uint64_t taken = 0;            // blocks taken
    report::SplitCauses splits{};  // boundaries that it lacked, by cause
    uint32_t longest_insns = 0;    // of all blocks described
    state::Digests first{};        // at the first block
    state::Digests changes{};      // or of all later differences to it
  };

  // A batch, and which groups' digests are known from which block on; all that are compared, until
  // told otherwise.
  struct Input {
    state::Batch batch;
    std::vector<state::Placed<state::GroupMask>> known;
  };

  enum class Next : uint8_t {
    kUnknown,  // more records are needed
    kBlock,
    kEnd,
    kBroken,  // see broken()
  };

  Stream(const Options& options, std::string name);

  absl::Status Push(state::Batch batch) { return Push(Input{std::move(batch), {}}); }
  absl::Status Push(Input input);
  // The next record that is pushed, if one is, will not be before `icount`: the last block can be
  // taken before it comes.
  void Promise(uint64_t icount) { promise_ = icount; }
  // After Peek() said kUnknown: whether nothing more can come at `icount`.
  bool PastIcount(uint64_t icount) const {
    return queue_.empty() && promise_.has_value() && *promise_ > icount && hot_.inside;
  }
  void Close() { closed_ = true; }
  // From now on batches are consumed unread.
  void Drop();
  bool dropped() const { return dropped_; }

  // The next boundary. Takes in what stands before it (infos, events, digests); does not move.
  Next Peek();
  // Of the boundary that Peek() found.
  uint64_t next_icount() const { return next_icount_; }
  bool next_ends() const { return next_ == Next::kEnd; }
  uint64_t next_pc() const { return next_entry_.pc; }
  const InfoTable::Entry& next_entry() const { return next_entry_; }
  const state::Digests& next_digests() const { return hot_.digests; }
  const std::vector<state::Event>& next_traps() const { return traps_; }
  state::GroupMask next_known() const { return known_; }  // whose digests are known
  const state::End& next_end() const { return *end_; }
  // Moves past the boundary that Peek() found. REQUIRES: it was kBlock or kEnd.
  void Take();

  // Before the merge loop takes blocks through hot(): what Peek() found may be overtaken.
  void Unpeek() { peeked_ = false; }
  Hot& hot() { return hot_; }
  const Hot& hot() const { return hot_; }
  const InfoTable& infos() const { return infos_; }
  Taken& TakenSlot() { return taken_[hot_.taken & taken_mask_]; }  // for the block being taken

  const std::string& broken() const { return broken_; }
  uint64_t step_base() const { return step_base_; }
  uint64_t tlb_hash() const { return tlb_hash_; }
  // icount of the last device access or input that was taken in; UINT64_MAX before the first.
  uint64_t device_icount() const { return device_icount_; }
  uint64_t keep_blocks() const { return keep_blocks_; }
  const StreamStats& stats() const;

  const state::BlockInfo& InfoOf(const InfoTable::Entry& entry) const {
    return infos_.Info(entry.slot);
  }
  const state::BlockInfo* CurrentInfo() const;  // null before the first block
  std::vector<RetainedBlock> Blocks() const;
  std::vector<state::Event> Fills() const { return fills_.Values(); }
  std::vector<state::Event> Events() const { return events_.Values(); }
  std::vector<state::Registers> RegisterSets() const { return registers_.Values(); }
  const std::vector<state::RegisterName>& RegisterNames() const { return register_names_; }

 private:
  uint64_t NominalInsns(const state::Batch& batch) const;
  void BeginBatch();
  void EndBatch();
  void TakeInPlaced();  // side records before block hot_.index
  void TakeInEvent(const state::Event& event);
  void ApplyUpdates();
  void UpdateStop();
  uint32_t NextPlaced() const;  // smallest `before` of a side record not yet taken in
  // icount of the record after block `index`; nullopt if it was not pushed yet.
  std::optional<uint64_t> IcountAfter(uint32_t index) const;
  Next Break(std::string reason);
  bool Continues(uint64_t icount);  // checks the invariant between blocks

  const std::string name_;
  const uint64_t start_icount_;
  const state::GroupMask groups_;
  const bool compare_traps_;
  const uint64_t keep_blocks_;
  const uint64_t taken_mask_;

  std::deque<Input> queue_;  // the front is being read if in_batch_
  bool in_batch_ = false;
  bool closed_ = false;
  bool dropped_ = false;
  std::string broken_;
  // Positions in the front batch's side lists.
  size_t info_at_ = 0, event_at_ = 0, registers_at_ = 0, step_at_ = 0, known_at_ = 0;

  Hot hot_;
  bool peeked_ = false;
  Next next_ = Next::kUnknown;
  uint64_t next_icount_ = 0;
  InfoTable::Entry next_entry_;
  std::vector<state::Event> traps_;
  std::optional<state::End> end_;
  bool finished_ = false;  // End taken
  state::GroupMask known_ = ~state::GroupMask{0};
  std::optional<uint64_t> promise_;

  uint64_t step_base_ = 0;
  uint64_t tlb_hash_ = 0;
  uint64_t device_icount_ = UINT64_MAX;
  bool end_received_ = false;
  mutable StreamStats stats_;
  uint64_t last_received_icount_ = 0;

  InfoTable infos_;
  std::vector<Taken> taken_;
  Ring<state::Event> fills_;
  Ring<state::Event> events_;
  Ring<state::Registers> registers_;
  std::vector<state::RegisterName> register_names_;
};

// Whether a batch keeps the rules that need no knowledge of those before it. `register_names`: how
// many were declared. Errors: InvalidArgument, without the instance's name.
absl::Status ValidateBatch(const state::Batch& batch, state::GroupMask groups,
                           size_t register_names);

// An exception or an interrupt.
inline bool IsTrap(const state::Event& event) {
  return event.kind == state::EventKind::kException || event.kind == state::EventKind::kInterrupt;
}

// Whether two traps are the same: exceptions by icount, cause, epc, tval; interrupts by icount and
// cause.
bool SameTrap(const state::Event& a, const state::Event& b);
bool SameTraps(const std::vector<state::Event>& a, const std::vector<state::Event>& b);

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_STREAM_H_
