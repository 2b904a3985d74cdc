// Words for the numbers in events: causes, privileges, accesses.
//
// Pure. The names of causes are those of QEMU 7.2's log. Source: Privileged ISA 1.12, table 3.6.
#ifndef EMULATOR_TRACE_WORDS_H_
#define EMULATOR_TRACE_WORDS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::trace {

// "supervisor_ecall", "s_timer"; "reserved" of numbers without a name.
std::string_view CauseName(bool is_interrupt, uint64_t cause);
// "U", "S", "M"; "reserved" of 2.
std::string_view PrivilegeName(uint64_t privilege);
// "load", "store", "fetch": mem::Access.
std::string_view AccessName(uint64_t access);
// "bare", "sv39", "sv48", "sv57": satp.MODE.
std::string_view PagingName(uint64_t mode);
// "all", "address", "asid", "address+asid", "satp", "permission": the scope of a tlb_flush event.
inline constexpr uint64_t kFlushScopes = 6;
std::string_view FlushName(uint64_t scope);
// "4K", "2M", "1G" ...: of a power of two.
std::string PageName(uint64_t bytes);
// "rwxugad" with '-' for what is not set: the permissions field of a tlb_fill event.
std::string PermissionName(uint64_t permissions);

// The access that a memory exception was raised by, or -1 of other causes.
int AccessOfCause(uint64_t cause);

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_WORDS_H_
