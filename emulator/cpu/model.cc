#include "emulator/cpu/model.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace lockstep::cpu {
namespace {

using isa::Extension;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

struct ExtensionProperty {
  absl::string_view name;
  Extension extension;
  bool is_default;
};
constexpr ExtensionProperty kExtensions[] = {
    {"m", Extension::kM, true},
    {"a", Extension::kA, true},
    {"f", Extension::kF, true},
    {"d", Extension::kD, true},
    {"Zifencei", Extension::kZifencei, true},
    {"Zihintpause", Extension::kZihintpause, true},
    {"zba", Extension::kZba, true},
    {"zbb", Extension::kZbb, true},
    {"zbc", Extension::kZbc, true},
    {"zbs", Extension::kZbs, true},
    {"sstc", Extension::kSstc, true},
    {"svinval", Extension::kSvinval, false},
    {"svnapot", Extension::kSvnapot, false},
    {"svpbmt", Extension::kSvpbmt, false},
};

struct ModelSwitch {
  absl::string_view name;
  bool CpuModel::*member;
};
constexpr ModelSwitch kSwitches[] = {{"mmu", &CpuModel::has_mmu}, {"pmp", &CpuModel::has_pmp}};

// Properties of QEMU 7.2 or 10.0 of which the hart has one setting only.
constexpr absl::string_view kAlwaysOn[] = {"i", "c", "s", "u", "Zicsr"};
constexpr absl::string_view kAlwaysOff[] = {
    "e",       "h",       "v",        "Zfh",    "Zfhmin",         "Zve32f",
    "Zve64f",  "zfinx",   "zdinx",    "zhinx",  "zhinxmin",       "zbkb",
    "zbkc",    "zbkx",    "zk",       "zkn",    "zknd",           "zkne",
    "zknh",    "zkr",     "zks",      "zksed",  "zksh",           "zkt",
    "zmmul",   "svadu",   "sscofpmf", "zicbom", "zicboz",         "zicbop",
    "zicond",  "zawrs",   "zfa",      "smaia",  "ssaia",          "zihintntl",
    "x-smaia", "x-ssaia", "x-epmp",   "x-j",    "xventanacondops"};
// Paging modes beyond Sv39 are always there; a guest that does not use them sees no difference.
constexpr absl::string_view kIgnored[] = {"sv48", "sv57"};

// QEMU 10 spells extensions with small letters where 7.2 has a capital.
bool IsName(absl::string_view given, absl::string_view name) {
  if (given == name) return true;
  return name[0] == 'Z' && given[0] == 'z' && given.substr(1) == name.substr(1);
}

bool IsOneOf(absl::string_view given, const absl::string_view* first,
             const absl::string_view* last) {
  return std::any_of(first, last, [given](absl::string_view name) { return IsName(given, name); });
}

absl::StatusOr<bool> ParseSwitch(absl::string_view name, absl::string_view value) {
  for (absl::string_view word : {"on", "true", "yes", "y"}) {
    if (value == word) return true;
  }
  for (absl::string_view word : {"off", "false", "no", "n"}) {
    if (value == word) return false;
  }
  return Bad(absl::StrCat("property ", name, "=", value, " is neither on nor off"));
}

absl::StatusOr<uint64_t> ParseId(absl::string_view name, absl::string_view value, uint64_t most) {
  uint64_t number = 0;
  absl::string_view digits = value;
  const bool ok = absl::ConsumePrefix(&digits, "0x") ? absl::SimpleHexAtoi(digits, &number)
                                                     : absl::SimpleAtoi(digits, &number);
  if (ok && number <= most) return number;
  return Bad(absl::StrCat("property ", name, "=", value, " is not a number from 0 to ", "0x",
                          absl::Hex(most)));
}

std::string KnownProperties() {
  std::vector<absl::string_view> names;
  for (const ExtensionProperty& property : kExtensions) names.push_back(property.name);
  for (const ModelSwitch& property : kSwitches) names.push_back(property.name);
  for (absl::string_view name : {"g", "mvendorid", "marchid", "mimpid"}) names.push_back(name);
  return absl::StrJoin(names, " ");
}

// Sets a property that holds a number. False: there is none of that name.
absl::StatusOr<bool> SetId(absl::string_view name, absl::string_view value, CpuModel* model) {
  const bool is_vendor = name == "mvendorid";
  if (!is_vendor && name != "marchid" && name != "mimpid") return false;
  absl::StatusOr<uint64_t> id = ParseId(name, value, is_vendor ? UINT32_MAX : UINT64_MAX);
  if (!id.ok()) return id.status();
  if (is_vendor) {
    model->mvendorid = static_cast<uint32_t>(*id);
  } else {
    (name == "marchid" ? model->marchid : model->mimpid) = *id;
  }
  return true;
}

// Sets a switch. False: there is none of that name.
bool SetSwitch(absl::string_view name, bool is_on, CpuModel* model) {
  for (const ExtensionProperty& property : kExtensions) {
    if (!IsName(name, property.name)) continue;
    model->extensions.Set(property.extension, is_on);
    return true;
  }
  for (const ModelSwitch& property : kSwitches) {
    if (name != property.name) continue;
    model->*property.member = is_on;
    return true;
  }
  return false;
}

absl::Status SetProperty(absl::string_view name, absl::string_view value, CpuModel* model,
                         bool* is_general) {
  absl::StatusOr<bool> is_id = SetId(name, value, model);
  if (!is_id.ok() || *is_id) return is_id.status();
  const bool is_always_on = IsOneOf(name, std::begin(kAlwaysOn), std::end(kAlwaysOn));
  const bool is_fixed = is_always_on || IsOneOf(name, std::begin(kAlwaysOff), std::end(kAlwaysOff));
  const bool is_ignored = IsOneOf(name, std::begin(kIgnored), std::end(kIgnored));
  CpuModel unused;
  if (name != "g" && !is_fixed && !is_ignored && !SetSwitch(name, false, &unused)) {
    return Bad(absl::StrCat("unknown property '", name, "'; there are ", KnownProperties()));
  }
  absl::StatusOr<bool> is_on = ParseSwitch(name, value);
  if (!is_on.ok()) return is_on.status();
  if (is_fixed && *is_on != is_always_on) {
    return Bad(absl::StrCat("property ", name, "=", value, " is not available; only ", name,
                            is_always_on ? "=on" : "=off", " is"));
  }
  if (name == "g") *is_general = *is_on;
  SetSwitch(name, *is_on, model);
  return absl::OkStatus();
}

CpuModel DefaultModel() {
  CpuModel model;
  for (const ExtensionProperty& property : kExtensions) {
    model.extensions.Set(property.extension, property.is_default);
  }
  return model;
}

}  // namespace

absl::StatusOr<CpuModel> ParseCpu(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  if (parts[0] != "rv64") return Bad(absl::StrCat("'", parts[0], "' is not known; only rv64 is"));
  CpuModel model = DefaultModel();
  bool is_general = false;
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> property =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (property.first.empty() || parts[i].find('=') == absl::string_view::npos) {
      return Bad(absl::StrCat("'", parts[i], "' is not property=value"));
    }
    const absl::Status status = SetProperty(property.first, property.second, &model, &is_general);
    if (!status.ok()) return status;
  }
  // G stands for these, whatever is said of them.
  if (is_general) {
    for (Extension part :
         {Extension::kM, Extension::kA, Extension::kF, Extension::kD, Extension::kZifencei}) {
      model.extensions.Set(part, true);
    }
  }
  if (model.extensions.Has(Extension::kD) && !model.extensions.Has(Extension::kF)) {
    return Bad("d=on needs f=on; give d=off too");
  }
  return model;
}

std::string CpuHelp() {
  std::string help = "properties of -cpu rv64, with their defaults:\n";
  for (const ExtensionProperty& property : kExtensions) {
    absl::StrAppend(&help, "  ", property.name, "=", property.is_default ? "on" : "off", "\n");
  }
  for (const ModelSwitch& property : kSwitches) {
    absl::StrAppend(&help, "  ", property.name, "=on\n");
  }
  absl::StrAppend(&help,
                  "  g=off (on: m, a, f, d, Zifencei whatever is said of them)\n"
                  "  mvendorid=0\n  marchid=0\n  mimpid=0\nalways on: ",
                  absl::StrJoin(kAlwaysOn, " "), "\nalways off: ", absl::StrJoin(kAlwaysOff, " "),
                  "\n");
  return help;
}

}  // namespace lockstep::cpu
