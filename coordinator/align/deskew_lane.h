// One instance's stream in the deskewer: its rows, where it stands, and the skewed excursions that
// it is in. Internal to this package; see deskew.h.
#ifndef COORDINATOR_ALIGN_DESKEW_LANE_H_
#define COORDINATOR_ALIGN_DESKEW_LANE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/deskew.h"
#include "coordinator/align/stream.h"
#include "proto/cc/state.h"

namespace lockstep::align {

class Deskewer::Lane {
 public:
  explicit Lane(const Options& options);

  absl::Status Push(state::Batch batch);
  void Close();
  void Drop();
  bool dropped() const { return dropped_; }

  // Reads one more batch of those received; false if there is none.
  bool Refill();
  // Deals with returns and with what is left out before the next record. False if that takes more
  // records, or if there is none, or when trouble() was found.
  bool Resolve();
  bool ready() const { return !rows_.empty(); }
  uint64_t position() const;  // of the next record, or before which none comes
  // The interrupt that stands before the next row, if there is one: index of its event.
  std::optional<size_t> NextInterrupt() const;
  // REQUIRES: there is one.
  size_t TrapsBeforeInterrupt() const;
  const state::Event& event(size_t index) const { return rows_.front().side->events[index]; }

  // Looks for an interrupt of `cause` within `tolerance` instructions of the code that is
  // interrupted, from the rewritten count `at` on.
  Found Find(uint64_t cause, uint64_t at, uint64_t tolerance) const;
  uint64_t OwnIcount(const Found& found) const { return rows_[found.row].own_icount; }
  uint64_t Epc(const Found& found) const {
    return rows_[found.row].side->events[found.event].fields[1];
  }

  // The next row goes out, with the events before it.
  void Emit();
  // The first exceptions before the next row go out: so many, or those before an interrupt.
  void EmitExceptions(size_t count);
  // The events of the next row up to and with this one go out.
  void EmitEvents(size_t last);
  // The interrupt's excursion comes now, at the rewritten count `at`; what lies before it is held
  // back.
  void Enter(const Found& found, uint64_t at);
  // Event number `event` before the next row is an interrupt: it is left out, with its excursion.
  void LeaveOut(size_t event);
  // The stream ends at the rewritten count `at`, as if by the limit.
  void Cut(uint64_t at);

  bool finished() const { return finished_; }
  // Something that was held back is still to go out.
  bool open() const { return open_ != 0; }
  // Whether that is so of any stream: then traps do not end what csr has of a skew.
  void SetAnyOpen(bool any_open) { any_open_ = any_open; }
  // No more comes, and all that came is out.
  bool exhausted() const;
  // Why nothing of it can be read any more.
  const std::optional<std::string>& broken() const { return broken_; }
  const std::optional<std::string>& trouble() const { return trouble_; }
  bool ends_by_limit() const { return raw_.end && raw_.end->reason == state::EndReason::kLimit; }
  std::optional<Stream::Input> Pop();
  void FillStats(StreamStats* stats) const;

 private:
  static constexpr uint32_t kNoDefinition = UINT32_MAX;

  // What stands before a row and is rare.
  struct Side {
    std::vector<state::Event> events;
    std::vector<state::Registers> registers;
    std::optional<uint64_t> step_base;
  };
  struct Row {
    uint64_t icount = 0;      // of the stream, moved along when it is held back
    uint64_t own_icount = 0;  // of the stream
    state::Digests digests{};
    uint32_t definition = kNoDefinition;
    bool is_end = false;
    bool blind = false;    // made here: its digests are not known
    uint32_t closes = 0;   // skews whose held-back rows it follows
    uint64_t records = 0;  // that were read with it, for credit
    std::unique_ptr<Side> side;
  };
  // A block's description, for as long as it is valid or a row has it.
  struct Definition {
    state::BlockInfo info;  // with the id under which it goes out
    uint32_t users = 0;
    bool described = false;
  };
  // How the end of an excursion is known.
  struct ReturnMark {
    uint64_t pc = 0;
    uint64_t privilege = 0;
    std::optional<uint64_t> space;  // tag
    uint64_t gpr = 0;
  };
  // An excursion that was moved, or is left out.
  struct Frame {
    ReturnMark mark;
    bool left_out = false;
    uint64_t at = 0;  // rewritten count at which it was entered
    bool moved = false;
    uint64_t level = 0;  // privilege that the interrupt was taken to
    uint64_t old_shift = 0;
    uint64_t entry_mem = 0;  // on entry
    uint64_t entry_offset = 0;
    std::deque<Row> held;
    std::vector<state::Event> held_events;  // before the row that follows what is held
  };

  void TakeInfo(state::BlockInfo info);
  void AddRow(Row row);
  bool Continues(const Row& row);
  Side& SideOf(std::unique_ptr<Side>& side);
  void Break(std::string reason);
  uint32_t NewDefinition(state::BlockInfo info);
  void Release(uint32_t definition);
  ReturnMark MarkOf(size_t row, const state::Event& interrupt) const;
  // Whether the code before `row`, from event number `from` on, goes on where `mark` is.
  bool Returns(const ReturnMark& mark, const Row& row, size_t from) const;
  void Return(size_t frame);
  void EmitEvent(const state::Event& event);
  Row PopFront();
  void SetKnown(state::GroupMask known);
  state::GroupMask KnownNow() const;
  std::optional<Row> MiddleRow(uint64_t at);
  Stream::Input& Out(uint64_t icount);
  static const state::Event* NextTrap(const Row& row, size_t from);

  const state::GroupMask groups_;
  std::deque<Row> rows_;     // complete: an instruction begins in each block
  std::optional<Row> last_;  // received, its successor not
  size_t event_at_ = 0;      // events of the front row that went out
  bool closed_ = false, dropped_ = false, finished_ = false;
  std::optional<std::string> broken_;
  std::optional<std::string> trouble_;

  // Receiving.
  std::deque<state::Batch> queue_;
  StreamStats raw_;
  state::Digests digests_{};
  bool has_gpr_ = false;
  std::unique_ptr<Side> side_;                  // before the next row
  uint64_t records_ = 0;                        // read since the last row
  std::unordered_map<uint32_t, uint32_t> ids_;  // definitions by the producer's id
  std::vector<Definition> definitions_;
  std::vector<uint32_t> free_definitions_;
  std::vector<state::RegisterName> register_names_;
  size_t n_register_names_ = 0;

  // Sending.
  std::deque<Frame> frames_;
  uint64_t shift_ = 0;  // rewritten icount less Row::icount
  uint64_t mem_offset_ = 0;
  uint32_t dirty_levels_ = 0;  // bit p: csr is not comparable until a trap to privilege p
  size_t open_ = 0;            // skews of which held-back rows are not out
  bool any_open_ = false;
  uint32_t current_ = kNoDefinition;  // block that the stream is in
  uint64_t current_at_ = 0;           // its rewritten count
  state::GroupMask known_;
  state::Digests sent_{};
  std::deque<Stream::Input> out_;
  uint64_t out_sequence_ = 0;
};

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_DESKEW_LANE_H_
