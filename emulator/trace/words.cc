#include "emulator/trace/words.h"

#include <iterator>
#include <span>

namespace lockstep::trace {
namespace {

constexpr std::string_view kReserved = "reserved";

constexpr std::string_view kExceptions[] = {
    "misaligned_fetch", "fault_fetch",      "illegal_instruction",
    "breakpoint",       "misaligned_load",  "fault_load",
    "misaligned_store", "fault_store",      "user_ecall",
    "supervisor_ecall", "hypervisor_ecall", "machine_ecall",
    "exec_page_fault",  "load_page_fault",  kReserved,
    "store_page_fault",
};
constexpr std::string_view kInterrupts[] = {
    "u_software", "s_software", "vs_software", "m_software", "u_timer",     "s_timer",
    "vs_timer",   "m_timer",    "u_external",  "s_external", "vs_external", "m_external",
};
constexpr std::string_view kPrivileges[] = {"U", "S", kReserved, "M"};
constexpr std::string_view kAccesses[] = {"load", "store", "fetch"};
constexpr std::string_view kFlushes[] = {"all",          "address", "asid",
                                         "address+asid", "satp",    "permission"};
static_assert(std::size(kFlushes) == kFlushScopes);

std::string_view Of(std::span<const std::string_view> names, uint64_t number) {
  return number < names.size() ? names[number] : kReserved;
}

}  // namespace

std::string_view CauseName(bool is_interrupt, uint64_t cause) {
  return is_interrupt ? Of(kInterrupts, cause) : Of(kExceptions, cause);
}

std::string_view PrivilegeName(uint64_t privilege) { return Of(kPrivileges, privilege); }
std::string_view AccessName(uint64_t access) { return Of(kAccesses, access); }
std::string_view FlushName(uint64_t scope) { return Of(kFlushes, scope); }

std::string_view PagingName(uint64_t mode) {
  switch (mode) {
    case 0:
      return "bare";
    case 8:
      return "sv39";
    case 9:
      return "sv48";
    case 10:
      return "sv57";
    default:
      return kReserved;
  }
}

std::string PageName(uint64_t bytes) {
  static constexpr char kUnits[] = "BKMGTP";
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 2 < sizeof(kUnits); ++unit) bytes /= 1024;
  return std::to_string(bytes) + kUnits[unit];
}

std::string PermissionName(uint64_t permissions) {
  static constexpr char kLetters[] = "rwxug-ad";  // bit 5 is not used
  std::string name;
  for (size_t bit = 0; bit < 8; ++bit) {
    if (bit != 5) name += permissions >> bit & 1 ? kLetters[bit] : '-';
  }
  return name;
}

int AccessOfCause(uint64_t cause) {
  switch (cause) {
    case 4:
    case 5:
    case 13:
      return 0;
    case 6:
    case 7:
    case 15:
      return 1;
    case 1:
    case 12:
      return 2;
    default:
      return -1;
  }
}

}  // namespace lockstep::trace
