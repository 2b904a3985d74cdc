#include "coordinator/align/execution_testing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "emulator/base/check.h"

namespace lockstep::align::testing {
namespace {

constexpr uint64_t kHandlerPc = 0x80100000;

uint64_t Below(Rng& rng, uint64_t bound) { return rng() % bound; }

state::Event Trap(state::EventKind kind, uint64_t icount, uint64_t cause, uint64_t epc,
                  uint64_t tval) {
  state::Event event;
  event.kind = kind;
  event.n_fields = 6;
  event.icount = icount;
  event.fields = {cause, epc, tval, 3, 3, kHandlerPc};
  return event;
}

// One block of `execution` from `begin` to before `end`, nominally `extra` instructions longer.
Block MakeBlock(const Execution& execution, uint64_t begin, uint64_t end, uint32_t extra,
                bool layout) {
  const Point& first = execution.points[begin];
  Block block;
  block.icount = begin;
  block.digests = first.digests;
  block.events = first.traps;
  block.info.pc = first.pc;
  block.info.space.tag = 3;
  block.info.n_insns = static_cast<uint32_t>(end - begin) + extra;
  if (layout) {
    uint16_t offset = 0;
    for (uint64_t c = begin; c < end; ++c) {
      block.info.offsets.push_back(offset);
      offset = static_cast<uint16_t>(offset + execution.points[c].length_bytes);
    }
    for (uint32_t i = 0; i < extra; ++i) {
      block.info.offsets.push_back(offset);
      offset = static_cast<uint16_t>(offset + 4);
    }
  }
  return block;
}

}  // namespace

bool Execution::MustCut(uint64_t icount) const {
  const Point& before = points[icount - 1];
  return !points[icount].traps.empty() || points[icount].pc != before.pc + before.length_bytes;
}

state::Event Exception(uint64_t icount, uint64_t cause, uint64_t epc, uint64_t tval) {
  return Trap(state::EventKind::kException, icount, cause, epc, tval);
}

state::Event Interrupt(uint64_t icount, uint64_t cause, uint64_t epc) {
  return Trap(state::EventKind::kInterrupt, icount, cause, epc, 0);
}

Execution Straight(uint64_t insns) {
  Execution execution;
  for (uint64_t c = 0; c <= insns; ++c) {
    execution.points.push_back({kResetPc + 4 * c, 4, {100 + c, 200 + c, 300 + c, 400 + c}, {}});
  }
  return execution;
}

Execution RandomExecution(uint64_t insns, Rng& rng) {
  Execution execution;
  Point point;
  point.pc = kResetPc;
  for (auto& digest : point.digests) digest = rng();
  for (uint64_t c = 0; c <= insns; ++c) {
    point.length_bytes = Below(rng, 2) != 0 ? 4 : 2;
    execution.points.push_back(point);
    const uint64_t next_pc = point.pc + point.length_bytes;
    point.traps.clear();
    point.pc = Below(rng, 6) == 0 ? kResetPc + 2 * Below(rng, 64) : next_pc;
    if (Below(rng, 4) != 0) point.digests[0] = rng();
    if (Below(rng, 9) == 0) point.digests[1] = rng();
    if (Below(rng, 3) == 0) point.digests[3] = rng();
    while (Below(rng, 24) == 0) {  // now and then several at one icount
      point.traps.push_back(Below(rng, 2) != 0 ? Interrupt(c + 1, Below(rng, 12), point.pc)
                                               : Exception(c + 1, Below(rng, 16), point.pc, rng()));
      point.digests[2] = rng();
      point.pc = kHandlerPc;
    }
  }
  execution.console_digest = rng();
  return execution;
}

Recording Record(const Execution& execution, const Shape& shape, Rng& rng) {
  Recording recording;
  const uint64_t end = execution.icount();
  for (uint64_t begin = 0; begin < end;) {
    const uint64_t limit =
        shape.random_lengths ? 1 + Below(rng, shape.max_block_insns) : shape.max_block_insns;
    uint64_t stop = begin + 1;
    while (stop < end && stop - begin < limit && !execution.MustCut(stop)) ++stop;
    const uint32_t extra =
        shape.overlong_insns == 0 ? 0 : static_cast<uint32_t>(Below(rng, shape.overlong_insns + 1));
    recording.blocks.push_back(MakeBlock(execution, begin, stop, extra, shape.layout));
    begin = stop;
  }
  recording.last_events = execution.points.back().traps;
  state::End ending;
  ending.reason = execution.reason;
  ending.icount = ending.step = end;
  ending.digests = execution.points.back().digests;
  ending.console_digest = execution.console_digest;
  ending.exit_code = execution.exit_code;
  recording.end = ending;
  return recording;
}

std::vector<state::Batch> Pack(const Recording& recording, const Packing& packing, Rng& rng) {
  using Key = std::pair<uint64_t, std::vector<uint16_t>>;
  std::vector<state::Batch> batches;
  std::map<Key, uint32_t> known;
  std::map<uint32_t, Key> holders;
  uint32_t next_id = 0;
  state::Digests sent{};
  size_t at = 0;
  const size_t n = recording.blocks.size();
  do {
    const size_t take =
        packing.random_sizes ? Below(rng, packing.batch_blocks + 1) : packing.batch_blocks;
    const size_t stop = std::min(n, at + take);
    state::Batch batch;
    batch.vcpu = packing.vcpu;
    batch.sequence = batches.size();
    if (batches.empty()) batch.register_names = packing.register_names;
    if (at < stop) batch.first_icount = recording.blocks[at].icount;
    for (; at < stop; ++at) {
      const Block& block = recording.blocks[at];
      const uint32_t before = static_cast<uint32_t>(batch.block_ids.size());
      Key key{block.info.pc, block.info.offsets};
      key.second.push_back(static_cast<uint16_t>(block.info.n_insns));
      auto it = known.find(key);
      if (it == known.end()) {
        state::BlockInfo info = block.info;
        info.id = next_id++ % packing.block_ids;
        if (auto old = holders.find(info.id); old != holders.end()) known.erase(old->second);
        holders[info.id] = key;
        it = known.emplace(key, info.id).first;
        batch.infos.push_back({before, std::move(info)});
      }
      for (int g = 1; g < state::kGroups; ++g) {
        if ((packing.groups >> g & 1) == 0 || sent[g] == block.digests[g]) continue;
        sent[g] = block.digests[g];
        batch.group_updates.push_back({before, {static_cast<state::Group>(g), sent[g]}});
      }
      for (const state::Event& event : block.events) batch.events.push_back({before, event});
      if (block.registers) batch.registers.push_back({before, *block.registers});
      batch.block_ids.push_back(it->second);
      batch.icount_offsets.push_back(static_cast<uint32_t>(block.icount - batch.first_icount));
      if ((packing.groups & 1) != 0) batch.gpr_digests.push_back(block.digests[0]);
    }
    const uint32_t size = static_cast<uint32_t>(batch.block_ids.size());
    if (at == n && (!packing.random_sizes || Below(rng, 2) != 0 || stop == n)) {
      for (const state::Event& event : recording.last_events) {
        batch.events.push_back({size, event});
      }
      batch.end = recording.end;
    }
    batch.records = size + batch.infos.size() + batch.group_updates.size() + batch.events.size();
    batches.push_back(std::move(batch));
  } while (at < n);
  return batches;
}

namespace {

enum class At : uint8_t { kBoundary, kInside, kEnd };

struct View {
  std::vector<At> at;         // by icount
  std::vector<uint64_t> pcs;  // 0 where unknown
  const Execution* execution;
};

View ViewOf(const Execution& execution, const Recording& recording) {
  View view;
  view.execution = &execution;
  view.at.assign(execution.points.size(), At::kInside);
  view.pcs.assign(execution.points.size(), 0);
  for (const Block& block : recording.blocks) {
    view.at[block.icount] = At::kBoundary;
    view.pcs[block.icount] = block.info.pc;
    for (size_t k = 1; k < block.info.offsets.size(); ++k) {
      const uint64_t c = block.icount + k;
      if (c < view.at.size() && view.at[c] == At::kInside) {
        view.pcs[c] = block.info.pc + block.info.offsets[k];
      }
    }
  }
  // A later block overrides what an overlong one says.
  for (const Block& block : recording.blocks) view.pcs[block.icount] = block.info.pc;
  view.at.back() = At::kEnd;
  return view;
}

std::vector<std::vector<uint64_t>> TrapKeys(const Point& point, state::EventKind kind) {
  std::vector<std::vector<uint64_t>> keys;
  for (const state::Event& trap : point.traps) {
    if (trap.kind != kind) continue;
    keys.push_back(kind == state::EventKind::kException
                       ? std::vector<uint64_t>{trap.fields[0], trap.fields[1], trap.fields[2]}
                       : std::vector<uint64_t>{trap.fields[0]});
  }
  return keys;
}

std::optional<report::Kind> Differ(const View& a, const View& b, uint64_t c,
                                   state::GroupMask groups) {
  using report::Kind;
  const bool a_ends = a.at[c] == At::kEnd;
  const bool b_ends = b.at[c] == At::kEnd;
  if (a_ends != b_ends) return Kind::kLength;
  const Point& p = a.execution->points[c];
  const Point& q = b.execution->points[c];
  if (!a_ends && a.pcs[c] != 0 && b.pcs[c] != 0 && a.pcs[c] != b.pcs[c]) return Kind::kPc;
  for (auto [kind, result] : {std::pair{state::EventKind::kException, Kind::kException},
                              std::pair{state::EventKind::kInterrupt, Kind::kInterrupt}}) {
    if (TrapKeys(p, kind) != TrapKeys(q, kind)) return result;
  }
  if (a.at[c] == At::kInside || b.at[c] == At::kInside) return std::nullopt;
  constexpr Kind kKinds[] = {Kind::kGpr, Kind::kFpr, Kind::kCsr, Kind::kMem};
  for (int g = 0; g < state::kGroups; ++g) {
    if ((groups >> g & 1) != 0 && p.digests[g] != q.digests[g]) return kKinds[g];
  }
  if (!a_ends) return std::nullopt;
  if (a.execution->console_digest != b.execution->console_digest) return Kind::kConsole;
  if (a.execution->reason != b.execution->reason ||
      a.execution->exit_code != b.execution->exit_code) {
    return Kind::kExit;
  }
  return std::nullopt;
}

}  // namespace

std::optional<FirstDifference> FindFirstDifference(const std::vector<Execution>& executions,
                                                   const std::vector<Recording>& recordings,
                                                   state::GroupMask groups) {
  std::vector<View> views;
  uint64_t shortest = UINT64_MAX;
  for (size_t i = 0; i < executions.size(); ++i) {
    views.push_back(ViewOf(executions[i], recordings[i]));
    shortest = std::min(shortest, executions[i].icount());
  }
  for (uint64_t c = 0; c <= shortest; ++c) {
    const bool any = std::any_of(views.begin(), views.end(),
                                 [&](const View& view) { return view.at[c] != At::kInside; });
    if (!any) continue;
    std::optional<report::Kind> first;
    std::vector<std::vector<size_t>> differs_from(views.size());
    for (size_t i = 0; i < views.size(); ++i) {
      for (size_t j = 0; j < views.size(); ++j) {
        const auto kind = i == j ? std::nullopt : Differ(views[i], views[j], c, groups);
        if (!kind) continue;
        differs_from[i].push_back(j);
        if (!first || *kind < *first) first = kind;
      }
    }
    if (first) return FirstDifference{c, *first, std::move(differs_from)};
  }
  return std::nullopt;
}

}  // namespace lockstep::align::testing
