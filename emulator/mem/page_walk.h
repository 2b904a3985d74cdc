// The page-table walk of Sv39, Sv48 and Sv57, with PMP checks and hardware A/D updates.
//
// One function over an interface to physical memory; keeps no state. Not thread-safe with respect
// to the memory it walks. Source: Privileged ISA 1.12, sections 4.3.2, 4.4 to 4.6; the order of
// checks is QEMU 7.2's. Without Svpbmt and Svnapot bits 63:54 of a PTE must be zero; with either,
// 7.2 ignores what is reserved of them: bits 60:54, memory type 3, and N without Svnapot.
#ifndef EMULATOR_MEM_PAGE_WALK_H_
#define EMULATOR_MEM_PAGE_WALK_H_

#include <cstdint>

#include "emulator/mem/access.h"
#include "emulator/mem/pmp.h"

namespace lockstep::mem {

// Bits of a page-table entry.
inline constexpr uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteG = 32,
                          kPteA = 64, kPteD = 128, kPteN = uint64_t{1} << 63,
                          kPtePbmt = uint64_t{3} << 61;

// Values of satp.MODE.
inline constexpr unsigned kModeBare = 0, kModeSv39 = 8, kModeSv48 = 9, kModeSv57 = 10;

constexpr unsigned SatpMode(uint64_t satp) { return static_cast<unsigned>(satp >> 60); }
constexpr uint16_t SatpAsid(uint64_t satp) { return static_cast<uint16_t>(satp >> 44); }
constexpr uint64_t SatpPpn(uint64_t satp) { return satp & ((uint64_t{1} << 44) - 1); }

// Physical memory as the walker uses it.
class PteMemory {
 public:
  virtual ~PteMemory() = default;
  // False: nothing answers at `pa`.
  virtual bool LoadPte(uint64_t pa, uint64_t* pte) = 0;
  // Stores an updated PTE. False: not RAM.
  virtual bool StorePte(uint64_t pa, uint64_t pte) = 0;
};

struct WalkRequest {
  uint64_t satp = 0;
  uint8_t privilege = kSupervisor;  // effective privilege of the access, not M
  bool sum = false;                 // mstatus.SUM
  bool mxr = false;                 // mstatus.MXR
  bool svpbmt = false;              // extensions
  bool svnapot = false;
  bool set_dirty = true;  // false: a planted fault, D is never set by hardware
};

struct WalkResult {
  MemFault fault = MemFault::kNone;
  uint64_t pa = 0;          // of the byte asked for
  uint64_t page_bytes = 0;  // 4 KiB, or the size of the superpage or of Svnapot's 64 KiB
  uint8_t pte_flags = 0;    // low eight bits of the PTE after the update: V R W X U G A D
  // What a TLB entry may allow: write only when D is set.
  uint8_t permissions = 0;
};

// Translates `va`. With Bare the address is returned as it is, with all permissions and zero flags.
WalkResult WalkPageTable(uint64_t va, Access access, const WalkRequest& request, const Pmp& pmp,
                         PteMemory* memory);

}  // namespace lockstep::mem

#endif  // EMULATOR_MEM_PAGE_WALK_H_
