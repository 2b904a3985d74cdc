#include "coordinator/align/deskew_lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep::align {
namespace {

constexpr size_t kBatchBlocks = 1u << 14;
// Batches are read when fewer rows are left than this.
constexpr size_t kRowsAhead = 256;
constexpr size_t kMaxIds = size_t{1} << 22;
constexpr uint64_t kMaxBatchInsns = uint64_t{1} << 31;

}  // namespace

Deskewer::Lane::Lane(const Options& options) : groups_(options.groups), known_(options.groups) {}

absl::Status Deskewer::Lane::Push(state::Batch batch) {
  if (batch.sequence != raw_.batches) {
    return absl::InvalidArgumentError(
        absl::StrFormat("sends batch %d where batch %d is due", batch.sequence, raw_.batches));
  }
  if (!dropped_) {
    if (raw_.ended) return absl::InvalidArgumentError("sends records after its end");
    if (absl::Status status = ValidateBatch(batch, groups_, n_register_names_); !status.ok()) {
      return status;
    }
  }
  ++raw_.batches;
  raw_.records_received += batch.records;
  raw_.blocks += batch.block_ids.size();
  raw_.infos += batch.infos.size();
  if (!batch.icount_offsets.empty()) {
    raw_.received_icount = raw_.received_end_icount =
        batch.first_icount + batch.icount_offsets.back();
  }
  if (batch.end) {
    raw_.received_icount = raw_.received_end_icount = batch.end->icount;
    raw_.ended = true;
    raw_.end = batch.end;
  }
  if (!batch.register_names.empty()) {
    n_register_names_ = batch.register_names.size();
    register_names_ = batch.register_names;
  }
  if (!dropped_) queue_.push_back(std::move(batch));
  return absl::OkStatus();
}

void Deskewer::Lane::Close() { closed_ = true; }

void Deskewer::Lane::Drop() {
  dropped_ = true;
  queue_.clear();
  rows_.clear();
  last_.reset();
  frames_.clear();
  out_.clear();
}

bool Deskewer::Lane::exhausted() const {
  return closed_ && queue_.empty() && rows_.empty() && !last_;
}

void Deskewer::Lane::FillStats(StreamStats* stats) const {
  stats->records_received = raw_.records_received;
  // What was dropped counts as consumed.
  if (dropped_) stats->records_consumed = raw_.records_received;
  stats->batches = raw_.batches;
  stats->blocks = raw_.blocks;
  stats->infos = raw_.infos;
  stats->received_icount = raw_.received_icount;
  stats->received_end_icount = raw_.received_end_icount;
  stats->ended = raw_.ended;
  stats->end = raw_.end;
}

// Receiving.

Deskewer::Lane::Side& Deskewer::Lane::SideOf(std::unique_ptr<Side>& side) {
  if (!side) side = std::make_unique<Side>();
  return *side;
}

void Deskewer::Lane::Break(std::string reason) {
  if (!broken_) broken_ = std::move(reason);
}

bool Deskewer::Lane::Refill() {
  if (queue_.empty() || broken_) {
    // A stream that does not go on: its last block is taken as it stands.
    if (!closed_ || broken_ || !queue_.empty() || !last_ || raw_.ended) return false;
    rows_.push_back(*std::exchange(last_, std::nullopt));
    return true;
  }
  const state::Batch batch = std::move(queue_.front());
  queue_.pop_front();
  records_ += batch.records;
  has_gpr_ = has_gpr_ || !batch.gpr_digests.empty();
  size_t info = 0, update = 0, event = 0, registers = 0, step = 0;
  const size_t n = batch.block_ids.size();
  for (size_t i = 0; i <= n && !broken_; ++i) {
    for (; info < batch.infos.size() && batch.infos[info].before <= i; ++info) {
      TakeInfo(batch.infos[info].value);
    }
    for (; update < batch.group_updates.size() && batch.group_updates[update].before <= i;
         ++update) {
      const state::GroupUpdate& value = batch.group_updates[update].value;
      digests_[static_cast<int>(value.group)] = value.digest;
    }
    for (; event < batch.events.size() && batch.events[event].before <= i; ++event) {
      SideOf(side_).events.push_back(batch.events[event].value);
    }
    for (; registers < batch.registers.size() && batch.registers[registers].before <= i;
         ++registers) {
      SideOf(side_).registers.push_back(batch.registers[registers].value);
    }
    for (; step < batch.step_bases.size() && batch.step_bases[step].before <= i; ++step) {
      SideOf(side_).step_base = batch.step_bases[step].value;
    }
    if (i == n) break;
    Row row;
    row.icount = batch.first_icount + batch.icount_offsets[i];
    if (!batch.gpr_digests.empty()) digests_[0] = batch.gpr_digests[i];
    row.digests = digests_;
    const auto known = ids_.find(batch.block_ids[i]);
    if (known == ids_.end()) {
      Break(absl::StrFormat("enters block %d at icount %d without having described it",
                            batch.block_ids[i], row.icount));
      break;
    }
    row.definition = known->second;
    AddRow(std::move(row));
  }
  if (batch.end && !broken_) {
    Row row;
    row.icount = batch.end->icount;
    row.digests = batch.end->digests;
    row.is_end = true;
    AddRow(std::move(row));
    if (last_) rows_.push_back(*std::exchange(last_, std::nullopt));
  }
  return true;
}

void Deskewer::Lane::TakeInfo(state::BlockInfo info) {
  const uint32_t id = info.id;
  if (ids_.size() == kMaxIds && ids_.count(id) == 0) {
    return Break(absl::StrFormat("describes more than %d blocks", kMaxIds));
  }
  const uint32_t definition = NewDefinition(std::move(info));
  const auto [at, added] = ids_.emplace(id, definition);
  if (added) return;
  Release(at->second);
  at->second = definition;
}

// With one user: the caller.
uint32_t Deskewer::Lane::NewDefinition(state::BlockInfo info) {
  uint32_t index;
  if (free_definitions_.empty()) {
    index = static_cast<uint32_t>(definitions_.size());
    definitions_.emplace_back();
  } else {
    index = free_definitions_.back();
    free_definitions_.pop_back();
  }
  info.id = index;
  definitions_[index] = {std::move(info), 1, false};
  return index;
}

void Deskewer::Lane::Release(uint32_t definition) {
  if (definition == kNoDefinition || --definitions_[definition].users != 0) return;
  definitions_[definition].info = {};
  free_definitions_.push_back(definition);
}

// Whether the stream may go on there after the last row. As Stream::Continues().
bool Deskewer::Lane::Continues(const Row& row) {
  if (!last_) return true;
  if (row.icount < last_->icount) {
    Break(absl::StrFormat("goes back from icount %d to %d", last_->icount, row.icount));
    return false;
  }
  const uint64_t end = last_->icount + definitions_[last_->definition].info.n_insns;
  if (row.icount > end) {
    Break(absl::StrFormat("goes on at icount %d, past the end of its block of icounts %d to %d",
                          row.icount, last_->icount, end));
    return false;
  }
  return true;
}

// A row is complete when its successor shows that an instruction begins in it.
void Deskewer::Lane::AddRow(Row row) {
  if (!Continues(row)) return;
  row.own_icount = row.icount;
  if (row.definition != kNoDefinition) ++definitions_[row.definition].users;
  row.side = std::move(side_);
  row.records = std::exchange(records_, 0);
  if (last_ && last_->icount == row.icount) {
    // Nothing begins in the last one: what stood before it stands before this one.
    if (last_->side) {
      Side& side = SideOf(last_->side);
      if (row.side) {
        std::move(row.side->events.begin(), row.side->events.end(),
                  std::back_inserter(side.events));
        std::move(row.side->registers.begin(), row.side->registers.end(),
                  std::back_inserter(side.registers));
        if (row.side->step_base) side.step_base = row.side->step_base;
      }
      row.side = std::move(last_->side);
    }
    row.records += last_->records;
    Release(last_->definition);
  } else if (last_) {
    rows_.push_back(*std::move(last_));
  }
  last_ = std::move(row);
}

// Where it stands.

uint64_t Deskewer::Lane::position() const {
  if (finished_) return UINT64_MAX;
  if (!frames_.empty() && frames_.back().left_out) return frames_.back().at;
  if (!rows_.empty()) return rows_.front().icount + shift_;
  if (last_) return last_->icount + shift_;
  return current_ == kNoDefinition ? 0 : current_at_ + 1;
}

const state::Event* Deskewer::Lane::NextTrap(const Row& row, size_t from) {
  if (!row.side) return nullptr;
  for (size_t e = from; e < row.side->events.size(); ++e) {
    if (IsTrap(row.side->events[e])) return &row.side->events[e];
  }
  return nullptr;
}

std::optional<size_t> Deskewer::Lane::NextInterrupt() const {
  const Row& row = rows_.front();
  if (!row.side) return std::nullopt;
  for (size_t e = event_at_; e < row.side->events.size(); ++e) {
    if (row.side->events[e].kind == state::EventKind::kInterrupt) return e;
  }
  return std::nullopt;
}

size_t Deskewer::Lane::TrapsBeforeInterrupt() const {
  const std::vector<state::Event>& events = rows_.front().side->events;
  size_t traps = 0;
  for (size_t e = event_at_; events[e].kind != state::EventKind::kInterrupt; ++e) {
    traps += IsTrap(events[e]);
  }
  return traps;
}

bool Deskewer::Lane::Returns(const ReturnMark& mark, const Row& row, size_t from) const {
  if (has_gpr_ && row.digests[0] != mark.gpr) return false;
  if (const state::Event* trap = NextTrap(row, from)) {
    return trap->fields[1] == mark.pc && trap->fields[3] == mark.privilege;
  }
  if (row.is_end) return false;
  const state::BlockInfo& info = definitions_[row.definition].info;
  return info.pc == mark.pc && info.space.privilege() == mark.privilege &&
         (!mark.space || info.space.tag == *mark.space);
}

Deskewer::Lane::ReturnMark Deskewer::Lane::MarkOf(size_t row, const state::Event& interrupt) const {
  ReturnMark mark;
  mark.pc = interrupt.fields[1];
  mark.privilege = interrupt.fields[3];
  mark.gpr = rows_[row].digests[0];
  const uint32_t before = row == 0 ? current_ : rows_[row - 1].definition;
  // The interrupted code's address space, unless another trap came in between.
  if (before != kNoDefinition && NextTrap(rows_[row], 0) == &interrupt) {
    const state::Space& space = definitions_[before].info.space;
    if (space.privilege() == mark.privilege) mark.space = space.tag;
  }
  return mark;
}

bool Deskewer::Lane::Resolve() {
  for (;;) {
    while (rows_.size() < kRowsAhead && Refill()) {
    }
    if (rows_.empty()) {
      if (broken_) trouble_ = broken_;
      return false;
    }
    std::optional<size_t> returned;
    for (size_t f = frames_.size(); f-- > 0 && !returned;) {
      if (Returns(frames_[f].mark, rows_.front(), event_at_)) returned = f;
    }
    if (returned) {
      Return(*returned);
      if (trouble_) return false;
      continue;
    }
    if (frames_.empty() || !frames_.back().left_out) return true;
    // In an excursion that is left out: nothing of it goes out but its end.
    if (rows_.front().is_end) {
      rows_.front().icount = frames_.back().at - shift_;
      rows_.front().blind = true;
      rows_.front().side.reset();
      event_at_ = 0;
      frames_.pop_back();
      return true;
    }
    if (const state::Event* trap = NextTrap(rows_.front(), event_at_)) {
      event_at_ = static_cast<size_t>(trap - rows_.front().side->events.data()) + 1;
      continue;
    }
    Release(PopFront().definition);
  }
}

// The code that frame `index` interrupted goes on at the next record: what was held back comes
// first.
void Deskewer::Lane::Return(size_t index) {
  if (index + 1 != frames_.size()) {
    trouble_ = absl::StrFormat(
        "returns from an interrupt at icount %d while one that came after it is open: "
        "async_skew_insns cannot follow that",
        rows_.front().own_icount);
    return;
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Row& next = rows_.front();
  // With what skewed excursions inside of it stored.
  const uint64_t stored = next.digests[3] - frame.entry_mem;
  mem_offset_ = frame.entry_offset + stored;
  // The interrupted code has its own events before it again.
  if (next.side || !frame.held_events.empty()) {
    std::vector<state::Event>& events = SideOf(next.side).events;
    events.erase(events.begin(), events.begin() + static_cast<ptrdiff_t>(event_at_));
    events.insert(events.begin(), frame.held_events.begin(), frame.held_events.end());
    for (size_t e = 0; e < frame.held_events.size(); ++e) events[e].icount = next.icount;
  }
  event_at_ = 0;
  const uint64_t end = next.icount + shift_;
  if (frame.left_out) {
    shift_ = frame.at - next.icount;
  } else {
    const uint64_t length = end - frame.at;
    if (frame.moved) {
      ++next.closes;
      ++open_;
    }
    shift_ = frame.old_shift;
    for (auto row = frame.held.rbegin(); row != frame.held.rend(); ++row) {
      row->icount += length;
      row->digests[3] += stored;
      if (row->side) {
        for (state::Event& event : row->side->events) event.icount += length;
        for (state::Registers& set : row->side->registers) set.icount += length;
      }
      rows_.push_front(std::move(*row));
    }
  }
  dirty_levels_ |= 1u << (frame.level & 31);
}

Deskewer::Found Deskewer::Lane::Find(uint64_t cause, uint64_t at, uint64_t tolerance) const {
  Found found;
  uint64_t skipped = 0;  // instructions of excursions on the way
  std::optional<ReturnMark> inside;
  uint64_t inside_from = 0;
  for (size_t r = 0; r < rows_.size(); ++r) {
    const Row& row = rows_[r];
    const uint64_t here = row.icount + shift_;
    if (r >= kMaxHeldRows) {
      found.what = Found::What::kNot;
      return found;
    }
    size_t from = r == 0 ? event_at_ : 0;
    for (;;) {
      if (inside && Returns(*inside, row, from)) {
        inside.reset();
        skipped += here - inside_from;
      }
      if (!inside && !frames_.empty() && Returns(frames_.back().mark, row, from)) {
        found.what = Found::What::kNot;
        return found;
      }
      const state::Event* trap = NextTrap(row, from);
      if (trap == nullptr) break;
      const size_t event = static_cast<size_t>(trap - row.side->events.data());
      if (!inside && trap->kind == state::EventKind::kInterrupt) {
        if (trap->fields[0] == cause && here - at - skipped <= tolerance) {
          const bool moved = r != 0 || here != at || NextTrap(row, event_at_) != trap;
          return {Found::What::kHere, r, event, here - at - skipped, moved};
        }
        inside = MarkOf(r, *trap);
        inside_from = here;
      }
      from = event + 1;
    }
    if (inside) continue;
    if (here - at - skipped > tolerance) {
      found.what = Found::What::kNot;
      return found;
    }
    if (row.is_end) {
      found.what = Found::What::kEnds;
      return found;
    }
  }
  // The interrupt would stand before the row that is still incomplete, or after it.
  if (!inside && last_ && last_->icount + shift_ - at - skipped > tolerance) {
    found.what = Found::What::kNot;
  }
  return found;
}

// Sending.

state::GroupMask Deskewer::Lane::KnownNow() const {
  if (!frames_.empty()) return 0;
  return dirty_levels_ != 0 ? groups_ & ~state::MaskOf(state::Group::kCsr) : groups_;
}

Stream::Input& Deskewer::Lane::Out(uint64_t icount) {
  if (out_.empty() || out_.back().batch.block_ids.size() >= kBatchBlocks || out_.back().batch.end ||
      icount - out_.back().batch.first_icount > kMaxBatchInsns) {
    out_.emplace_back();
    out_.back().batch.sequence = out_sequence_++;
    out_.back().batch.first_icount = icount;
    out_.back().batch.register_names = std::exchange(register_names_, {});
  }
  return out_.back();
}

void Deskewer::Lane::SetKnown(state::GroupMask known) {
  if (known == known_) return;
  known_ = known;
  Stream::Input& out = Out(position());
  out.known.push_back({static_cast<uint32_t>(out.batch.block_ids.size()), known});
}

void Deskewer::Lane::EmitEvent(const state::Event& event) {
  const uint64_t icount = event.icount + shift_;
  if (IsTrap(event) && frames_.empty() && !any_open_) {
    dirty_levels_ &= ~(1u << (event.fields[4] & 31));
  }
  Stream::Input& out = Out(icount);
  out.batch.events.push_back({static_cast<uint32_t>(out.batch.block_ids.size()), event});
  out.batch.events.back().value.icount = icount;
}

void Deskewer::Lane::EmitEvents(size_t last) {
  for (; event_at_ <= last; ++event_at_) EmitEvent(rows_.front().side->events[event_at_]);
}

void Deskewer::Lane::EmitExceptions(size_t count) {
  while (count-- != 0) {
    const state::Event* trap = NextTrap(rows_.front(), event_at_);
    if (trap == nullptr || trap->kind != state::EventKind::kException) return;
    EmitEvents(static_cast<size_t>(trap - rows_.front().side->events.data()));
  }
}

Deskewer::Lane::Row Deskewer::Lane::PopFront() {
  Row row = std::move(rows_.front());
  rows_.pop_front();
  event_at_ = 0;
  // What is consumed is told with the records that go out.
  if (row.records != 0) Out(row.icount + shift_).batch.records += row.records;
  return row;
}

void Deskewer::Lane::Emit() {
  if (rows_.front().side && !rows_.front().side->events.empty()) {
    EmitEvents(rows_.front().side->events.size() - 1);
  }
  const uint64_t icount = position();
  const Row row = PopFront();
  open_ -= row.closes;
  SetKnown(row.blind ? 0 : KnownNow());
  Stream::Input& out = Out(icount);
  state::Batch& batch = out.batch;
  const uint32_t before = static_cast<uint32_t>(batch.block_ids.size());
  if (row.side) {
    for (state::Registers& set : row.side->registers) {
      batch.registers.push_back({before, {set.icount + shift_, std::move(set.values)}});
    }
    if (row.side->step_base) batch.step_bases.push_back({before, *row.side->step_base});
  }
  state::Digests digests = row.digests;
  digests[3] -= mem_offset_;
  if (row.is_end) {
    state::End end = *raw_.end;
    end.icount = icount;
    end.step += icount - row.own_icount;
    end.digests = digests;
    batch.end = std::move(end);
    finished_ = true;
    return;
  }
  Definition& definition = definitions_[row.definition];
  if (!definition.described) {
    definition.described = true;
    batch.infos.push_back({before, definition.info});
  }
  for (int g = 1; g < state::kGroups; ++g) {
    if (digests[g] == sent_[g]) continue;
    sent_[g] = digests[g];
    batch.group_updates.push_back({before, {static_cast<state::Group>(g), digests[g]}});
  }
  if (batch.block_ids.empty()) batch.first_icount = icount;
  batch.block_ids.push_back(row.definition);
  batch.icount_offsets.push_back(static_cast<uint32_t>(icount - batch.first_icount));
  batch.gpr_digests.push_back(digests[0]);
  Release(std::exchange(current_, row.definition));
  current_at_ = icount;
}

// The rest of the block that the stream is in, from the rewritten count `at` on.
std::optional<Deskewer::Lane::Row> Deskewer::Lane::MiddleRow(uint64_t at) {
  if (current_ == kNoDefinition) return std::nullopt;
  const state::BlockInfo& whole = definitions_[current_].info;
  const uint64_t begun = at - current_at_;
  if (begun >= whole.offsets.size()) return std::nullopt;
  state::BlockInfo rest;
  const uint16_t skipped = whole.offsets[begun];
  rest.pc = whole.pc + skipped;
  rest.space = whole.space;
  rest.n_insns = whole.n_insns - static_cast<uint32_t>(begun);
  for (size_t k = begun; k < whole.offsets.size(); ++k) {
    rest.offsets.push_back(static_cast<uint16_t>(whole.offsets[k] - skipped));
  }
  if (whole.code.size() > skipped) rest.code.assign(whole.code.begin() + skipped, whole.code.end());
  Row row;
  row.icount = row.own_icount = at - shift_;
  row.definition = NewDefinition(std::move(rest));
  row.blind = true;
  return row;
}

void Deskewer::Lane::Enter(const Found& found, uint64_t at) {
  if (frames_.size() == kMaxFrames) {
    trouble_ = absl::StrFormat(
        "takes more than %d interrupts inside of each other, all of them skewed", kMaxFrames);
    return;
  }
  const state::Event interrupt = rows_[found.row].side->events[found.event];
  Frame frame;
  frame.mark = MarkOf(found.row, interrupt);
  frame.at = at;
  frame.moved = found.moved;
  frame.level = interrupt.fields[4];
  frame.old_shift = shift_;
  frame.entry_mem = rows_[found.row].digests[3];
  frame.entry_offset = mem_offset_;
  if (found.moved && rows_.front().icount + shift_ != at) {
    std::optional<Row> middle = MiddleRow(at);
    if (!middle) {
      trouble_ = absl::StrFormat(
          "gives no layout of its block at icount %d, which "
          "async_skew_insns needs",
          at);
      return;
    }
    frame.held.push_back(*std::move(middle));
  }
  for (size_t r = 0; r < found.row; ++r) {
    if (event_at_ != 0) {  // those went out
      auto& events = rows_.front().side->events;
      events.erase(events.begin(), events.begin() + static_cast<ptrdiff_t>(event_at_));
      event_at_ = 0;
    }
    frame.held.push_back(std::move(rows_.front()));
    rows_.pop_front();
  }
  Row& row = rows_.front();
  auto& events = row.side->events;
  if (found.moved) {
    const auto begin = events.begin() + static_cast<ptrdiff_t>(event_at_);
    const auto end = events.begin() + static_cast<ptrdiff_t>(found.event);
    if (begin < end) frame.held_events.assign(begin, end);
    event_at_ = found.event;
  }
  shift_ = at - row.icount;
  frames_.push_back(std::move(frame));
  EmitEvents(found.event);
}

void Deskewer::Lane::LeaveOut(size_t event) {
  if (event > event_at_) EmitEvents(event - 1);
  const state::Event& interrupt = rows_.front().side->events[event];
  Frame frame;
  frame.mark = MarkOf(0, interrupt);
  frame.left_out = true;
  frame.at = position();
  frame.level = interrupt.fields[4];
  frame.old_shift = shift_;
  frame.entry_mem = rows_.front().digests[3];
  frame.entry_offset = mem_offset_;
  event_at_ = event + 1;
  frames_.push_back(std::move(frame));
}

void Deskewer::Lane::Cut(uint64_t at) {
  SetKnown(0);
  state::End end;
  end.reason = state::EndReason::kLimit;
  end.icount = end.step = at;
  Out(at).batch.end = end;
  finished_ = true;
}

std::optional<Stream::Input> Deskewer::Lane::Pop() {
  if (out_.empty()) return std::nullopt;
  Stream::Input input = std::move(out_.front());
  out_.pop_front();
  return input;
}

}  // namespace lockstep::align
