#include "coordinator/report/text/words.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep::report {
namespace {

using state::EventKind;

// RISC-V Instruction Set Manual, Volume II, table "Machine cause register (mcause) values".
const char* ExceptionName(uint64_t cause) {
  constexpr std::array<const char*, 16> kNames = {
      "instruction address misaligned",
      "instruction access fault",
      "illegal instruction",
      "breakpoint",
      "load address misaligned",
      "load access fault",
      "store address misaligned",
      "store access fault",
      "environment call from U-mode",
      "environment call from S-mode",
      "",
      "environment call from M-mode",
      "instruction page fault",
      "load page fault",
      "",
      "store page fault",
  };
  return cause < kNames.size() ? kNames[cause] : "";
}

const char* InterruptName(uint64_t cause) {
  switch (cause) {
    case 1:
      return "supervisor software";
    case 3:
      return "machine software";
    case 5:
      return "supervisor timer";
    case 7:
      return "machine timer";
    case 9:
      return "supervisor external";
    case 11:
      return "machine external";
    default:
      return "";
  }
}

const char* PrivilegeName(uint64_t privilege) {
  constexpr std::array<const char*, 4> kNames = {"U", "S", "?", "M"};
  return privilege < kNames.size() ? kNames[privilege] : "?";
}

std::string TrapText(const state::Event& event, bool riscv) {
  const bool exception = event.kind == EventKind::kException;
  std::string name;
  if (riscv) name = exception ? ExceptionName(event.fields[0]) : InterruptName(event.fields[0]);
  std::string text =
      absl::StrFormat("%s %d", exception ? "exception" : "interrupt", event.fields[0]);
  if (!name.empty()) absl::StrAppend(&text, " (", name, ")");
  absl::StrAppendFormat(&text, " at 0x%x", event.fields[1]);
  if (exception) absl::StrAppendFormat(&text, ", tval 0x%x", event.fields[2]);
  if (event.n_fields >= 5 && riscv) {
    absl::StrAppend(&text, ", ", PrivilegeName(event.fields[3]), " to ",
                    PrivilegeName(event.fields[4]));
  }
  if (event.n_fields >= 6) absl::StrAppendFormat(&text, ", handler 0x%x", event.fields[5]);
  return text;
}

std::string FlushText(const state::Event& event) {
  const uint64_t va = event.fields[0], asid = event.fields[1];
  switch (event.fields[2]) {
    case 0:
      return "flush all";
    case 1:
      return absl::StrFormat("flush va 0x%x", va);
    case 2:
      return absl::StrFormat("flush ASID %d", asid);
    case 3:
      return absl::StrFormat("flush va 0x%x of ASID %d", va, asid);
    case 4:
      return "flush: satp written";
    case 5:
      return "flush: permissions changed";
    default:
      return absl::StrFormat("flush of scope %d", event.fields[2]);
  }
}

}  // namespace

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kLength:
      return "length";
    case Kind::kPc:
      return "pc";
    case Kind::kException:
      return "exception";
    case Kind::kInterrupt:
      return "interrupt";
    case Kind::kGpr:
      return "gpr";
    case Kind::kFpr:
      return "fpr";
    case Kind::kCsr:
      return "csr";
    case Kind::kMem:
      return "mem";
    case Kind::kConsole:
      return "console";
    case Kind::kExit:
      return "exit";
    case Kind::kTlb:
      return "tlb";
  }
  return "unknown";
}

const char* KindDescription(Kind kind) {
  switch (kind) {
    case Kind::kLength:
      return "an instance ends where another goes on";
    case Kind::kPc:
      return "control flow differs";
    case Kind::kException:
      return "an exception differs";
    case Kind::kInterrupt:
      return "an interrupt differs";
    case Kind::kGpr:
      return "integer registers differ";
    case Kind::kFpr:
      return "floating-point registers differ";
    case Kind::kCsr:
      return "privilege mode or CSRs differ";
    case Kind::kMem:
      return "stores differ";
    case Kind::kConsole:
      return "console output differs";
    case Kind::kExit:
      return "the way of ending differs";
    case Kind::kTlb:
      return "TLB fills differ";
  }
  return "unknown";
}

const char* GroupName(int group) {
  constexpr std::array<const char*, state::kGroups> kNames = {"gpr", "fpr", "csr", "mem"};
  return kNames[static_cast<size_t>(group)];
}

const char* SplitCauseName(SplitCause cause) {
  switch (cause) {
    case SplitCause::kPageEnd:
      return "page end";
    case SplitCause::kWindow:
      return "window end";
    case SplitCause::kInterrupt:
      return "before an interrupt";
    case SplitCause::kException:
      return "before an exception";
    case SplitCause::kDevice:
      return "device access";
    case SplitCause::kCutShort:
      return "block left early";
    case SplitCause::kLength:
      return "length limit";
    case SplitCause::kOther:
      break;
  }
  return "translator's choice";
}

std::string SplitCausesText(const SplitCauses& causes) {
  std::vector<int> order;
  for (int c = 0; c < kSplitCauses; ++c) {
    if (causes[c] != 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return causes[a] > causes[b]; });
  std::vector<std::string> parts;
  for (int c : order) {
    parts.push_back(absl::StrCat(SplitCauseName(static_cast<SplitCause>(c)), " ", causes[c]));
  }
  return absl::StrJoin(parts, ", ");
}

std::string SkewText(const Skew& skew, const std::vector<Instance>& instances,
                     const std::string& guest_arch) {
  std::string text = absl::StrCat("cause ", skew.cause);
  const std::string name = guest_arch == "riscv64" ? InterruptName(skew.cause) : "";
  if (!name.empty()) absl::StrAppend(&text, " (", name, ")");
  absl::StrAppend(&text, ", ", skew.distance_insns,
                  skew.distance_insns == 1 ? " instruction apart: " : " instructions apart: ");
  std::vector<std::string> parts;
  for (size_t i = 0; i < skew.icounts.size() && i < instances.size(); ++i) {
    if (!skew.icounts[i]) continue;
    parts.push_back(absl::StrCat(instances[i].name, " at icount ", *skew.icounts[i]));
  }
  return absl::StrCat(text, absl::StrJoin(parts, ", "));
}

std::string ComparedList(state::GroupMask groups, const char* separator) {
  std::string list = "pc";
  for (int g = 0; g < state::kGroups; ++g) {
    if ((groups >> g & 1) != 0) absl::StrAppend(&list, separator, GroupName(g));
  }
  return list;
}

std::string SpaceText(const state::Space& space) {
  if (!space.known()) return "";
  std::string text = absl::StrCat(PrivilegeName(space.privilege()), "-mode");
  switch (space.paging_mode()) {
    case 0:
      return absl::StrCat(text, ", no paging");
    case 8:
    case 9:
    case 10:
      absl::StrAppend(&text, ", Sv", 39 + 9 * (space.paging_mode() - 8));
      break;
    default:
      absl::StrAppend(&text, ", paging mode ", space.paging_mode());
  }
  return absl::StrCat(text, ", ASID ", space.asid());
}

std::string NameList(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " and " : ", ";
    list += names[i];
  }
  return list;
}

std::string BytesText(uint64_t bytes) {
  if (bytes >= 1u << 30 && bytes % (1u << 30) == 0) return absl::StrCat(bytes >> 30, "G");
  if (bytes >= 1u << 20 && bytes % (1u << 20) == 0) return absl::StrCat(bytes >> 20, "M");
  if (bytes >= 1u << 10 && bytes % (1u << 10) == 0) return absl::StrCat(bytes >> 10, "K");
  return absl::StrCat(bytes);
}

const char* AccessName(uint64_t access) {
  constexpr std::array<const char*, 3> kNames = {"load", "store", "fetch"};
  return access < kNames.size() ? kNames[access] : "?";
}

std::string FillText(const state::Event& fill) {
  constexpr std::string_view kLetters = "rwxugad";
  std::string permissions;
  for (size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((fill.fields[6] >> bit & 1) != 0) permissions += kLetters[bit];
  }
  return absl::StrFormat("0x%x %s %s", fill.fields[1], BytesText(fill.fields[2]), permissions);
}

std::string EventText(const state::Event& event, const std::string& guest_arch) {
  const auto& f = event.fields;
  switch (event.kind) {
    case EventKind::kException:
    case EventKind::kInterrupt:
      return TrapText(event, guest_arch == "riscv64");
    case EventKind::kTlbFill:
      return absl::StrFormat("fill of 0x%x for a %s: %s", f[0], AccessName(f[3]), FillText(event));
    case EventKind::kTlbFlush:
      return FlushText(event);
    case EventKind::kMmio:
      return absl::StrFormat("mmio %s 0x%x, %d %s, 0x%x", f[3] != 0 ? "write" : "read", f[0], f[2],
                             f[2] == 1 ? "byte" : "bytes", f[1]);
    case EventKind::kInput:
      return absl::StrFormat("input of source %d: 0x%x", f[0], f[1]);
    case EventKind::kReset:
      return absl::StrFormat("reset, pc 0x%x", f[0]);
  }
  return absl::StrFormat("event of unknown kind %d", static_cast<int>(event.kind));
}

}  // namespace lockstep::report
