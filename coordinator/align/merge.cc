#include "coordinator/align/merge.h"

#include <algorithm>

namespace lockstep::align {
namespace {

using Hot = Stream::Hot;
using Update = state::Placed<state::GroupUpdate>;

constexpr uint32_t kChunk = 64;
// Runs that are shorter than this are not worth their preparation...
constexpr uint32_t kShortRun = 16;
// ... and so many boundaries go by, at most, before the next one is tried.
constexpr uint32_t kMaxBackOff = 256;

inline void Apply(Hot& hot) {
  const int group = static_cast<int>(hot.update->value.group);
  const uint64_t digest = hot.update->value.digest;
  hot.digests[group] = digest;
  hot.changes[group] |= digest ^ hot.first[group];
  ++hot.update;
}

inline void Enter(Hot& hot, uint64_t icount, const InfoTable::Entry& entry) {
  hot.block_icount = icount;
  hot.block_end = icount + entry.n_insns;
  hot.block_pc = entry.pc;
  hot.block_offsets = entry.offsets;
  ++hot.index;
}

// A stream while rows are taken: history and statistics are made up for afterwards, as only the
// last rows of many can be asked for.
class Visit {
 public:
  void Begin(const Hot& hot) {
    index_ = hot.index;
    update_ = hot.update;
    digests_ = hot.digests;
  }

  void Finish(Stream& stream) const {
    Hot& hot = stream.hot();
    if (hot.gprs != nullptr) {
      uint64_t changes = 0;
      const uint64_t first = hot.first[0];
      for (uint32_t k = index_; k < hot.index; ++k) changes |= hot.gprs[k] ^ first;
      hot.changes[0] |= changes;
    }
    const uint32_t rows = hot.index - index_;
    const uint32_t skipped =
        rows - static_cast<uint32_t>(std::min<uint64_t>(rows, stream.keep_blocks()));
    hot.taken += skipped;
    state::Digests digests = digests_;
    const Update* update = update_;
    for (uint32_t k = index_ + skipped; k < hot.index; ++k) {
      for (; update != hot.update && update->before <= k; ++update) {
        digests[static_cast<int>(update->value.group)] = update->value.digest;
      }
      if (hot.gprs != nullptr) digests[0] = hot.gprs[k];
      stream.TakenSlot() = {hot.first_icount + hot.offsets[k], stream.infos().Find(hot.ids[k]).slot,
                            digests};
      ++hot.taken;
    }
  }

 private:
  uint32_t index_ = 0;
  const Update* update_ = nullptr;
  state::Digests digests_{};
};

// The rows of two streams from their next boundaries on, which lie at one icount.
class Rows {
 public:
  Rows(Stream& reference, Stream& other, const MergeLimits& limits)
      : a_(reference.hot()),
        b_(other.hot()),
        a_infos_(reference.infos()),
        b_infos_(other.infos()),
        limits_(limits) {}

  // How many of the next `n` are equal: icounts, pcs, digests, and what their blocks may cover.
  // REQUIRES: n + 1 rows are there in each; digests other than gpr are equal now.
  uint32_t Equal(uint32_t n) const {
    uint32_t done = 0;
    while (done < n) {
      const uint32_t rows = std::min(kChunk, n - done);
      if (!ColumnsEqual(done, rows) || !BlocksEqual(done, rows)) {
        done += Prefix(done, rows);
        break;
      }
      done += rows;
    }
    return UpdatesEqual(done);
  }

 private:
  // Number of leading rows that are equal, one by one.
  uint32_t Prefix(uint32_t begin, uint32_t rows) const {
    uint32_t k = 0;
    while (k < rows && ColumnsEqual(begin + k, 1) && BlocksEqual(begin + k, 1)) ++k;
    return k;
  }

  bool ColumnsEqual(uint32_t begin, uint32_t rows) const {
    const uint32_t* a = a_.offsets + a_.index + begin;
    const uint32_t* b = b_.offsets + b_.index + begin;
    // The first rows lie at one icount; the distances from there must be the same.
    const uint32_t shift = a_.offsets[a_.index] - b_.offsets[b_.index];
    uint32_t differs = 0;
    for (uint32_t k = 0; k < rows; ++k) differs |= (a[k] - b[k]) ^ shift;
    uint64_t digests = 0;
    if (a_.gprs != nullptr && b_.gprs != nullptr) {
      const uint64_t* p = a_.gprs + a_.index + begin;
      const uint64_t* q = b_.gprs + b_.index + begin;
      for (uint32_t k = 0; k < rows; ++k) digests |= p[k] ^ q[k];
    }
    return (differs | (digests & limits_.group_mask[0])) == 0;
  }

  // pcs; each block begins an instruction and reaches the next one.
  bool BlocksEqual(uint32_t begin, uint32_t rows) const {
    const uint32_t* a = a_.ids + a_.index + begin;
    const uint32_t* b = b_.ids + b_.index + begin;
    const uint32_t* offsets = a_.offsets + a_.index + begin;
    const uint32_t* b_offsets = b_.offsets + b_.index + begin;
    uint64_t bad = 0;
    for (uint32_t k = 0; k < rows; ++k) {
      const InfoTable::Entry& p = a_infos_.Find(a[k]);
      const InfoTable::Entry& q = b_infos_.Find(b[k]);
      const uint32_t length = offsets[k + 1] - offsets[k];
      const uint32_t b_length = b_offsets[k + 1] - b_offsets[k];
      // A length of 0 wraps around, as does one that goes back.
      bad |= (p.pc ^ q.pc) | static_cast<uint64_t>(length - 1 >= p.n_insns) |
             static_cast<uint64_t>(b_length - 1 >= q.n_insns);
    }
    return bad == 0;
  }

  // The first of `rows` rows at which the digests placed before it are not the same, else `rows`.
  uint32_t UpdatesEqual(uint32_t rows) const {
    const Update* a = a_.update;
    const Update* b = b_.update;
    const auto row = [&](const Hot& hot, const Update* update) {
      return update == hot.updates_end     ? rows
             : update->before <= hot.index ? 0
                                           : std::min(update->before - hot.index, rows);
    };
    const auto skipped = [&](const Update* update) {
      return limits_.group_mask[static_cast<int>(update->value.group)] == 0;
    };
    for (;;) {
      const uint32_t at_a = row(a_, a);
      const uint32_t at_b = row(b_, b);
      if (at_a == rows && at_b == rows) return rows;
      if (at_a < rows && skipped(a)) {
        ++a;
      } else if (at_b < rows && skipped(b)) {
        ++b;
      } else if (at_a == at_b && a->value.group == b->value.group &&
                 a->value.digest == b->value.digest) {
        ++a;
        ++b;
      } else {
        return std::min(at_a, at_b);
      }
    }
  }

  const Hot& a_;
  const Hot& b_;
  const InfoTable& a_infos_;
  const InfoTable& b_infos_;
  const MergeLimits& limits_;
};

// Takes `n` rows that were found equal.
void TakeRows(Stream& stream, uint32_t n) {
  Hot& hot = stream.hot();
  hot.index += n - 1;
  while (hot.update != hot.updates_end && hot.update->before <= hot.index) Apply(hot);
  if (hot.gprs != nullptr) hot.digests[0] = hot.gprs[hot.index];
  Enter(hot, hot.first_icount + hot.offsets[hot.index], stream.infos().Find(hot.ids[hot.index]));
}

template <size_t kStreams>
class Merger {
 public:
  Merger(const std::vector<Stream*>& streams, const std::vector<size_t>& numbers,
         const MergeLimits& limits, MergeState* state)
      : n_(streams.size()), numbers_(numbers), limits_(limits), state_(*state) {
    std::copy(streams.begin(), streams.end(), streams_.begin());
  }

  void Run() {
    for (size_t s = 0; s < n(); ++s) visits_[s].Begin(streams_[s]->hot());
    TakeAll();
    for (size_t s = 0; s < n(); ++s) visits_[s].Finish(*streams_[s]);
  }

 private:
  static constexpr size_t kCapacity = kStreams != 0 ? kStreams : kMaxStreams;
  size_t n() const { return kStreams != 0 ? kStreams : n_; }

  void TakeAll() {
    uint32_t until_run = 0;
    uint32_t back_off = 1;
    for (;;) {
      if (!FindNext()) return;
      if (alike_) {
        if (until_run == 0) {
          back_off = TakeRun() >= kShortRun ? 1 : std::min(2 * back_off, kMaxBackOff);
          until_run = back_off;
          if (!FindNext()) return;
        } else {
          --until_run;
        }
      } else if (kStreams == 2 && next_[0] != next_[1]) {
        const size_t fine = next_[0] < next_[1] ? 0 : 1;
        const uint64_t before = state_.boundaries;
        if (!TakeInside(fine)) return;
        if (state_.boundaries != before) continue;
      }
      if (!TakeOne()) return;
    }
  }

  // Where the next boundary lies; false where there is none for the fast path.
  bool FindNext() {
    icount_ = UINT64_MAX;
    uint64_t last = 0;
    for (size_t s = 0; s < n(); ++s) {
      const Hot& hot = streams_[s]->hot();
      if (hot.index >= hot.stop) return false;
      next_[s] = hot.first_icount + hot.offsets[hot.index];
      icount_ = std::min(icount_, next_[s]);
      last = std::max(last, next_[s]);
    }
    alike_ = last == icount_;
    return icount_ < limits_.icount_limit;
  }

  // Takes a run of rows in which all streams are cut alike; returns how many.
  uint32_t TakeRun() {
    if (limits_.icount_limit != UINT64_MAX) return 0;
    const Hot& reference = streams_[0]->hot();
    uint32_t rows = UINT32_MAX;
    for (size_t s = 0; s < n(); ++s) {
      const Hot& hot = streams_[s]->hot();
      rows = std::min(rows, hot.stop - hot.index);
      if (icount_ <= hot.block_icount || icount_ > hot.block_end) return 0;
      for (int g = 1; g < state::kGroups; ++g) {
        if (((hot.digests[g] ^ reference.digests[g]) & limits_.group_mask[g]) != 0) return 0;
      }
    }
    for (size_t s = 1; s < n() && rows != 0; ++s) {
      rows = Rows(*streams_[0], *streams_[s], limits_).Equal(rows);
    }
    if (rows == 0) return 0;
    for (size_t s = 0; s < n(); ++s) TakeRows(*streams_[s], rows);
    state_.boundaries += rows;
    state_.common_icount = state_.verified_icount = reference.block_icount;
    state_.digests_dirty = false;
    return rows;
  }

  // The first icount that is too far from the last common boundary.
  uint64_t SplitLimit() const {
    const uint64_t room = UINT64_MAX - state_.common_icount;
    return limits_.max_split_insns < room ? state_.common_icount + limits_.max_split_insns + 1
                                          : UINT64_MAX;
  }

  // Of two streams, takes the blocks that one enters inside of the other's block. False when the
  // next boundary is not for the fast path.
  bool TakeInside(size_t fine) {
    Hot& hot = streams_[fine]->hot();
    Hot& outer = streams_[1 - fine]->hot();
    if (outer.block_offsets == nullptr) return true;
    // Past the last icount that may be taken here.
    const uint64_t end =
        std::min({next_[1 - fine], limits_.icount_limit, outer.block_end, SplitLimit()});
    const uint16_t* const pcs = outer.block_offsets;
    const uint64_t outer_pc = outer.block_pc;
    const uint64_t outer_icount = outer.block_icount;
    const InfoTable& infos = streams_[fine]->infos();
    const uint32_t* const offsets = hot.offsets;
    const uint32_t* const ids = hot.ids;
    const uint64_t first_icount = hot.first_icount;
    const uint32_t begin = hot.index;
    uint64_t icount = first_icount + offsets[begin];
    if (icount <= outer_icount) return false;
    uint32_t index = begin;
    bool good = true;
    while (icount < end) {
      const InfoTable::Entry& entry = infos.Find(ids[index]);
      const uint64_t pc = entry.pc;
      good = icount > hot.block_icount && icount <= hot.block_end && entry.n_insns != 0 &&
             offsets[index + 1] > offsets[index] && outer_pc + pcs[icount - outer_icount] == pc;
      if (!good) break;
      const report::SplitCause cause = SplitCauseOf(hot, icount, pc);
      ++outer.splits[static_cast<int>(cause)];
      state_.last_split.cause = cause;
      hot.block_icount = icount;
      hot.block_end = icount + entry.n_insns;
      hot.block_pc = pc;
      hot.block_offsets = entry.offsets;
      if (++index == hot.stop) break;
      icount = first_icount + offsets[index];
    }
    if (index == begin) return good;
    hot.index = index - 1;
    for (; hot.update != hot.updates_end && hot.update->before <= hot.index; Apply(hot)) {
      state_.digests_dirty = true;
    }
    if (hot.gprs != nullptr) hot.digests[0] = hot.gprs[hot.index];
    hot.index = index;
    state_.last_split.icount = state_.verified_icount = hot.block_icount;
    state_.last_split.lacking = uint64_t{1} << numbers_[1 - fine];
    state_.boundaries += index - begin;
    return good;
  }

  // Takes the boundary at icount_. False, and nothing is changed but digests taken in, if it is
  // not for the fast path.
  bool TakeOne() {
    const Hot* reference = nullptr;
    uint64_t pc = 0;
    size_t inside = 0;
    for (size_t s = 0; s < n(); ++s) {
      Hot& hot = streams_[s]->hot();
      if (icount_ <= hot.block_icount) return false;
      if (next_[s] != icount_) {
        ++inside;
        continue;
      }
      const InfoTable::Entry& entry = streams_[s]->infos().Find(hot.ids[hot.index]);
      if (icount_ > hot.block_end || entry.n_insns == 0 ||
          hot.offsets[hot.index + 1] <= hot.offsets[hot.index]) {
        return false;
      }
      entries_[s] = &entry;
      while (hot.update != hot.updates_end && hot.update->before <= hot.index) {
        Apply(hot);
        state_.digests_dirty = true;
      }
      if (hot.gprs != nullptr) hot.digests[0] = hot.gprs[hot.index];
      if (reference == nullptr) {
        reference = &hot;
        pc = entry.pc;
      } else if (Differs(hot, *reference, entry.pc ^ pc)) {
        return false;
      }
    }
    if (inside == 0) {
      state_.common_icount = icount_;
      state_.digests_dirty = false;
    } else if (!CoveredBy(pc)) {
      return false;
    } else {
      CountSplits(*reference, pc);
    }
    for (size_t s = 0; s < n(); ++s) {
      if (next_[s] == icount_) Enter(streams_[s]->hot(), icount_, *entries_[s]);
    }
    state_.verified_icount = icount_;
    ++state_.boundaries;
    return true;
  }

  bool Differs(const Hot& a, const Hot& b, uint64_t differs) const {
    differs |= (a.digests[0] ^ b.digests[0]) & limits_.group_mask[0];
    if (state_.digests_dirty) {
      for (int g = 1; g < state::kGroups; ++g) {
        differs |= (a.digests[g] ^ b.digests[g]) & limits_.group_mask[g];
      }
    }
    return differs != 0;
  }

  // Whether the streams that have no boundary here are inside of a block, at this pc.
  bool CoveredBy(uint64_t pc) const {
    if (icount_ - state_.common_icount > limits_.max_split_insns) return false;
    for (size_t s = 0; s < n(); ++s) {
      const Hot& hot = streams_[s]->hot();
      if (next_[s] == icount_) continue;
      if (icount_ >= hot.block_end) return false;
      if (hot.block_offsets != nullptr &&
          hot.block_pc + hot.block_offsets[icount_ - hot.block_icount] != pc) {
        return false;
      }
    }
    return true;
  }

  void CountSplits(const Hot& had, uint64_t pc) {
    const report::SplitCause cause = SplitCauseOf(had, icount_, pc);
    uint64_t lacking = 0;
    for (size_t s = 0; s < n(); ++s) {
      if (next_[s] == icount_) continue;
      ++streams_[s]->hot().splits[static_cast<int>(cause)];
      lacking |= uint64_t{1} << numbers_[s];
    }
    state_.last_split = {icount_, cause, lacking};
  }

  const size_t n_;
  const std::vector<size_t>& numbers_;
  const MergeLimits& limits_;
  MergeState& state_;
  std::array<Stream*, kCapacity> streams_;
  std::array<Visit, kCapacity> visits_;
  std::array<uint64_t, kCapacity> next_;
  std::array<const InfoTable::Entry*, kCapacity> entries_;
  uint64_t icount_ = 0;
  bool alike_ = false;  // every stream has a boundary at icount_
};

}  // namespace

void Merge(const std::vector<Stream*>& streams, const std::vector<size_t>& numbers,
           const MergeLimits& limits, MergeState* state) {
  if (streams.size() == 2) {
    Merger<2>(streams, numbers, limits, state).Run();
  } else {
    Merger<0>(streams, numbers, limits, state).Run();
  }
}

}  // namespace lockstep::align
