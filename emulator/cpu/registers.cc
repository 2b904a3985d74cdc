#include "emulator/cpu/registers.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "emulator/cpu/csr.h"
#include "emulator/cpu/digest.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/isa/inst.h"

namespace lockstep::cpu {

const std::vector<std::string>& RegisterNameList() {
  static const std::vector<std::string>* const names = [] {
    auto* list = new std::vector<std::string>;
    list->push_back("pc:pc");
    for (int i = 1; i < 32; ++i) {
      list->push_back(absl::StrCat("gpr:", std::string(isa::IntRegisterName(i))));
    }
    for (int i = 0; i < 32; ++i) {
      list->push_back(absl::StrCat("fpr:", std::string(isa::FloatRegisterName(i))));
    }
    list->push_back("fpr:fcsr");
    list->push_back("csr:priv");
    for (size_t i = 0; i < kDigestPrivilege; ++i) {
      list->push_back(absl::StrCat("csr:", std::string(isa::CsrName(kDigestCsrs[i]))));
    }
    return list;
  }();
  return *names;
}

std::vector<std::string> RegisterNameList(const DigestRules& rules) {
  std::vector<std::string> names = RegisterNameList();
  for (uint16_t csr : rules.extra_csrs) {
    names.push_back(absl::StrCat("csr:", std::string(isa::CsrName(csr))));
  }
  return names;
}

namespace {

// Registers that show parts of another one.
struct View {
  uint16_t csr;
  const char* of;
};
constexpr View kViews[] = {{kCsrFflags, "fcsr"},
                           {kCsrFrm, "fcsr"},
                           {kCsrSstatus, "mstatus"},
                           {kCsrSie, "mie"},
                           {kCsrSip, "mip"}};

bool IsView(uint16_t csr) {
  return std::any_of(std::begin(kViews), std::end(kViews),
                     [csr](const View& view) { return view.csr == csr; });
}

bool IsInGroup(uint16_t csr) {
  return std::find(kDigestCsrs.begin(), kDigestCsrs.begin() + kDigestPrivilege, csr) !=
         kDigestCsrs.begin() + kDigestPrivilege;
}

std::optional<uint16_t> FindCsr(const std::string& name) {
  for (uint16_t csr = 0; csr < 0x1000; ++csr) {
    if (CsrExists(csr) && name == isa::CsrName(csr)) return csr;
  }
  return std::nullopt;
}

// The control registers that a policy can name; long families by their first and last.
std::string KnownCsrs() {
  std::vector<std::string> names = {"priv", "fcsr"};
  for (uint16_t csr = 0; csr < 0x1000; ++csr) {
    if (!CsrExists(csr) || IsView(csr) || csr == kCsrFcsr) continue;
    const std::string name(isa::CsrName(csr));
    const size_t digits = name.find_first_of("0123456789");
    const std::string stem = name.substr(0, digits);
    std::string& last = names.back();
    if (digits != std::string::npos && last.compare(0, stem.size(), stem) == 0 &&
        digits < last.size() && last.find_first_of("0123456789") == digits) {
      last = absl::StrCat(last.substr(0, last.find('.')), "..", name.substr(digits));
    } else {
      names.push_back(name);
    }
  }
  return absl::StrJoin(names, " ");
}

absl::Status NoSuchCsr(const char* field, const std::string& name) {
  for (const View& view : kViews) {
    if (name != isa::CsrName(view.csr)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("policy.", field, ": ", name, " is a view of ", view.of, "; name that"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("policy.", field, ": there is no register ", name, "; there are ", KnownCsrs()));
}

}  // namespace

absl::StatusOr<DigestRules> ResolveRules(const struct lockstep_rules& rules) {
  DigestRules result;
  for (uint32_t i = 0; i < rules.n_extra_csrs; ++i) {
    const std::string name = rules.extra_csrs[i];
    if (name == "priv" || name == "fcsr") continue;  // digested anyway
    const std::optional<uint16_t> csr = FindCsr(name);
    if (!csr || IsView(*csr)) return NoSuchCsr("extra_csrs", name);
    const bool known = std::find(result.extra_csrs.begin(), result.extra_csrs.end(), *csr) !=
                       result.extra_csrs.end();
    if (!known && !IsInGroup(*csr)) result.extra_csrs.push_back(*csr);
  }
  for (uint32_t i = 0; i < rules.n_csr_masks; ++i) {
    const std::string name = rules.csr_masks[i].csr;
    uint32_t element = LOCKSTEP_ELEMENT_PRIVILEGE;
    if (name == "fcsr") {
      element = LOCKSTEP_ELEMENT_FCSR;
    } else if (name != "priv") {
      const std::optional<uint16_t> csr = FindCsr(name);
      if (!csr || IsView(*csr)) return NoSuchCsr("csr_masks", name);
      element = LOCKSTEP_ELEMENT_CSR + uint32_t{*csr};
    }
    result.masks.push_back({element, rules.csr_masks[i].ignored_bits});
  }
  result.ranges.assign(rules.ranges, rules.ranges + rules.n_ranges);
  return result;
}

std::vector<uint64_t> RegisterValues(const HartState& hart) {
  std::vector<uint64_t> values;
  values.reserve(RegisterNameList().size());
  values.push_back(hart.pc);
  values.insert(values.end(), hart.x.begin() + 1, hart.x.begin() + 32);
  values.insert(values.end(), hart.f.begin(), hart.f.end());
  values.push_back(PeekCsr(hart, kCsrFcsr));
  values.push_back(hart.privilege);
  for (size_t i = 0; i < kDigestPrivilege; ++i) values.push_back(PeekCsr(hart, kDigestCsrs[i]));
  for (uint16_t csr : hart.config.digest_rules.extra_csrs) values.push_back(PeekCsr(hart, csr));
  return values;
}

}  // namespace lockstep::cpu
