#include "emulator/cpu/registers.h"

#include "absl/strings/str_cat.h"
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

std::vector<uint64_t> RegisterValues(const HartState& hart) {
  std::vector<uint64_t> values;
  values.reserve(RegisterNameList().size());
  values.push_back(hart.pc);
  values.insert(values.end(), hart.x.begin() + 1, hart.x.begin() + 32);
  values.insert(values.end(), hart.f.begin(), hart.f.end());
  values.push_back(PeekCsr(hart, kCsrFcsr));
  values.push_back(hart.privilege);
  for (size_t i = 0; i < kDigestPrivilege; ++i) values.push_back(PeekCsr(hart, kDigestCsrs[i]));
  return values;
}

}  // namespace lockstep::cpu
