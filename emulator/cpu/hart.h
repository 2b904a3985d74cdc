// One RV64 hart: architectural state, traps, address translation, and an engine that runs it.
//
// This header is what the machine, the gdb stub and tests use. The interpreter's inner structures
// are in emulator/cpu/hart_state.h and emulator/interp. Not thread-safe: one thread runs all harts
// of a machine. Source: RISC-V Privileged ISA 1.12; QEMU 7.2's `-cpu rv64` where the specification
// leaves a choice (docs/SPECIFICATION.md lists those).
#ifndef EMULATOR_CPU_HART_H_
#define EMULATOR_CPU_HART_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "emulator/cpu/bus.h"
#include "emulator/cpu/digest_rules.h"
#include "emulator/cpu/model.h"
#include "emulator/faults/catalogue.h"
#include "emulator/interp/options.h"
#include "emulator/jit/counters.h"
#include "emulator/jit/options.h"
#include "emulator/observe/observer.h"

namespace lockstep::cpu {

class HartGroup;

// Interrupt lines that devices drive, as bits of mip.
inline constexpr uint64_t kMipMsip = 1u << 3;
inline constexpr uint64_t kMipStip = 1u << 5;  // Sstc; software can write the same bit
inline constexpr uint64_t kMipMtip = 1u << 7;
inline constexpr uint64_t kMipSeip = 1u << 9;
inline constexpr uint64_t kMipMeip = 1u << 11;

enum class Engine : uint8_t { kInterpreter, kJit };

struct HartConfig {
  uint32_t hart_id = 0;
  uint32_t max_block_insns = 64;  // longest translation block; 1..65535
  // TLB entries per access kind and context, at first and at most (it grows where they displace
  // each other); powers of two, 1..65536. No geometry changes the guest.
  uint32_t tlb_entries = 256;
  uint32_t max_tlb_entries = 16384;
  uint32_t victim_entries = 8;  // 0..64
  bool digests = false;         // keep the state digests
  bool count_insns = false;     // keep insn_counts()
  DigestRules digest_rules;     // what they leave out and add
  // The observer is told right digests at the first block of each Run() only.
  bool lazy_digests = false;
  CpuModel model;
  faults::Injection fault;  // planted fault, none by default
  Engine engine = Engine::kInterpreter;
  interp::Options interp;
  jit::Options jit;
  // Of a machine with several harts (Hart::MakeGroup()), which are made in the order of their ids.
  // Null: there is one.
  std::shared_ptr<HartGroup> group;
};

// What ran, by operation.
struct InsnCounts {
  std::vector<uint64_t> by_op;  // instructions begun, by isa::Op (compressed ones apart)
  uint64_t block_entries = 0;   // of translation blocks, in host code or not
};

// Why Run() came back.
enum class RunStop : uint8_t {
  kLimit,    // icount reached the limit
  kWaiting,  // WFI with no enabled interrupt pending; icount counts the wfi
  kYield,    // RequestYield() was called (by a device during an access, for example)
};

class Hart {
 public:
  // OK, or in one line why this host cannot have a hart of that configuration.
  static absl::Status Check(const HartConfig& config);
  // `bus` and `time` outlive the hart. REQUIRES: config in range, and Check() of it OK.
  static std::unique_ptr<Hart> Create(const HartConfig& config, Bus* bus, TimeSource* time);
  virtual ~Hart() = default;
  // What the harts of one machine share (emulator/cpu/hart_group.h).
  static std::shared_ptr<HartGroup> MakeGroup();
  static constexpr unsigned kMaxGroup = 8;

  // Power-on state: M mode, pc as given, registers zero, TLB empty. What counts since power-on goes
  // on over a second Reset(): icount(), ran_insns(), stats and the mem digest. Interrupt lines stay
  // as they are driven.
  virtual void Reset(uint64_t pc) = 0;

  // Runs until icount == limit_icount exactly, or earlier for the other reasons. Pending enabled
  // interrupts are taken first and whenever the state changes so that one becomes takeable. After
  // every device access the block ends, so that a device's RequestYield() and line changes act
  // before the next instruction.
  virtual RunStop Run(uint64_t limit_icount) = 0;

  // To be called before Run() when another hart of the group has run since.
  virtual void BeginTurn() = 0;

  // Makes Run() return before the next instruction.
  virtual void RequestYield() = 0;

  // Raises and lowers interrupt lines (bits of mip) that come from outside. Acts before the next
  // block.
  virtual void SetInterruptLines(uint64_t mask, uint64_t levels) = 0;
  // True when mip & mie is not zero: a waiting hart would wake.
  virtual bool WakePending() const = 0;

  // Instructions begun since the hart was made. Exact also when called by a device during an access
  // (the accessing instruction counted).
  virtual uint64_t icount() const = 0;
  // Instructions that count for time: icount less those that ended in a run-time fault (docs:
  // "Time"). Exact as icount().
  virtual uint64_t ran_insns() const = 0;

  // Null: not observed. May be changed between calls of Run(). With `step`, blocks are one
  // instruction and Registers() is called before each.
  virtual void SetObserver(observe::Observer* observer, bool step) = 0;
  virtual observe::Digests digests() const = 0;

  // Values in the order of RegisterNames().
  virtual std::vector<uint64_t> Registers() const = 0;
  // "pc:pc", "gpr:x1".."gpr:x31" by ABI name ("gpr:ra"), "fpr:ft0"..,"fpr:fcsr", "csr:priv",
  // "csr:mstatus" ... : group:name.
  static const std::vector<std::string>& RegisterNames();
  // The same, and then the registers that the rules add, as Registers() of a hart with these rules.
  static std::vector<std::string> RegisterNames(const DigestRules& rules);

  // The rules of a run by the numbers of this hart's registers.
  // Errors: InvalidArgument names a register that there is not, and those that there are.
  static absl::StatusOr<DigestRules> ResolveRules(const struct lockstep_rules& rules);

  virtual uint64_t pc() const = 0;
  virtual uint64_t x(int number) const = 0;
  virtual void set_x(int number, uint64_t value) = 0;

  // Blocks entered so far; translations made; TLB fills: for --stats.
  struct Stats {
    uint64_t blocks = 0;
    uint64_t translations = 0;
    uint64_t tlb_fills = 0;
    uint64_t exceptions = 0;
    uint64_t interrupts = 0;
    jit::Counters jit;
  };
  virtual Stats stats() const = 0;
  // Exact, and the sum over by_op is icount(). Empty unless the configuration asks for them.
  virtual InsnCounts insn_counts() const = 0;

  // A device wrote guest memory (DMA): what this hart has translated from those bytes is dropped,
  // and its reservation of any of them is broken.
  virtual void InvalidateCode(uint64_t pa, uint64_t size_bytes) = 0;
};

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_HART_H_
