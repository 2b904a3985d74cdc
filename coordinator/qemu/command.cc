#include "coordinator/qemu/command.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace lockstep::qemu {
namespace {

using std::literals::string_view_literals::operator""sv;

constexpr std::array kWrappers = {"env"sv,     "nice"sv,   "ionice"sv, "taskset"sv,
                                  "timeout"sv, "stdbuf"sv, "chrt"sv,   "numactl"sv};
// Programs of QEMU's that are no emulators: qemu-TARGET is one otherwise.
constexpr std::array kTools = {
    "bridge-helper"sv, "edid"sv, "ga"sv,  "img"sv,       "io"sv,
    "keymap"sv,        "make"sv, "nbd"sv, "pr-helper"sv, "storage-daemon"sv,
    "vmsr-helper"sv};
// Options with a value whose value may look like an option.
constexpr std::array kFreeText = {"append"sv, "name"sv};
// Options of the user-mode emulators that have a value.
constexpr std::array kUserValues = {"0"sv, "B"sv,   "D"sv,      "E"sv,       "L"sv,    "R"sv,
                                    "U"sv, "cpu"sv, "d"sv,      "dfilter"sv, "g"sv,    "p"sv,
                                    "r"sv, "s"sv,   "plugin"sv, "seed"sv,    "trace"sv};

// Guests whose stack and mappings QEMU 8 and later in user mode puts where the host's kernel does,
// at random, unless the guest's addresses are reserved (-R): those with more of them than 4 GiB.
// Not x86_64, whose vsyscall page lies beyond what can be reserved.
constexpr std::array kPlacedByHost = {"aarch64"sv, "riscv64"sv};
constexpr std::string_view kReserved = "0x4000000000";

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

absl::Status Invalid(const std::string& text) { return absl::InvalidArgumentError(text); }

std::optional<Emulator> AsEmulator(const std::string& word) {
  std::string name = BaseName(word);
  Emulator emulator;
  if (absl::StartsWith(name, "qemu-system-")) {
    emulator.target = name.substr(12);
  } else if (absl::StartsWith(name, "qemu-")) {
    emulator.user_mode = true;
    emulator.target = name.substr(5);
    if (absl::EndsWith(emulator.target, "-static")) {
      emulator.target.resize(emulator.target.size() - 7);
    }
    if (Contains(kTools, emulator.target)) return std::nullopt;
  }
  for (char c : emulator.target) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return std::nullopt;
  }
  if (emulator.target.empty()) return std::nullopt;
  return emulator;
}

// "-rtc base=utc,clock=vm" as a list; an item without '=' has an empty key.
class KeyValues {
 public:
  explicit KeyValues(const std::string& text) {
    if (text.empty()) return;
    for (absl::string_view item : absl::StrSplit(text, ',')) {
      std::pair<std::string, std::string> pair = absl::StrSplit(item, absl::MaxSplits('=', 1));
      if (item.find('=') == absl::string_view::npos) pair = {"", std::string(item)};
      items_.push_back(std::move(pair));
    }
  }
  // `implied`: the key of a first item that has none.
  std::string Get(const std::string& key, const std::string& implied = "") const {
    std::string value;
    for (size_t i = 0; i < items_.size(); ++i) {
      const bool is_implied = i == 0 && items_[i].first.empty() && key == implied;
      if (items_[i].first == key || is_implied) value = items_[i].second;
    }
    return value;
  }
  void Set(const std::string& key, const std::string& value, const std::string& implied = "") {
    for (size_t i = 0; i < items_.size(); ++i) {
      const bool is_implied = i == 0 && items_[i].first.empty() && key == implied;
      if (items_[i].first != key && !is_implied) continue;
      items_[i].second = value;
      return;
    }
    items_.emplace_back(key, value);
  }
  std::string text() const {
    return absl::StrJoin(items_, ",", [](std::string* out, const auto& item) {
      absl::StrAppend(out, item.first, item.first.empty() ? "" : "=", item.second);
    });
  }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

// One command on its way to be prepared.
class Preparer {
 public:
  Preparer(const std::vector<std::string>& argv, const Emulator& emulator,
           const PrepareOptions& options)
      : emulator_(emulator), options_(options) {
    command_.argv = argv;
  }

  absl::StatusOr<Command> Prepare() {
    absl::Status status = emulator_.user_mode ? absl::OkStatus() : CheckTcg();
    if (status.ok() && !emulator_.user_mode) status = CheckSmp();
    if (status.ok()) status = AddPlugin();
    if (status.ok()) status = AddDeterminism();
    if (!status.ok()) return status;
    return std::move(command_);
  }

 private:
  // The index of the last `-name` (or `--name`), 0 if there is none.
  size_t Find(std::string_view name) const {
    size_t found = 0;
    for (size_t i = emulator_.word + 1; i < command_.argv.size(); ++i) {
      const std::string& word = command_.argv[i];
      if (word.size() < 2 || word[0] != '-') {
        if (emulator_.user_mode) break;  // the guest's program: what follows is its own
        continue;
      }
      const std::string_view option = std::string_view(word).substr(word[1] == '-' ? 2 : 1);
      if (option == name) found = i;
      if (emulator_.user_mode ? Contains(kUserValues, option) : Contains(kFreeText, option)) ++i;
    }
    return found;
  }

  absl::StatusOr<std::string> ValueAt(size_t option) const {
    if (option + 1 < command_.argv.size()) return command_.argv[option + 1];
    return Invalid(absl::StrCat("'", command_.argv[option], "' has no value"));
  }

  // The value of an option; empty if the option is not there.
  absl::StatusOr<std::string> ValueOf(std::string_view name) const {
    const size_t at = Find(name);
    return at == 0 ? std::string() : ValueAt(at);
  }

  absl::Status CheckTcg() const {
    for (std::string_view name : {"accel"sv, "machine"sv, "M"sv}) {
      absl::StatusOr<std::string> value = ValueOf(name);
      if (!value.ok()) return value.status();
      const KeyValues list(*value);
      const std::string accel = list.Get("accel", name == "accel" ? "accel" : "");
      if (accel.empty() || accel == "tcg") continue;
      return Invalid(absl::StrCat("plugins see only what TCG runs: use -accel tcg, not ", accel));
    }
    if (Find("enable-kvm") == 0) return absl::OkStatus();
    return Invalid("plugins see only what TCG runs: leave out -enable-kvm");
  }

  absl::Status CheckSmp() const {
    absl::StatusOr<std::string> value = ValueOf("smp");
    if (!value.ok()) return value.status();
    const KeyValues list(*value);
    uint64_t cpus = 1;
    uint64_t factor = 0;
    if (const std::string given = list.Get("cpus", "cpus"); !given.empty()) {
      if (!absl::SimpleAtoi(given, &cpus)) return absl::OkStatus();  // QEMU says what is wrong
    } else {
      for (const char* key :
           {"drawers", "books", "sockets", "dies", "clusters", "modules", "cores", "threads"}) {
        if (absl::SimpleAtoi(list.Get(key), &factor)) cpus *= factor;
      }
    }
    if (cpus <= 1) return absl::OkStatus();
    return Invalid(
        absl::StrCat("QEMU schedules several vCPUs at random, so it cannot be compared "
                     "with them: start it with -smp 1, not -smp ",
                     *value));
  }

  // Every -plugin that is ours has its symbols resolved and the run's options added; if there is
  // none, one is put right after the program's name.
  absl::Status AddPlugin() {
    bool found = false;
    std::string ours;  // options of the plugin
    for (size_t i = emulator_.word + 1; i + 1 < command_.argv.size(); ++i) {
      const std::string& word = command_.argv[i];
      if (word != "-plugin" && word != "--plugin") continue;
      std::string& value = command_.argv[i + 1];
      const std::string file = std::string(value.substr(0, value.find(',')));
      if (!absl::StrContains(BaseName(file), "lockstep_qemu")) continue;
      found = true;
      if (!options_.plugin_options.empty()) absl::StrAppend(&value, ",", options_.plugin_options);
      if (absl::Status s = ResolveSymbols(value); !s.ok()) return s;
      ours = value;
    }
    if (found) return AddLog(ours);
    std::string value = absl::StrReplaceAll(options_.plugin, {{",", ",,"}});
    if (!options_.plugin_options.empty()) absl::StrAppend(&value, ",", options_.plugin_options);
    if (absl::Status s = ResolveSymbols(value); !s.ok()) return s;
    Insert({"-plugin", value});
    command_.plugin_added = true;
    return AddLog(value);
  }

  // What the plugin reads from QEMU's log must be logged.
  absl::Status AddLog(const std::string& plugin) {
    const KeyValues ours(plugin);
    for (const auto& [option, item] : {std::pair("tlb", "mmu"), std::pair("traps", "int")}) {
      if (ours.Get(option) != "on") continue;
      absl::StatusOr<std::string> value = ValueOf("d");
      if (!value.ok()) return value.status();
      const std::vector<std::string> items = absl::StrSplit(*value, ',');
      if (std::find(items.begin(), items.end(), item) != items.end()) continue;
      if (value->empty()) {
        Insert({"-d", item});
      } else {
        absl::StrAppend(&command_.argv[Find("d") + 1], ",", item);
      }
    }
    return absl::OkStatus();
  }

  absl::Status ResolveSymbols(std::string& value) const {
    std::vector<std::string> items = absl::StrSplit(value, ',');
    for (std::string& item : items) {
      for (absl::string_view key : {"start=", "stop="}) {
        if (!absl::StartsWith(item, key)) continue;
        const std::string name = item.substr(key.size());
        if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) continue;
        std::optional<uint64_t> address;
        if (options_.address_of) address = options_.address_of(name);
        if (!address.has_value()) {
          return Invalid(absl::StrCat(item, ": no image among the arguments has the symbol '", name,
                                      "': give its address, or the ELF file with --symbols"));
        }
        item = absl::StrFormat("%s%#x", key, *address);
      }
    }
    value = absl::StrJoin(items, ",");
    return absl::OkStatus();
  }

  // Options go right after the program's name: in user mode the guest's program follows.
  void Insert(std::vector<std::string> words) {
    command_.argv.insert(command_.argv.begin() + static_cast<ptrdiff_t>(emulator_.word + 1),
                         words.begin(), words.end());
  }

  // Notes that the option should have this value, and sees to it if asked to.
  void Want(const std::string& name, const std::string& value) {
    command_.missing.push_back(absl::StrCat("-", name, " ", value));
    if (!options_.deterministic) return;
    if (const size_t at = Find(name); at != 0) {
      command_.argv[at + 1] = value;
    } else {
      Insert({absl::StrCat("-", name), value});
    }
  }

  absl::Status AddDeterminism() {
    // In reverse, as each goes to the front.
    const bool places = emulator_.user_mode && Contains(kPlacedByHost, emulator_.target);
    for (std::string_view name : {"rtc"sv, "seed"sv, "R"sv, "icount"sv}) {
      const bool applies = name == "seed" || (name == "R" ? places : !emulator_.user_mode);
      if (!applies) continue;
      absl::StatusOr<std::string> value = ValueOf(name);
      if (!value.ok()) return value.status();
      const std::string wanted = Deterministic(name, *value);
      if (wanted != *value) Want(std::string(name), wanted);
    }
    std::reverse(command_.missing.begin(), command_.missing.end());
    return absl::OkStatus();
  }

  // What an option's value should be; the value itself if it is as it should.
  static std::string Deterministic(std::string_view name, const std::string& value) {
    KeyValues list(value);
    if (name == "icount") {
      const std::string shift = list.Get("shift", "shift");
      if (shift.empty() || shift == "auto") list.Set("shift", "0", "shift");
      if (list.Get("sleep") != "off") list.Set("sleep", "off");
    } else if (name == "rtc") {
      const std::string base = list.Get("base");
      if (base.empty() || base == "utc" || base == "localtime") {
        list.Set("base", "2024-01-01T00:00:00");
      }
      if (list.Get("clock") != "vm") list.Set("clock", "vm");
    } else if (value.empty()) {
      return name == "R" ? std::string(kReserved) : "1";
    }
    return list.text();
  }

  const Emulator& emulator_;
  const PrepareOptions& options_;
  Command command_;
};

}  // namespace

std::optional<Emulator> FindEmulator(const std::vector<std::string>& argv) {
  for (size_t i = 0; i < argv.size(); ++i) {
    if (std::optional<Emulator> emulator = AsEmulator(argv[i]); emulator.has_value()) {
      emulator->word = i;
      return emulator;
    }
    if (!Contains(kWrappers, BaseName(argv[0]))) break;
  }
  return std::nullopt;
}

absl::StatusOr<Command> PrepareCommand(const std::vector<std::string>& argv,
                                       const Emulator& emulator, const PrepareOptions& options) {
  return Preparer(argv, emulator, options).Prepare();
}

}  // namespace lockstep::qemu
