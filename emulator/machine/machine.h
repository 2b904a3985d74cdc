// The virt board: harts, devices and memory, and the loop that runs them in virtual time.
//
// Virtual time in nanoseconds is (instructions that count for time << icount_shift) plus what was
// skipped while the hart waited in wfi. Deadlines of devices and scripted input are reached to the
// instruction: the hart is run up to the first instruction count at which virtual time has reached
// the next deadline. Nothing else drives the guest, so its history is a function of the
// configuration (live console input and the network, see outside.h, excepted). Not thread-safe.
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
#include "emulator/machine/host_memory.h"
#include "emulator/machine/memory_map.h"
#include "emulator/machine/outside.h"
#include "emulator/machine/system_bus.h"

namespace lockstep::machine {

inline constexpr uint64_t kDefaultRtcBaseSeconds = 1704067200;  // 2024-01-01 00:00:00 UTC

struct MachineConfig {
  BootConfig boot;
  unsigned icount_shift = 0;  // 0..10
  uint64_t rtc_base_seconds = kDefaultRtcBaseSeconds;
  bool exit_on_reset = false;  // -no-reboot
  cpu::HartConfig hart;        // hart_id is set by the machine
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

class Machine : private devices::Clock, private cpu::TimeSource {
 public:
  // Loads the images and makes the hardware, in the state of power-on. `console` outlives the
  // machine. Errors are one line that names the option at fault.
  static absl::StatusOr<std::unique_ptr<Machine>> Create(const MachineConfig& config,
                                                         Console* console,
                                                         const HartFactory& make_hart,
                                                         VirtioDevices virtio = {});

  // Connects the devices to what reaches them from outside; `outside` outlives the machine.
  // REQUIRES: called at most once, before Run().
  void Connect(Outside* outside);

  // Runs until hart 0 has begun `limit_icount` instructions, or earlier. `keep_going` is asked
  // before each slice of at most kSliceInsns instructions.
  RunEnd Run(uint64_t limit_icount, const std::function<bool()>& keep_going);
  static constexpr uint64_t kSliceInsns = 1 << 20;
  // While input may come from outside, it is looked for this often.
  static constexpr uint64_t kOutsideSliceInsns = 1 << 17;

  // Of the guest that powered off.
  int exit_code() const { return exit_code_.value_or(0); }

  // Observer of hart 0; gets resets as events too. Null: none.
  void SetObserver(observe::Observer* observer, bool step);

  cpu::Hart& hart() { return *hart_; }
  const cpu::Hart& hart() const { return *hart_; }
  const BootImage& boot_image() const { return image_; }
  Console& console() { return *console_; }
  uint64_t virtual_time_ns() const { return NowNs(); }

 private:
  Machine(const MachineConfig& config, Console* console, BootImage image, HostMemory ram,
          HostMemory rom, HostMemory flash);

  void MakeDevices(VirtioDevices virtio);
  void ConnectHart(const HartFactory& make_hart);
  void PowerOn();
  void Reset();
  void WriteImages();

  uint64_t NowNs() const override;
  uint64_t TimeTicks(uint64_t ran_insns) override;
  uint64_t CounterTicks(uint64_t ran_insns) override { return TimeAt(ran_insns); }
  void SetSupervisorCompare(uint32_t hart_id, uint64_t ticks) override;
  uint64_t TimeAt(uint64_t ran_insns) const {
    return (ran_insns << config_.icount_shift) + skipped_ns_;
  }

  // The first deadline of all devices and the console.
  uint64_t NextDeadlineNs() const;
  void RunDueEvents();
  void AfterDeviceAccess();
  // Ends the running Hart::Run() when a deadline has become nearer than what it was planned for.
  void YieldForDeadline();
  // The icount at which virtual time reaches `deadline_ns` if no more instruction faults.
  uint64_t IcountAt(uint64_t deadline_ns) const;
  // The hart waits: false when it can never wake.
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
  Console* console_;
  BootImage image_;
  HostMemory ram_;
  HostMemory rom_;
  HostMemory flash_memory_;
  SystemBus bus_;
  std::unique_ptr<cpu::Hart> hart_;
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
