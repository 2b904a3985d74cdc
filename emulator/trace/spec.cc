#include "emulator/trace/spec.h"

#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace lockstep::trace {
namespace {

struct Item {
  const char* name;
  bool Spec::*member;  // null: taken, and nothing to be done
  const char* help;
};

constexpr Item kLogItems[] = {
    {"int", &Spec::log_int, "exceptions and interrupts taken"},
    {"mmu", &Spec::log_mmu, "TLB fills and page faults"},
    {"in_asm", &Spec::log_in_asm, "guest code of each translation block as it is made"},
    {"exec", &Spec::log_exec, "every translation block entered (lots of logs)"},
    {"nochain", nullptr, "accepted: exec is complete without it"},
};

constexpr Item kTraceKinds[] = {
    {"tlb", &Spec::tlb, "TLB fills and flushes"},
    {"mmio", &Spec::mmio, "device accesses"},
    {"trap", &Spec::trap, "exceptions, interrupts and resets"},
    {"block", &Spec::block, "every translation block entered"},
};

absl::Status Add(absl::string_view text, std::span<const Item> items, Spec* spec) {
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const Item* found = nullptr;
    for (const Item& item : items) {
      if (part == item.name) found = &item;
    }
    if (found == nullptr) {
      std::string names;
      for (const Item& item : items) absl::StrAppend(&names, item.name, ", ");
      return absl::InvalidArgumentError(absl::StrCat("'", part, "' is none of ", names, "help"));
    }
    if (found->member != nullptr) spec->*found->member = true;
  }
  return absl::OkStatus();
}

std::string Help(const char* title, std::span<const Item> items) {
  std::string text = absl::StrCat(title, " (comma separated):\n");
  for (const Item& item : items) absl::StrAppendFormat(&text, "%-10s %s\n", item.name, item.help);
  return text;
}

}  // namespace

absl::Status AddLogItems(absl::string_view text, Spec* spec) { return Add(text, kLogItems, spec); }

absl::Status AddTraceKinds(absl::string_view text, Spec* spec) {
  return Add(text, kTraceKinds, spec);
}

std::string LogHelp() { return Help("Log items", kLogItems); }
std::string TraceHelp() { return Help("Traces", kTraceKinds); }

}  // namespace lockstep::trace
