#include "coordinator/align/merge.h"

#include <algorithm>
#include <bit>

namespace lockstep::align {
namespace {

using Hot = Stream::Hot;
using Update = state::Placed<state::GroupUpdate>;

constexpr uint32_t kChunk = 64;
// Runs that are shorter than this are not worth their preparation...
constexpr uint32_t kShortRun = 16;
// ... and so many boundaries go by, at most, before the next one is tried.
constexpr uint32_t kMaxBackOff = 256;
// Rows whose digests are made columns at a time.
constexpr uint32_t kColumnRows = 256;

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
    // The same in both, as they nearly always are.
    const uint32_t shift = a_.index - b_.index;
    while (a != a_.updates_end && b != b_.updates_end && a->before - b->before == shift &&
           a->before < a_.index + rows && a->value.group == b->value.group &&
           a->value.digest == b->value.digest) {
      ++a;
      ++b;
    }
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

// The digests but gpr of a stream on entry to its next rows, as columns. Made by summing up
// differences: no branch depends on where they change.
class DigestColumns {
 public:
  // `words`: kWords of them.
  static constexpr size_t kWords = (state::kGroups - 1) * kColumnRows;

  // Whether Fill() has been here.
  bool Has(uint32_t row) const { return row - begin_ < rows_; }
  uint32_t end() const { return begin_ + rows_; }

  void Fill(const Hot& hot, uint64_t* words) {
    words_ = words;
    begin_ = hot.index;
    rows_ = std::min(hot.stop - hot.index, kColumnRows);
    mask_ = {};
    const Update* end = hot.update;
    for (; end != hot.updates_end && end->before < begin_ + rows_; ++end) {
      mask_[static_cast<int>(end->value.group)] = UINT32_MAX;
    }
    for (int g = 1; g < state::kGroups; ++g) {
      Words(g)[0] = hot.digests[g];
      if (mask_[g] != 0) std::fill_n(Words(g) + 1, rows_ - 1, 0);
    }
    state::Digests now = hot.digests;
    for (const Update* update = hot.update; update != end; ++update) {
      const int group = static_cast<int>(update->value.group);
      if (group == 0) continue;
      Words(group)[update->before <= begin_ ? 0 : update->before - begin_] ^=
          now[group] ^ update->value.digest;
      now[group] = update->value.digest;
    }
    for (int g = 1; g < state::kGroups; ++g) {
      uint64_t* const column = Words(g);
      for (uint32_t k = 1; mask_[g] != 0 && k < rows_; ++k) column[k] ^= column[k - 1];
    }
  }

  // The digests of one group by row.
  struct Column {
    const uint64_t* words;
    uint32_t begin;
    uint32_t mask;  // 0: it is the same in all rows
    uint64_t At(uint32_t row) const { return words[(row - begin) & mask]; }
  };
  Column Of(int group) const { return {words_ + (group - 1) * kColumnRows, begin_, mask_[group]}; }

 private:
  uint64_t* Words(int group) { return words_ + (group - 1) * kColumnRows; }

  uint64_t* words_ = nullptr;
  uint32_t begin_ = 0;
  uint32_t rows_ = 0;
  std::array<uint32_t, state::kGroups> mask_{};
};

// The way through the next rows of a stream and of one whose blocks it cuts: each boundary of the
// outer stream is one of the fine one's. Takes nothing by itself.
class Nest {
 public:
  Nest(const Stream& fine, const DigestColumns& fine_digests, const Stream& outer,
       const DigestColumns& outer_digests, const MergeLimits& limits)
      : fine_(fine.hot()),
        outer_(outer.hot()),
        fine_infos_(fine.infos()),
        outer_infos_(outer.infos()),
        fine_digests_(fine_digests),
        outer_digests_(outer_digests),
        limits_(limits) {}

  // As far as all is well, and not to row `fine_end` of the fine stream. `common_icount`: of the
  // last boundary that all streams have. One function, for the sake of its registers.
  void Walk(uint32_t fine_end, uint64_t common_icount) {
    const Compared compared = ToCompare();
    const uint32_t* const ids = fine_.ids;
    const uint32_t* const offsets = fine_.offsets;
    const uint64_t gpr_mask = GprMask();
    const uint64_t max_split = limits_.max_split_insns;
    const uint32_t longest = fine_.longest_insns;
    const uint32_t first = static_cast<uint32_t>(fine_.first_icount);
    const uint32_t outer_end = outer_digests_.end();
    uint32_t f = fine_.index;
    uint32_t o = outer_.index;
    uint32_t offset = offsets[f];
    // The block that the outer stream is in; `k` instructions of it have begun.
    uint64_t outer_pc = outer_.block_pc;
    const uint16_t* layout = outer_.block_offsets;
    uint32_t span = static_cast<uint32_t>(OuterIcount(o) - outer_.block_icount);
    uint32_t k = static_cast<uint32_t>(FineIcount(f) - outer_.block_icount);
    if (k != span && (layout == nullptr || OuterIcount(o) - common_icount > max_split)) {
      fine_end = f;  // not for here
    }
    // The fine stream's block before row f, and how much of it was executed.
    const InfoTable::Entry begun{fine_.block_pc, fine_.block_offsets,
                                 static_cast<uint32_t>(fine_.block_end - fine_.block_icount), 0};
    const InfoTable::Entry* had = &begun;
    uint32_t had_length = static_cast<uint32_t>(FineIcount(f) - fine_.block_icount);
    while (f < fine_end) {
      const InfoTable::Entry& entry = fine_infos_.Find(ids[f]);
      const uint64_t pc = entry.pc;
      const uint32_t length = offsets[f + 1] - offset;
      if (length - 1 >= entry.n_insns) break;  // a length of 0 wraps around
      if (k < span) {
        if (outer_pc + layout[k] != pc) break;
        const uint64_t pages = (had->pc ^ pc) | ((pc & (kPageBytes - 1)) + 4);
        if (pages >= kPageBytes || ((first + offset) & (kSplitWindowInsns - 1)) == 0) {
          last_cause_ = CauseAt(f, pc, *had, had_length);
        } else {
          last_cause_ = had_length < had->n_insns ? report::SplitCause::kCutShort
                        : had->n_insns == longest ? report::SplitCause::kLength
                                                  : report::SplitCause::kOther;
        }
        ++splits_[static_cast<int>(last_cause_)];
        last_split_ = f;
      } else {
        if (k != span || o == outer_end) break;
        const InfoTable::Entry& outer = outer_infos_.Find(outer_.ids[o]);
        span = outer_.offsets[o + 1] - outer_.offsets[o];
        uint64_t differs = pc ^ outer.pc;
        if (gpr_mask != 0) differs |= (fine_.gprs[f] ^ outer_.gprs[o]) & gpr_mask;
        for (uint32_t i = 0; i < compared.n; ++i) {
          differs |= compared.fine[i].At(f) ^ compared.outer[i].At(o);
        }
        if (differs != 0 || span - 1 >= outer.n_insns || span > max_split ||
            outer.offsets == nullptr) {
          break;
        }
        outer_pc = outer.pc;
        layout = outer.offsets;
        k = 0;
        ++o;
      }
      had = &entry;
      had_length = length;
      k += length;
      offset += length;
      ++f;
    }
    fine_row_ = f;
    outer_row_ = o;
  }

  // Rows up to which all is well.
  uint32_t fine_row() const { return fine_row_; }
  uint32_t outer_row() const { return outer_row_; }
  const report::SplitCauses& splits() const { return splits_; }
  // Its icount; UINT64_MAX: none.
  uint64_t last_split() const {
    return last_split_ == UINT32_MAX ? UINT64_MAX : FineIcount(last_split_);
  }
  report::SplitCause last_cause() const { return last_cause_; }

 private:
  // Columns of the groups but gpr whose digests may differ.
  struct Compared {
    std::array<DigestColumns::Column, state::kGroups> fine, outer;
    uint32_t n = 0;
  };

  Compared ToCompare() const {
    Compared compared;
    for (int g = 1; g < state::kGroups; ++g) {
      const DigestColumns::Column fine = fine_digests_.Of(g);
      const DigestColumns::Column outer = outer_digests_.Of(g);
      if (limits_.group_mask[g] == 0 ||
          (fine.mask == 0 && outer.mask == 0 && fine.At(fine_.index) == outer.At(outer_.index))) {
        continue;
      }
      compared.fine[compared.n] = fine;
      compared.outer[compared.n++] = outer;
    }
    return compared;
  }

  uint64_t GprMask() const {
    return fine_.gprs != nullptr && outer_.gprs != nullptr ? limits_.group_mask[0] : 0;
  }
  uint64_t FineIcount(uint32_t row) const { return fine_.first_icount + fine_.offsets[row]; }
  uint64_t OuterIcount(uint32_t row) const { return outer_.first_icount + outer_.offsets[row]; }

  [[gnu::noinline]] report::SplitCause CauseAt(uint32_t row, uint64_t pc,
                                               const InfoTable::Entry& had,
                                               uint32_t had_length) const {
    const uint64_t begin = FineIcount(row) - had_length;
    return SplitCauseOf({begin, begin + had.n_insns, had.pc, had.offsets}, fine_.longest_insns,
                        FineIcount(row), pc);
  }

  const Hot& fine_;
  const Hot& outer_;
  const InfoTable& fine_infos_;
  const InfoTable& outer_infos_;
  const DigestColumns& fine_digests_;
  const DigestColumns& outer_digests_;
  const MergeLimits& limits_;
  uint32_t fine_row_ = 0;
  uint32_t outer_row_ = 0;
  report::SplitCauses splits_{};
  uint32_t last_split_ = UINT32_MAX;  // row
  report::SplitCause last_cause_ = report::SplitCause::kOther;
};

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
        }
      }
      if (const uint32_t taken = TakeNested(); taken != 0) {
        until_run -= std::min(until_run, taken);
        continue;
      }
      until_run -= std::min(until_run, 1u);
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

  // Takes boundaries for as long as one stream, or several that are cut alike, has them all;
  // returns how many.
  uint32_t TakeNested() {
    if (limits_.icount_limit != UINT64_MAX || !Covered()) return 0;
    size_t fine = Finest();
    uint32_t end = 0;
    const size_t outer = Outer(&fine, &end);
    if (outer == n()) return 0;
    const uint32_t begin = streams_[fine]->hot().index;
    Nest nest(*streams_[fine], Columns(fine), *streams_[outer], Columns(outer), limits_);
    nest.Walk(end, state_.common_icount);
    const uint32_t taken = nest.fine_row() - begin;
    if (taken != 0) TakeNest(nest, fine, outer);
    return taken;
  }

  // Of those that have the next boundary, the one whose blocks are the shortest.
  size_t Finest() const {
    constexpr uint32_t kLook = 32;
    uint32_t rows = kLook;
    for (size_t s = 0; s < n(); ++s) {
      const Hot& hot = streams_[s]->hot();
      rows = std::min(rows, hot.stop - hot.index);
    }
    size_t finest = n();
    uint32_t least = UINT32_MAX;
    for (size_t s = 0; s < n(); ++s) {
      if (next_[s] != icount_) continue;
      const Hot& hot = streams_[s]->hot();
      const uint32_t insns = hot.offsets[hot.index + rows] - hot.offsets[hot.index];
      if (insns >= least) continue;
      least = insns;
      finest = s;
    }
    return finest != n() ? finest : 0;
  }

  // The one stream that is not cut as *fine is up to its row *end; n() if there are none or
  // several. *fine becomes the first of those that are alike: by its blocks the causes of splits
  // are told.
  size_t Outer(size_t* fine, uint32_t* end) {
    *end = Columns(*fine).end();
    size_t outer = n();
    for (size_t s = 0; s < n(); ++s) {
      takes_as_fine_[s] = s == *fine || (n() > 2 && CutAlike(*fine, s, end));
      if (takes_as_fine_[s] && s < *fine) {
        *fine = s;
        return Outer(fine, end);
      }
      if (takes_as_fine_[s]) continue;
      if (outer != n()) return n();
      outer = s;
    }
    return outer;
  }

  // Whether the next rows of stream s are those of `fine`; *end is where that ends, if it is later.
  bool CutAlike(size_t fine, size_t s, uint32_t* end) const {
    const Hot& a = streams_[fine]->hot();
    const Hot& b = streams_[s]->hot();
    if (next_[fine] != next_[s]) return false;
    for (int g = 1; g < state::kGroups; ++g) {
      if (((a.digests[g] ^ b.digests[g]) & limits_.group_mask[g]) != 0) return false;
    }
    const uint32_t rows = std::min(std::min(*end, a.stop) - a.index, b.stop - b.index);
    const uint32_t equal = Rows(*streams_[fine], *streams_[s], limits_).Equal(rows);
    if (equal < std::min(rows, kShortRun)) return false;
    *end = a.index + equal;
    return true;
  }

  void TakeNest(const Nest& nest, size_t fine, size_t outer) {
    Hot& fine_hot = streams_[fine]->hot();
    Hot& outer_hot = streams_[outer]->hot();
    const uint32_t rows = nest.fine_row() - fine_hot.index;
    const uint32_t outer_rows = nest.outer_row() - outer_hot.index;
    for (size_t c = 0; c < outer_hot.splits.size(); ++c) outer_hot.splits[c] += nest.splits()[c];
    if (nest.last_split() != UINT64_MAX) {
      state_.last_split = {nest.last_split(), nest.last_cause(), uint64_t{1} << numbers_[outer]};
    }
    for (size_t s = 0; s < n(); ++s) {
      if (takes_as_fine_[s]) TakeRows(*streams_[s], rows);
    }
    if (outer_rows != 0) {
      TakeRows(*streams_[outer], outer_rows);
      state_.common_icount = outer_hot.block_icount;
    }
    state_.verified_icount = fine_hot.block_icount;
    state_.boundaries += rows;
    state_.digests_dirty = state_.verified_icount != state_.common_icount;
  }

  // Every stream is in a block that reaches its next one.
  bool Covered() const {
    for (size_t s = 0; s < n(); ++s) {
      const Hot& hot = streams_[s]->hot();
      if (next_[s] <= hot.block_icount || next_[s] > hot.block_end) return false;
    }
    return true;
  }

  // The digests of stream s from its next row on.
  const DigestColumns& Columns(size_t s) {
    DigestColumns& columns = columns_[s];
    const Hot& hot = streams_[s]->hot();
    if (!columns.Has(hot.index)) {
      state_.scratch.resize(n() * DigestColumns::kWords);
      columns.Fill(hot, state_.scratch.data() + s * DigestColumns::kWords);
    }
    return columns;
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
  // Of TakeNested().
  std::array<DigestColumns, kCapacity> columns_;
  std::array<bool, kCapacity> takes_as_fine_;
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
