#include "emulator/stats/report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/isa/inst.h"
#include "emulator/stats/jit_text.h"
#include "emulator/trace/words.h"

namespace lockstep::stats {
namespace {

using isa::Class;
using Value = nlohmann::ordered_json;

constexpr uint64_t kAccessKinds = 3;

const char* ClassName(Class cls) {
  switch (cls) {
    case Class::kAlu:
      return "alu";
    case Class::kMulDiv:
      return "muldiv";
    case Class::kLoad:
      return "load";
    case Class::kStore:
      return "store";
    case Class::kAtomic:
      return "atomic";
    case Class::kBranch:
      return "branch";
    case Class::kJump:
      return "jump";
    case Class::kFloat:
      return "float";
    case Class::kCsr:
      return "csr";
    case Class::kSystem:
      return "system";
    case Class::kFence:
      return "fence";
  }
  return "other";
}

isa::Op OpAt(size_t index) { return static_cast<isa::Op>(index); }

std::string MnemonicOf(size_t op) { return std::string(isa::Mnemonic(OpAt(op))); }

std::map<Class, uint64_t> ByClass(const cpu::InsnCounts& ran) {
  std::map<Class, uint64_t> counts;
  for (size_t i = 0; i < ran.by_op.size(); ++i) {
    if (ran.by_op[i] != 0) counts[isa::ClassOf(OpAt(i))] += ran.by_op[i];
  }
  return counts;
}

uint64_t Compressed(const cpu::InsnCounts& ran) {
  uint64_t count = 0;
  for (size_t i = 0; i < ran.by_op.size(); ++i) {
    if (MnemonicOf(i).rfind("c.", 0) == 0) count += ran.by_op[i];
  }
  return count;
}

// What looked into the TLB, by mem::Access: loads and lr; stores, sc and the other atomics, which
// store too; entries of blocks.
std::array<uint64_t, kAccessKinds> Accesses(const cpu::InsnCounts& ran) {
  std::array<uint64_t, kAccessKinds> accesses{};
  for (size_t i = 0; i < ran.by_op.size(); ++i) {
    const isa::Op base = isa::BaseOp(OpAt(i));
    const Class cls = isa::ClassOf(base);
    const bool is_reserve = base == isa::Op::kLrW || base == isa::Op::kLrD;
    if (cls == Class::kLoad || is_reserve) {
      accesses[0] += ran.by_op[i];
    } else if (cls == Class::kStore || cls == Class::kAtomic) {
      accesses[1] += ran.by_op[i];
    }
  }
  accesses[2] = ran.block_entries;
  return accesses;
}

// Neither filled nor faulted.
uint64_t Hits(uint64_t accesses, uint64_t fills, uint64_t faults) {
  return accesses - std::min(accesses, fills + faults);
}

void Add(const HartReport& from, HartReport* to) {
  to->insns += from.insns;
  to->counts.blocks += from.counts.blocks;
  to->counts.translations += from.counts.translations;
  to->counts.tlb_fills += from.counts.tlb_fills;
  to->counts.exceptions += from.counts.exceptions;
  to->counts.interrupts += from.counts.interrupts;
  to->counts.jit += from.counts.jit;
  to->ran.block_entries += from.ran.block_entries;
  to->ran.by_op.resize(std::max(to->ran.by_op.size(), from.ran.by_op.size()));
  for (size_t i = 0; i < from.ran.by_op.size(); ++i) to->ran.by_op[i] += from.ran.by_op[i];
  for (const auto& [key, trap] : from.events.traps) {
    TrapCount& sum = to->events.traps[key];
    sum.count += trap.count;
    sum.returns += trap.returns;
    sum.insns += trap.insns;
    sum.min_insns = std::min(sum.min_insns, trap.min_insns);
    sum.max_insns = std::max(sum.max_insns, trap.max_insns);
  }
  for (size_t i = 0; i < kAccessKinds; ++i) {
    to->events.fills[i] += from.events.fills[i];
    to->events.faults[i] += from.events.faults[i];
  }
  for (size_t i = 0; i < from.events.flushes.size(); ++i) {
    to->events.flushes[i] += from.events.flushes[i];
  }
  for (const auto& [name, access] : from.events.devices) {
    to->events.devices[name].reads += access.reads;
    to->events.devices[name].writes += access.writes;
  }
  // All harts are reset together.
  to->events.resets = std::max(to->events.resets, from.events.resets);
}

HartReport Sum(const Report& report) {
  HartReport sum;
  for (const HartReport& hart : report.harts) Add(hart, &sum);
  return sum;
}

double Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double Mips(const Report& report, uint64_t insns) {
  return report.wall_seconds > 0 ? static_cast<double>(insns) / report.wall_seconds / 1e6 : 0;
}

// Entries of a map with the largest count first.
template <typename Map, typename CountOf>
auto Ordered(const Map& map, CountOf count_of) {
  std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>> rows(map.begin(),
                                                                                 map.end());
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return count_of(a.second) > count_of(b.second);
  });
  return rows;
}

void AddInsnTable(const HartReport& sum, std::string* text) {
  if (sum.ran.by_op.empty()) return;
  absl::StrAppendFormat(text, "\n%-24s %16s %9s\n", "instructions", "count", "%");
  const auto count_of = [](uint64_t count) { return count; };
  for (const auto& [cls, count] : Ordered(ByClass(sum.ran), count_of)) {
    absl::StrAppendFormat(text, "%-24s %16d %9.2f\n", ClassName(cls), count,
                          Percent(count, sum.insns));
  }
  uint64_t total = 0;
  for (uint64_t count : sum.ran.by_op) total += count;
  absl::StrAppendFormat(text, "%-24s %16d %9.2f\n", "all", total, Percent(total, sum.insns));
  const uint64_t compressed = Compressed(sum.ran);
  absl::StrAppendFormat(text, "%-24s %16d %9.2f\n", "compressed of them", compressed,
                        Percent(compressed, total));
}

void AddTrapTable(const HartReport& sum, std::string* text) {
  uint64_t traps = 0;
  for (const auto& [key, trap] : sum.events.traps) traps += trap.count;
  if (traps == 0) return;
  absl::StrAppendFormat(text, "\n%-24s %4s %11s %9s %9s %9s %11s %11s\n", "traps", "from", "count",
                        "%", "insns%", "min", "max", "avg");
  const auto count_of = [](const TrapCount& trap) { return trap.count; };
  for (const auto& [key, trap] : Ordered(sum.events.traps, count_of)) {
    const std::string name = absl::StrCat(key.is_interrupt ? "irq " : "",
                                          trace::CauseName(key.is_interrupt, key.cause).data());
    absl::StrAppendFormat(text, "%-24s %4s %11d %9.2f", name,
                          std::string(trace::PrivilegeName(key.from)), trap.count,
                          Percent(trap.count, traps));
    if (trap.returns != 0) {
      absl::StrAppendFormat(text, " %9.2f %9d %11d %11.1f", Percent(trap.insns, sum.insns),
                            trap.min_insns, trap.max_insns,
                            static_cast<double>(trap.insns) / static_cast<double>(trap.returns));
    }
    *text += '\n';
  }
}

void AddTlbTable(const HartReport& sum, std::string* text) {
  const std::array<uint64_t, kAccessKinds> accesses = Accesses(sum.ran);
  absl::StrAppendFormat(text, "\n%-24s %16s %16s %9s %11s %11s\n", "tlb", "accesses", "hits",
                        "hit%", "fills", "faults");
  for (size_t i = 0; i < kAccessKinds; ++i) {
    const uint64_t hits = Hits(accesses[i], sum.events.fills[i], sum.events.faults[i]);
    absl::StrAppendFormat(text, "%-24s %16d %16d %9.3f %11d %11d\n",
                          std::string(trace::AccessName(i)), accesses[i], hits,
                          Percent(hits, accesses[i]), sum.events.fills[i], sum.events.faults[i]);
  }
  absl::StrAppend(text, "flushes:");
  for (size_t scope = 0; scope < sum.events.flushes.size(); ++scope) {
    absl::StrAppendFormat(text, " %s %d", std::string(trace::FlushName(scope)),
                          sum.events.flushes[scope]);
  }
  *text += '\n';
}

void AddDeviceTable(const HartReport& sum, std::string* text) {
  uint64_t total = 0;
  for (const auto& [name, access] : sum.events.devices) total += access.reads + access.writes;
  if (total == 0) return;
  absl::StrAppendFormat(text, "\n%-12s %-20s %11s %11s %9s\n", "devices", "register", "reads",
                        "writes", "%");
  const auto count_of = [](const AccessCount& access) { return access.reads + access.writes; };
  for (const auto& [name, access] : Ordered(sum.events.devices, count_of)) {
    absl::StrAppendFormat(text, "%-12s %-20s %11d %11d %9.2f\n", std::string(name.first),
                          std::string(name.second), access.reads, access.writes,
                          Percent(access.reads + access.writes, total));
  }
}

void AddHartTable(const Report& report, uint64_t insns, std::string* text) {
  if (report.harts.size() == 1) return;
  absl::StrAppendFormat(text, "\n%-24s %16s %9s %11s %11s\n", "harts", "instructions", "%",
                        "exceptions", "interrupts");
  for (size_t i = 0; i < report.harts.size(); ++i) {
    const HartReport& hart = report.harts[i];
    absl::StrAppendFormat(text, "%-24d %16d %9.2f %11d %11d\n", i, hart.insns,
                          Percent(hart.insns, insns), hart.counts.exceptions,
                          hart.counts.interrupts);
  }
}

Value TrapsJson(const HartReport& hart) {
  Value traps = Value::array();
  for (const auto& [key, trap] : hart.events.traps) {
    Value row = {{"interrupt", key.is_interrupt},
                 {"cause", key.cause},
                 {"name", std::string(trace::CauseName(key.is_interrupt, key.cause))},
                 {"from", std::string(trace::PrivilegeName(key.from))},
                 {"count", trap.count},
                 {"returns", trap.returns}};
    if (trap.returns != 0) {
      row["insns"] = trap.insns;
      row["min_insns"] = trap.min_insns;
      row["max_insns"] = trap.max_insns;
    }
    traps.push_back(std::move(row));
  }
  return traps;
}

Value TlbJson(const HartReport& hart) {
  const std::array<uint64_t, kAccessKinds> accesses = Accesses(hart.ran);
  Value tlb;
  for (size_t i = 0; i < kAccessKinds; ++i) {
    const uint64_t fills = hart.events.fills[i], faults = hart.events.faults[i];
    tlb[std::string(trace::AccessName(i))] = {{"accesses", accesses[i]},
                                              {"hits", Hits(accesses[i], fills, faults)},
                                              {"fills", fills},
                                              {"faults", faults}};
  }
  for (size_t scope = 0; scope < hart.events.flushes.size(); ++scope) {
    tlb["flushes"][std::string(trace::FlushName(scope))] = hart.events.flushes[scope];
  }
  return tlb;
}

Value JitJson(const jit::Counters& jit) {
  Value json = {{"insns", jit.insns},           {"out_of_line", jit.out_of_line()},
                {"entries", jit.entries},       {"translations", jit.translations},
                {"regions", jit.regions},       {"guest_insns", jit.guest_insns},
                {"host_bytes", jit.host_bytes}, {"links", jit.links},
                {"clears", jit.clears}};
  for (size_t i = 0; i < jit.interpreted.size(); ++i) {
    json["interpreted"][std::string(jit::kReasonNames[i])] = jit.interpreted[i];
  }
  json["out_of_line_by_op"] = Value::object();
  for (size_t i = 0; i < jit.out_of_line_by_op.size(); ++i) {
    if (jit.out_of_line_by_op[i] != 0) {
      json["out_of_line_by_op"][MnemonicOf(i)] = jit.out_of_line_by_op[i];
    }
  }
  return json;
}

Value HartJson(const HartReport& hart, bool is_jit) {
  Value json = {{"insns", hart.insns},
                {"block_entries", hart.ran.block_entries},
                {"translations", hart.counts.translations},
                {"exceptions", hart.counts.exceptions},
                {"interrupts", hart.counts.interrupts},
                {"resets", hart.events.resets}};
  json["insns_by_class"] = Value::object();
  for (const auto& [cls, count] : ByClass(hart.ran)) json["insns_by_class"][ClassName(cls)] = count;
  json["insns_by_op"] = Value::object();
  for (size_t i = 0; i < hart.ran.by_op.size(); ++i) {
    if (hart.ran.by_op[i] != 0) json["insns_by_op"][MnemonicOf(i)] = hart.ran.by_op[i];
  }
  json["traps"] = TrapsJson(hart);
  json["tlb"] = TlbJson(hart);
  json["devices"] = Value::array();
  for (const auto& [name, access] : hart.events.devices) {
    json["devices"].push_back({{"device", std::string(name.first)},
                               {"register", std::string(name.second)},
                               {"reads", access.reads},
                               {"writes", access.writes}});
  }
  if (is_jit) json["jit"] = JitJson(hart.counts.jit);
  return json;
}

}  // namespace

std::string Summary(const Report& report) {
  const HartReport sum = Sum(report);
  const std::string line = absl::StrFormat(
      "lockstep-emu: insns=%d blocks=%d translations=%d tlb_fills=%d exceptions=%d "
      "interrupts=%d virtual_ns=%d wall_s=%.3f user_s=%.3f mips=%.1f\n",
      sum.insns, sum.counts.blocks, sum.counts.translations, sum.counts.tlb_fills,
      sum.counts.exceptions, sum.counts.interrupts, report.virtual_ns, report.wall_seconds,
      report.user_seconds, Mips(report, sum.insns));
  return report.is_jit ? line + JitText(sum.counts.jit, sum.insns) : line;
}

std::string Tables(const Report& report) {
  const HartReport sum = Sum(report);
  std::string text;
  AddHartTable(report, sum.insns, &text);
  AddInsnTable(sum, &text);
  AddTrapTable(sum, &text);
  AddTlbTable(sum, &text);
  AddDeviceTable(sum, &text);
  return text;
}

std::string Json(const Report& report) {
  Value json = {{"format", "lockstep-emu-stats"},
                {"version", 1},
                {"engine", report.is_jit ? "jit" : "interp"},
                {"virtual_ns", report.virtual_ns},
                {"wall_seconds", report.wall_seconds},
                {"user_seconds", report.user_seconds},
                {"mips", Mips(report, Sum(report).insns)}};
  json["harts"] = Value::array();
  for (const HartReport& hart : report.harts) {
    json["harts"].push_back(HartJson(hart, report.is_jit));
  }
  return json.dump(2) + "\n";
}

}  // namespace lockstep::stats
