// Kinds of memory access and privilege modes, as translation and protection see them.
#ifndef EMULATOR_MEM_ACCESS_H_
#define EMULATOR_MEM_ACCESS_H_

#include <cstdint>

namespace lockstep::mem {

inline constexpr unsigned kPageShift = 12;
inline constexpr uint64_t kPageBytes = uint64_t{1} << kPageShift;
inline constexpr uint64_t kPageOffsetMask = kPageBytes - 1;

// The numbers are those of the access field of a tlb_fill event.
enum class Access : uint8_t { kLoad = 0, kStore = 1, kFetch = 2 };

// Permission bits: those of a pmpcfg byte (R, W, X) and, shifted by one, of a PTE.
inline constexpr uint8_t kRead = 1;
inline constexpr uint8_t kWrite = 2;
inline constexpr uint8_t kExecute = 4;
inline constexpr uint8_t kAllPermissions = kRead | kWrite | kExecute;

constexpr uint8_t PermissionFor(Access access) {
  return access == Access::kLoad ? kRead : access == Access::kStore ? kWrite : kExecute;
}

// Privilege modes by their encoding (Volume II, section 1.2). 2 is reserved; mstatus.MPP can hold
// it on the modelled CPU, so it can reach the translation through MPRV.
inline constexpr uint8_t kUser = 0;
inline constexpr uint8_t kSupervisor = 1;
inline constexpr uint8_t kMachine = 3;

// What a failed translation raises.
enum class MemFault : uint8_t { kNone = 0, kPage, kAccess };

}  // namespace lockstep::mem

#endif  // EMULATOR_MEM_ACCESS_H_
