// The virt board: harts, devices and memory, and the loop that runs them in virtual time.
//
// Virtual time in nanoseconds is (instructions that count for time << icount_shift) plus what was
// skipped while the hart waited in wfi. Deadlines of devices and scripted input are reached to the
// instruction: the hart is run up to the first instruction count at which virtual time has reached
// the next deadline. Nothing else drives the guest, so its history is a function of the
// configuration (live console input and the network, see outside.h, excepted). Not thread-safe.
// Several harts take turns of exactly quantum_insns instructions, fewer if they wait; virtual time
// counts the instructions of all of them (docs/design/smp.md).
// Source: QEMU 7.2 with -icount shift=N,sleep=off.
#ifndef EMULATOR_MACHINE_MACHINE_H_
#define EMULATOR_MACHINE_MACHINE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/cpu/hart.h"
#include "emulator/devices/clint/clint.h"
#include "emulator/devices/finisher/finisher.h"
#include "emulator/devices/flash/cfi_flash.h"
#include "emulator/devices/fw_cfg/fw_cfg.h"
#include "emulator/devices/plic/plic.h"
#include "emulator/devices/rtc/goldfish_rtc.h"
#include "emulator/devices/uart16550/uart16550.h"
#include "emulator/devices/virtio/virtio_mmio.h"
#include "emulator/machine/boot_image.h"
#include "emulator/machine/console.h"
#include "emulator/machine/console_set.h"
#include "emulator/machine/host_memory.h"
#include "emulator/machine/memory_map.h"
#include "emulator/machine/outside.h"
#include "emulator/machine/system_bus.h"

namespace lockstep::machine {

inline constexpr uint64_t kDefaultRtcBaseSeconds = 1704067200;  // 2024-01-01 00:00:00 UTC

inline constexpr uint64_t kDefaultQuantumInsns = 10000;

struct MachineConfig {
  BootConfig boot;
  unsigned icount_shift = 0;  // 0..10
  uint64_t rtc_base_seconds = kDefaultRtcBaseSeconds;
  bool exit_on_reset = false;  // -no-reboot
  cpu::HartConfig hart;        // of each; hart_id and group are set by the machine
  // The hart that has the planted fault of `hart`; none: all have it.
  std::optional<unsigned> fault_hart;
  uint64_t quantum_insns = kDefaultQuantumInsns;  // of a turn; at least 1
  // Not 0: a block of each hart begins at every multiple of it.
  uint64_t window_insns = 0;
  // What an empty virtio slot shows: 1, or 2 with QEMU's force-legacy=false.
  uint32_t empty_virtio_version = 1;
};

// Devices behind the virtio slots, by slot; null: empty.
using VirtioDevices = std::array<std::unique_ptr<devices::VirtioDevice>, kVirtioSlots>;

// Makes the harts; tests pass their own.
using HartFactory =
    std::function<std::unique_ptr<cpu::Hart>(const cpu::HartConfig&, cpu::Bus*, cpu::TimeSource*)>;

// Why Run() came back.
enum class RunEnd {
  kLimit,   // icount reached the limit
  kExit,    // the guest powered off (or reset, with exit_on_reset)
  kHalted,  // the guest waits and nothing can ever wake it
  kAsked,   // keep_going said no
};

class Machine : private devices::Clock {
 public:
  // Loads the images and makes the hardware, in the state of power-on. `console` outlives the
  // machine. Errors are one line that names the option at fault.
  static absl::StatusOr<std::unique_ptr<Machine>> Create(const MachineConfig& config,
                                                         Console* console,
                                                         const HartFactory& make_hart,
                                                         VirtioDevices virtio = {});

  // Feeds another port of a device, whose output goes to `console`. Both outlive the machine's use.
  // REQUIRES: called before Run().
  void AddConsole(Console* console, devices::InputPort* port);

  // Connects the devices to what reaches them from outside; `outside` outlives the machine.
  // REQUIRES: called at most once, before Run().
  void Connect(Outside* outside);

  // Where to stop: before an instruction that would exceed one of these.
  struct Limit {
    uint64_t step = UINT64_MAX;  // instructions begun by all harts
    unsigned hart = 0;
    uint64_t icount = UINT64_MAX;  // instructions begun by that one
  };
  // Runs to the limit, or not so far. `keep_going` is asked before each slice of at most
  // kSliceInsns instructions. The turns of the harts do not depend on where runs end.
  RunEnd Run(const Limit& limit, const std::function<bool()>& keep_going);
  RunEnd Run(uint64_t limit_step, const std::function<bool()>& keep_going) {
    return Run(Limit{.step = limit_step}, keep_going);
  }
  static constexpr uint64_t kSliceInsns = 1 << 20;
  // While input may come from outside, it is looked for this often.
  static constexpr uint64_t kOutsideSliceInsns = 1 << 17;

  // Of the guest that powered off.
  int exit_code() const { return exit_code_.value_or(0); }

  // Observer of all harts; gets resets as events too. Null: none.
  void SetObserver(observe::Observer* observer, bool step);

  unsigned harts() const { return static_cast<unsigned>(harts_.size()); }
  cpu::Hart& hart(unsigned number = 0) { return *harts_[number]; }
  const cpu::Hart& hart(unsigned number = 0) const { return *harts_[number]; }
  // The one whose turn it is.
  unsigned current_hart() const { return current_; }
  // Instructions begun by all harts.
  uint64_t step() const { return others_insns_ + harts_[current_]->icount(); }
  const BootImage& boot_image() const { return image_; }
  Console& console() { return *console_; }
  uint64_t virtual_time_ns() const { return NowNs(); }

 private:
  Machine(const MachineConfig& config, Console* console, BootImage image, HostMemory ram,
          HostMemory rom, HostMemory flash);

  void MakeDevices(VirtioDevices virtio);
  void ConnectHarts(const HartFactory& make_hart);
  void PowerOn();
  void Reset();
  void WriteImages();

  // The machine's time as one hart reads it: what that hart has in flight is not in ran_insns() of
  // anybody yet.
  class HartTime : public cpu::TimeSource {
   public:
    HartTime(Machine* machine, unsigned hart) : machine_(*machine), hart_(hart) {}
    uint64_t TimeTicks(uint64_t ran_insns) override {
      return machine_.clint_->TicksAt(CounterTicks(ran_insns));
    }
    uint64_t CounterTicks(uint64_t ran_insns) override {
      return machine_.TimeAt(machine_.RanByOthers(hart_) + ran_insns);
    }
    void SetSupervisorCompare(uint32_t hart_id, uint64_t ticks) override {
      machine_.clint_->SetSupervisorCompare(hart_id, ticks);
      machine_.YieldForDeadline();
    }

   private:
    Machine& machine_;
    const unsigned hart_;
  };

  uint64_t NowNs() const override { return TimeAt(Ran()); }
  // Instructions of all harts that count for time, and of all but one.
  uint64_t Ran() const { return others_ran_ + harts_[current_]->ran_insns(); }
  uint64_t RanByOthers(unsigned hart) const {
    if (hart == current_) return others_ran_;
    return hart < harts_.size() ? Ran() - harts_[hart]->ran_insns() : 0;  // while they are made
  }
  uint64_t TimeAt(uint64_t ran_insns) const {
    return (ran_insns << config_.icount_shift) + skipped_ns_;
  }

  // The first deadline of all devices and the console.
  uint64_t NextDeadlineNs() const;
  void RunDueEvents();
  void AfterDeviceAccess();
  // Ends the running Hart::Run() when a deadline has become nearer than what it was planned for.
  void YieldForDeadline();
  // The current hart's icount at which virtual time reaches `deadline_ns` if no more of its
  // instructions faults.
  uint64_t IcountAt(uint64_t deadline_ns) const;
  // The icount up to which the current hart may run before the machine must look again.
  uint64_t NextStop(const Limit& limit, uint64_t slice_end_step) const;
  bool HasReached(const Limit& limit) const {
    return step() >= limit.step || harts_[limit.hart]->icount() >= limit.icount;
  }
  // Runs the current hart once. True: go on. False: *end is set.
  bool RunCurrent(uint64_t stop_icount, const std::function<bool()>& keep_going, RunEnd* end);

  // Some hart does not wait.
  bool IsAnyAwake() const;
  // The turn goes to the next hart that does not wait. REQUIRES: there is one.
  void NextTurn();
  void BeginTurn();
  void SwitchTo(unsigned hart);
  void ResetHarts();
  // All harts wait: false when none can ever wake.
  bool Wait(const std::function<bool()>& keep_going);
  // Waits on the host for as long as the guest would, or until input has come. False: keep_going
  // said no.
  bool WaitForOutside(uint64_t guest_ns, const std::function<bool()>& keep_going);
  // Gives outside input to its device, if there is any. False: none was given.
  bool DeliverOutside() {
    return outside_ != nullptr && outside_->HasInput() && outside_->Deliver();
  }
  uint64_t SliceInsns() const {
    return outside_ != nullptr && outside_->MayCome() ? kOutsideSliceInsns : kSliceInsns;
  }

  MachineConfig config_;
  Console* console_;     // the serial port's
  ConsoleSet consoles_;  // all
  BootImage image_;
  HostMemory ram_;
  HostMemory rom_;
  HostMemory flash_memory_;
  SystemBus bus_;
  std::vector<std::unique_ptr<HartTime>> times_;
  std::vector<std::unique_ptr<cpu::Hart>> harts_;
  std::vector<bool> waiting_;  // in wfi, when it last ran
  unsigned current_ = 0;
  uint64_t turn_end_ = 0;      // icount of the current hart
  uint64_t others_insns_ = 0;  // begun by all but the current hart
  uint64_t others_ran_ = 0;    // and what of it counts for time
  unsigned futile_turns_ = 0;  // in a row, in which nothing began
  std::unique_ptr<devices::Plic> plic_;
  std::unique_ptr<devices::Clint> clint_;
  std::unique_ptr<devices::Uart16550> uart_;
  std::unique_ptr<devices::GoldfishRtc> rtc_;
  std::unique_ptr<devices::Finisher> finisher_;
  std::unique_ptr<devices::FwCfg> fw_cfg_;
  std::vector<std::unique_ptr<devices::CfiFlash>> flash_;
  std::vector<std::unique_ptr<devices::Device>> virtio_;  // slots
  std::vector<devices::Device*> all_devices_;             // in reset order

  Outside* outside_ = nullptr;
  observe::Observer* observer_ = nullptr;
  uint64_t skipped_ns_ = 0;           // virtual time passed in wfi
  uint64_t planned_deadline_ns_ = 0;  // what the current Hart::Run() was limited by
  bool running_ = false;              // inside Hart::Run()
  bool yield_requested_ = false;      // during this Hart::Run()
  std::optional<int> exit_code_;
  bool reset_requested_ = false;
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_MACHINE_H_
