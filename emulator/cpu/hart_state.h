// The architectural state of one hart and the working fields that engines keep beside it.
//
// Plain data: semantics are in csr.h, trap.h, memory.h and emulator/interp. Handlers of translated
// code work on it directly, so hot fields come first. Not thread-safe.
#ifndef EMULATOR_CPU_HART_STATE_H_
#define EMULATOR_CPU_HART_STATE_H_

#include <array>
#include <cstdint>
#include <memory>

#include "emulator/cpu/bus.h"
#include "emulator/cpu/digest.h"
#include "emulator/cpu/hart.h"
#include "emulator/faults/catalogue.h"
#include "emulator/mem/page_walk.h"
#include "emulator/mem/pmp.h"
#include "emulator/mem/tlb.h"
#include "emulator/observe/observer.h"

namespace lockstep::interp {
struct Block;
}

namespace lockstep::cpu {

using mem::kMachine;
using mem::kSupervisor;
using mem::kUser;

// Bits and fields of mstatus.
inline constexpr uint64_t kMstatusSie = 1u << 1, kMstatusMie = 1u << 3, kMstatusSpie = 1u << 5,
                          kMstatusMpie = 1u << 7, kMstatusSpp = 1u << 8, kMstatusVs = 3u << 9,
                          kMstatusMpp = 3u << 11, kMstatusFs = 3u << 13, kMstatusXs = 3u << 15,
                          kMstatusMprv = 1u << 17, kMstatusSum = 1u << 18, kMstatusMxr = 1u << 19,
                          kMstatusTvm = 1u << 20, kMstatusTw = 1u << 21, kMstatusTsr = 1u << 22,
                          kMstatusUxl = uint64_t{3} << 32, kMstatusSxl = uint64_t{3} << 34,
                          kMstatusGva = uint64_t{1} << 38, kMstatusMpv = uint64_t{1} << 39,
                          kMstatusSd = uint64_t{1} << 63;
inline constexpr unsigned kMppShift = 11;
// Those that sstatus shows.
inline constexpr uint64_t kSstatusFields = kMstatusSie | kMstatusSpie | kMstatusSpp | kMstatusVs |
                                           kMstatusFs | kMstatusXs | kMstatusSum | kMstatusMxr |
                                           kMstatusUxl;

// Exception causes (Volume II, table 3.6).
inline constexpr uint8_t kCauseFetchAccess = 1, kCauseIllegal = 2, kCauseBreakpoint = 3,
                         kCauseLoadMisaligned = 4, kCauseLoadAccess = 5, kCauseStoreMisaligned = 6,
                         kCauseStoreAccess = 7, kCauseEcallU = 8, kCauseEcallS = 9,
                         kCauseEcallM = 11, kCauseFetchPage = 12, kCauseLoadPage = 13,
                         kCauseStorePage = 15;

// The CSRs that hold no more than a value; what may be written is decided in csr.cc.
struct CsrValues {
  uint64_t mstatus = 0;  // without SD, which is computed
  uint64_t mie = 0;
  uint64_t mideleg = 0;
  uint64_t medeleg = 0;
  uint64_t mtvec = 0;
  uint64_t mscratch = 0;
  uint64_t mepc = 0;
  uint64_t mcause = 0;
  uint64_t mtval = 0;
  uint64_t mcounteren = 0;
  uint64_t mcountinhibit = 0;
  uint64_t menvcfg = 0;
  uint64_t stvec = 0;
  uint64_t sscratch = 0;
  uint64_t sepc = 0;
  uint64_t scause = 0;
  uint64_t stval = 0;
  uint64_t scounteren = 0;
  uint64_t senvcfg = 0;
  uint64_t satp = 0;
  uint64_t stimecmp = 0;  // Sstc
};

// A counter of the performance-monitoring unit: its value is `value` plus what its source has
// counted since `base`, while it counts.
struct Counter {
  uint64_t value = 0;
  uint64_t base = 0;
  uint64_t event = 0;  // mhpmevent
};

// Told about stores to pages that hold translated code.
class CodeListener {
 public:
  virtual ~CodeListener() = default;
  // Drops the translations that overlap [pa, pa + size_bytes). True when there was one.
  virtual bool CodeWritten(uint64_t pa, uint64_t size_bytes) = 0;
  // Whether any translation has bytes in this physical page.
  virtual bool PageHasCode(uint64_t page_pa) const = 0;
};

// What translated host code keeps in the state (emulator/jit); nothing of it is the guest's.
struct NativeState {
  uint64_t budget = 0;         // instructions that may begin before `bound`
  uint64_t bound = 0;          // icount at which the run must stop
  void* jump_table = nullptr;  // of the present privilege
  std::array<void*, 4> jump_tables{};
  void* runtime = nullptr;
  std::array<uint64_t, 6> float_masks{};
  bool float_ready = false;  // floating-point code may be entered
  // In lockstep mode: where block records go; null: the run loop tells of blocks. What is needed to
  // keep the gpr digest: A and B of each register.
  observe::Observer::Inline ring;
  std::array<std::array<uint64_t, 2>, 32> gpr_keys{};
  // With ring.sums: interp/sums.h.
  uint64_t sum = 0;
  uint64_t sum_begin = 0;
  bool is_told = true;  // of the block to be entered
  // The block whose register digests are not settled when host code is left; null: none.
  const void* unsettled = nullptr;
};

// Reasons to look up before the next block is entered; bits of HartState::attention.
inline constexpr uint32_t kAttendTrap = 1, kAttendInterrupt = 2, kAttendYield = 4, kAttendWait = 8;

// Where the fast compare finds the entries of a translation context, and the mask of byte offsets
// there (mem::Tlb).
struct TlbTables {
  mem::TlbEntry* load = nullptr;
  mem::TlbEntry* store = nullptr;
  uint64_t mask = 0;
};

struct HartState {
  static constexpr int kSink = 32;  // where writes to x0 go

  std::array<uint64_t, 33> x{};
  uint64_t block_pc = 0;              // virtual address of the running block
  mem::TlbEntry* load_tlb = nullptr;  // TlbTables of the current data context
  mem::TlbEntry* store_tlb = nullptr;
  uint64_t tlb_mask = 0;
  bool fp_off = true;     // mstatus.FS is Off
  bool fp_dirty = false;  // mstatus.FS is Dirty
  uint8_t frm = 0;
  uint8_t fflags = 0;
  uint32_t attention = 0;
  // Set by slow paths when the instruction completed but the block must not go on.
  bool leave_block = false;
  uint8_t privilege = kMachine;
  mem::Tlb::Context data_context = mem::Tlb::kMachineMode;
  mem::Tlb::Context fetch_context = mem::Tlb::kMachineMode;
  std::array<uint64_t, 32> f{};

  uint64_t pc = 0;      // of the next instruction; exact between blocks
  uint64_t icount = 0;  // begun before the running block
  // Instructions begun in the running block, set before slow paths are called.
  uint32_t inflight = 0;
  uint64_t runtime_faults = 0;  // instructions begun that do not count for time
  uint64_t space = 0;           // LOCKSTEP_SPACE of fetches
  uint64_t map_epoch = 1;       // changes whenever a virtual address may have another meaning
  // The interpreter's: the block being run (emulator/interp), the icount up to which the end of one
  // may go on to the next, and the table of indirect jumps.
  interp::Block* running = nullptr;
  uint64_t chain_bound = 0;
  interp::Block* const* jump_cache = nullptr;

  // Address and value of the last load-reserved.
  static constexpr uint64_t kNoReservation = ~uint64_t{0};
  uint64_t reserved_va = kNoReservation;
  uint64_t reserved_value = 0;
  uint64_t reserved_pa = kNoReservation;  // of a hart in a group; kNoReservation: no plain memory

  std::array<TlbTables, mem::Tlb::kContexts> tlb_tables{};  // by mem::Tlb::Context

  NativeState native;

  // A trap raised by the instruction that just ended.
  struct Trap {
    uint8_t cause = 0;
    uint64_t tval = 0;
  } trap;
  bool waiting = false;  // in WFI

  CsrValues csr;
  uint64_t lines = 0;                  // mip bits driven from outside
  uint64_t mip_software = 0;           // mip bits written by software
  std::array<Counter, 32> counters{};  // 0 mcycle, 2 minstret, 3..31 mhpmcounter
  mem::Pmp pmp;
  uint64_t trigger_select = 0;  // debug triggers hold their data and never match
  std::array<uint64_t, 2> trigger_data{};

  HartConfig config;
  Bus* bus = nullptr;
  TimeSource* time = nullptr;
  observe::Observer* observer = nullptr;
  CodeListener* code = nullptr;
  std::unique_ptr<mem::Tlb> tlb;
  DigestKeeper digest;
  Hart::Stats stats;

  uint64_t mip() const { return lines | mip_software; }
  // Instructions begun, the one in flight included.
  uint64_t Begun() const { return icount + inflight; }
  uint64_t Ran() const { return Begun() - runtime_faults; }
  bool FaultActive(faults::Fault fault) const {
    return config.fault.fault == fault && Begun() >= config.fault.from_icount;
  }
};

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_HART_STATE_H_
