#include "coordinator/detect/evidence.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "coordinator/detect/listing.h"
#include "coordinator/detect/tlb_trace.h"

namespace lockstep::detect {
namespace {

using align::Mismatch;
using align::RetainedBlock;
using align::Standing;

constexpr uint32_t kMaxListedInsns = 64;

report::HistoryBlock ToHistoryBlock(const RetainedBlock& block, const std::string& guest_arch) {
  report::HistoryBlock result;
  result.icount = block.icount;
  result.executed = block.executed;
  result.place.pc = block.info.pc;
  result.space = block.info.space;
  result.n_insns = block.info.n_insns;
  result.digests = block.digests;
  // Up to where it was executed; all of it where that is not known.
  const uint64_t insns = block.executed == 0 ? block.info.n_insns : block.executed;
  const std::vector<ListedInsn> listing =
      ListBlock(block.info, static_cast<uint32_t>(insns), guest_arch);
  if (!listing.empty()) {
    result.first_insn = listing.front().text;
    if (listing.size() == insns) result.last_insn = listing.back().text;
  }
  return result;
}

// Each stream's blocks, with the one entered at the mismatch.
std::vector<std::vector<RetainedBlock>> BlocksOf(const Mismatch& mismatch,
                                                 const std::vector<Trail>& trails) {
  std::vector<std::vector<RetainedBlock>> result;
  for (size_t i = 0; i < mismatch.streams.size(); ++i) {
    auto& blocks = result.emplace_back();
    if (mismatch.streams[i].kind == Standing::Kind::kDropped) continue;
    blocks = trails[i].blocks;
    const Standing& standing = mismatch.streams[i];
    // Of a window that was not looked into no block is known.
    if (standing.kind == Standing::Kind::kBlock && standing.block.has_value()) {
      blocks.push_back({mismatch.icount, 0, *standing.block, standing.digests, false});
    }
  }
  return result;
}

std::vector<report::HistoryRow> HistoryRows(const Mismatch& mismatch,
                                            const std::vector<std::vector<RetainedBlock>>& streams,
                                            const EvidenceOptions& options) {
  // An icount before a stream's oldest block says nothing about splits.
  uint64_t begin = 0;
  std::set<uint64_t> icounts = {mismatch.icount};
  for (const auto& blocks : streams) {
    if (!blocks.empty()) begin = std::max(begin, blocks.front().icount);
    for (const RetainedBlock& block : blocks) icounts.insert(block.icount);
  }
  if (icounts.size() == 1 && begin == 0 &&
      std::all_of(streams.begin(), streams.end(), [](const auto& s) { return s.empty(); })) {
    return {};  // there are sums alone
  }
  std::vector<uint64_t> shown(icounts.lower_bound(begin), icounts.end());
  const size_t limit = std::max<uint32_t>(options.history_blocks, 2);
  if (shown.size() > limit) shown.erase(shown.begin(), shown.end() - static_cast<ptrdiff_t>(limit));
  // The last agreed boundary is always shown, if it was kept.
  const std::optional<uint64_t> last_agreed = mismatch.last_agreed_icount;
  if (last_agreed && icounts.count(*last_agreed) != 0 && !shown.empty() &&
      shown.front() > *last_agreed) {
    shown.front() = *last_agreed;
  }
  std::vector<report::HistoryRow> rows;
  for (uint64_t icount : shown) {
    report::HistoryRow row;
    row.icount = icount;
    row.diverged = icount == mismatch.icount;
    row.agreed = !row.diverged;
    row.last_agreed = row.agreed && last_agreed == icount;
    for (const auto& blocks : streams) {
      const auto block = std::find_if(blocks.begin(), blocks.end(),
                                      [&](const RetainedBlock& b) { return b.icount == icount; });
      row.blocks.emplace_back();
      if (block != blocks.end()) row.blocks.back() = ToHistoryBlock(*block, options.guest_arch);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// The blocks of one stream from the last agreed boundary to the mismatch.
void AddSuspect(const Mismatch& mismatch, const std::vector<RetainedBlock>& blocks,
                const std::string& guest_arch, report::Divergence* divergence) {
  const uint64_t begin = mismatch.last_agreed_icount.value_or(0);
  for (const RetainedBlock& block : blocks) {
    if (block.icount < begin || block.icount >= mismatch.icount) continue;
    if (!divergence->suspect_block) {
      divergence->suspect_block = ToHistoryBlock(block, guest_arch);
    }
    const uint64_t executed = block.executed != 0 ? block.executed : mismatch.icount - block.icount;
    auto& lines = divergence->suspect_block_listing;
    for (const ListedInsn& insn :
         ListBlock(block.info, static_cast<uint32_t>(executed), guest_arch)) {
      if (lines.size() == kMaxListedInsns) return;
      lines.push_back(LineOf(insn));
    }
  }
}

std::vector<Trace> TracesOf(const std::vector<std::string>& names, uint64_t last_icount,
                            uint32_t retained,
                            const std::vector<std::vector<state::Event>>& events) {
  std::vector<Trace> traces;
  for (size_t i = 0; i < names.size(); ++i) {
    Trace trace{names[i], events[i], events[i].size() < retained};
    // A stream may have been read a little past the mismatch.
    trace.events.erase(
        std::remove_if(trace.events.begin(), trace.events.end(),
                       [&](const state::Event& event) { return event.icount > last_icount; }),
        trace.events.end());
    traces.push_back(std::move(trace));
  }
  return traces;
}

void SymboliseBlock(const store::SymbolSource& symbols, std::optional<report::HistoryBlock>* b) {
  if (*b) (*b)->place = symbols.Lookup((*b)->place.pc);
}

uint64_t IgnoredBits(const state::RegisterName& name, const std::vector<policy::CsrMask>& masks) {
  if (name.group != "csr" && name.name != "fcsr") return 0;
  uint64_t bits = 0;
  for (const policy::CsrMask& mask : masks) {
    if (mask.csr == name.name) bits |= mask.bits;
  }
  return bits;
}

}  // namespace

Trail TrailOf(const align::VcpuAligner& aligner, size_t instance) {
  return {aligner.Blocks(instance), aligner.Fills(instance), aligner.Events(instance),
          aligner.RegisterNames(instance), aligner.RegisterSets(instance)};
}

report::Divergence BuildDivergence(const align::Mismatch& mismatch,
                                   const std::vector<Trail>& trails,
                                   const EvidenceOptions& options) {
  report::Divergence result;
  result.kind = mismatch.kind;
  result.vcpu = options.vcpu;
  result.icount = mismatch.icount;
  result.step = mismatch.step;
  result.detail = mismatch.detail;
  result.tentative = mismatch.tentative;
  result.last_agreed_icount = mismatch.last_agreed_icount.value_or(0);
  for (size_t i : mismatch.outliers) result.outliers.push_back(options.instances[i]);
  for (const auto& group : mismatch.groups) {
    auto& names = result.groups.emplace_back();
    for (size_t i : group) names.push_back(options.instances[i]);
  }
  // The pc of the consensus: of the first in the largest group that has one.
  for (const auto& group : mismatch.groups) {
    const auto known = std::find_if(group.begin(), group.end(),
                                    [&](size_t i) { return mismatch.streams[i].pc_known; });
    if (known == group.end()) continue;
    result.place.pc = mismatch.streams[*known].pc;
    break;
  }
  const auto streams = BlocksOf(mismatch, trails);
  result.history = HistoryRows(mismatch, streams, options);
  if (!mismatch.outliers.empty() && !options.inside_window) {
    AddSuspect(mismatch, streams[mismatch.outliers.front()], options.guest_arch, &result);
  }
  if (result.place.pc == 0 && result.suspect_block) result.place = result.suspect_block->place;

  std::vector<std::vector<state::Event>> fills, events;
  for (size_t i = 0; i < options.instances.size(); ++i) {
    const bool dropped = mismatch.streams[i].kind == Standing::Kind::kDropped;
    fills.push_back(dropped ? std::vector<state::Event>() : trails[i].fills);
    events.push_back(dropped ? std::vector<state::Event>() : trails[i].events);
  }
  result.tlb = TlbRows(TracesOf(options.instances, mismatch.icount, options.retained_fills, fills),
                       options.history_fills);
  result.events =
      EventRows(TracesOf(options.instances, mismatch.icount, options.retained_events, events),
                options.history_events);
  result.registers = RegisterRowsAt(trails, mismatch.icount, options.csr_masks);
  return result;
}

std::vector<report::RegisterRow> RegisterRowsAt(const std::vector<Trail>& trails, uint64_t icount,
                                                const std::vector<policy::CsrMask>& masks) {
  const size_t instances = trails.size();
  std::vector<report::RegisterRow> rows;
  for (size_t i = 0; i < instances; ++i) {
    const auto& names = trails[i].register_names;
    for (const state::Registers& set : trails[i].register_sets) {
      if (set.icount != icount) continue;
      for (size_t r = 0; r < names.size(); ++r) {
        auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const report::RegisterRow& x) { return x.name == names[r]; });
        if (row == rows.end()) {
          row = rows.insert(rows.end(), {names[r], {}, false});
          row->values.resize(instances);
        }
        row->values[i] = set.values[r];
      }
    }
  }
  for (report::RegisterRow& row : rows) {
    const uint64_t ignored = IgnoredBits(row.name, masks);
    std::optional<uint64_t> first;
    for (const auto& value : row.values) {
      if (!value) continue;
      row.differs = row.differs || (first && ((*first ^ *value) & ~ignored) != 0);
      first = value;
    }
  }
  std::stable_partition(rows.begin(), rows.end(),
                        [](const report::RegisterRow& row) { return row.differs; });
  return rows;
}

void Symbolise(const store::SymbolSource& symbols, report::Divergence* divergence) {
  divergence->place = symbols.Lookup(divergence->place.pc);
  SymboliseBlock(symbols, &divergence->suspect_block);
  for (report::HistoryRow& row : divergence->history) {
    for (auto& block : row.blocks) SymboliseBlock(symbols, &block);
  }
}

}  // namespace lockstep::detect
