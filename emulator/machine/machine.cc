#include "emulator/machine/machine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/machine/memory_map.h"

namespace lockstep::machine {

using devices::kNeverNs;

namespace {

// How long to wait for the user before looking whether to go on.
constexpr int kLiveWaitMs = 100;

}  // namespace

absl::StatusOr<std::unique_ptr<Machine>> Machine::Create(const MachineConfig& config,
                                                         Console* console,
                                                         const HartFactory& make_hart,
                                                         VirtioDevices virtio) {
  LOCKSTEP_CHECK(config.boot.harts == 1) << "one hart is what the event loop schedules";
  BootConfig boot = config.boot;
  boot.extensions = config.hart.model.extensions;
  boot.has_mmu = config.hart.model.has_mmu;
  absl::StatusOr<BootImage> image = LoadBootImage(boot);
  if (!image.ok()) return image.status();
  absl::StatusOr<HostMemory> ram = HostMemory::Allocate(config.boot.ram_bytes);
  if (!ram.ok()) return ram.status();
  absl::StatusOr<HostMemory> rom = HostMemory::Allocate(kMaskRom.size_bytes);
  if (!rom.ok()) return rom.status();
  absl::StatusOr<HostMemory> flash = HostMemory::Allocate(kFlash.size_bytes);
  if (!flash.ok()) return flash.status();
  std::unique_ptr<Machine> machine(new Machine(config, console, *std::move(image), *std::move(ram),
                                               *std::move(rom), *std::move(flash)));
  machine->MakeDevices(std::move(virtio));
  machine->ConnectHart(make_hart);
  machine->PowerOn();
  return machine;
}

Machine::Machine(const MachineConfig& config, Console* console, BootImage image, HostMemory ram,
                 HostMemory rom, HostMemory flash)
    : config_(config),
      console_(console),
      image_(std::move(image)),
      ram_(std::move(ram)),
      rom_(std::move(rom)),
      flash_memory_(std::move(flash)) {}

void Machine::MakeDevices(VirtioDevices virtio) {
  auto hart_line = [this](uint64_t bit) {
    return [this, bit](bool level) { hart_->SetInterruptLines(bit, level ? bit : 0); };
  };
  auto source = [this](unsigned number) {
    return [this, number](bool level) { plic_->SetSource(number, level); };
  };
  const devices::Clock* clock = this;
  plic_ = std::make_unique<devices::Plic>(
      std::vector<devices::InterruptLine>{hart_line(cpu::kMipMeip), hart_line(cpu::kMipSeip)});
  clint_ = std::make_unique<devices::Clint>(
      clock, std::vector<devices::Clint::HartLines>{
                 {hart_line(cpu::kMipMsip), hart_line(cpu::kMipMtip), hart_line(cpu::kMipStip)}});
  uart_ = std::make_unique<devices::Uart16550>(
      clock, [this](uint8_t byte) { console_->PutByte(byte); }, source(kUartIrq));
  rtc_ = std::make_unique<devices::GoldfishRtc>(clock, config_.rtc_base_seconds, source(kRtcIrq));
  finisher_ = std::make_unique<devices::Finisher>([this](uint16_t code) { exit_code_ = code; },
                                                  [this] { reset_requested_ = true; });
  fw_cfg_ = std::make_unique<devices::FwCfg>(&bus_, config_.boot.harts);
  fw_cfg_->AddFile("bios-geometry", {});
  fw_cfg_->AddFile("bootorder", {});
  fw_cfg_->AddFile("etc/boot-fail-wait", {0xff, 0xff, 0xff, 0xff});

  bus_.AddMemory({kRamBase, ram_.bytes().size(), ram_.bytes().data(), true});
  bus_.AddMemory({kMaskRom.base, rom_.bytes().size(), rom_.bytes().data(), false});
  auto add = [this](uint64_t base, uint64_t size_bytes, devices::Device* device) {
    bus_.AddDevice(base, size_bytes, device);
    all_devices_.push_back(device);
  };
  add(kPlic.base, devices::Plic::kWindowBytes, plic_.get());
  add(kClint.base, devices::Clint::kWindowBytes, clint_.get());
  add(kUart.base, devices::Uart16550::kWindowBytes, uart_.get());
  add(kRtc.base, devices::GoldfishRtc::kWindowBytes, rtc_.get());
  add(kFinisher.base, devices::Finisher::kWindowBytes, finisher_.get());
  add(kFwCfg.base, devices::FwCfg::kWindowBytes, fw_cfg_.get());
  for (unsigned bank = 0; bank < 2; ++bank) {
    uint64_t offset = bank * devices::CfiFlash::kWindowBytes;
    flash_.push_back(std::make_unique<devices::CfiFlash>(
        flash_memory_.bytes().subspan(offset, devices::CfiFlash::kWindowBytes)));
    add(kFlash.base + offset, devices::CfiFlash::kWindowBytes, flash_.back().get());
  }
  for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
    if (virtio[slot] == nullptr) {
      virtio_.push_back(std::make_unique<devices::EmptyVirtioMmio>(config_.empty_virtio_version));
    } else {
      virtio_.push_back(std::make_unique<devices::VirtioMmio>(&bus_, std::move(virtio[slot]),
                                                              source(kVirtioFirstIrq + slot)));
    }
    add(kVirtio.base + slot * kVirtio.size_bytes, devices::VirtioMmio::kWindowBytes,
        virtio_.back().get());
  }
}

void Machine::ConnectHart(const HartFactory& make_hart) {
  cpu::HartConfig config = config_.hart;
  config.hart_id = 0;
  hart_ = make_hart(config, &bus_, this);
  bus_.set_after_access([this] { AfterDeviceAccess(); });
  bus_.set_on_dma_write(
      [this](uint64_t pa, uint64_t size_bytes) { hart_->InvalidateCode(pa, size_bytes); });
}

void Machine::WriteImages() {
  std::memcpy(rom_.bytes().data(), image_.rom.data(), image_.rom.size());
  for (const image::Piece& piece : image_.pieces) {
    uint8_t* host = ram_.bytes().data() + (piece.pa - kRamBase);
    std::memcpy(host, piece.bytes.data(), piece.bytes.size());
    std::memset(host + piece.bytes.size(), 0, piece.size_bytes - piece.bytes.size());
  }
}

void Machine::PowerOn() {
  WriteImages();
  hart_->Reset(image_.start_pc[0]);
  for (devices::Device* device : all_devices_) device->Reset();
  console_->Attach(this, uart_.get());
}

void Machine::Reset() {
  reset_requested_ = false;
  WriteImages();
  for (const image::Piece& piece : image_.pieces) {
    hart_->InvalidateCode(piece.pa, piece.size_bytes);
  }
  hart_->Reset(image_.start_pc[0]);
  for (devices::Device* device : all_devices_) device->Reset();
  console_->PortChanged();
  if (observer_ != nullptr) {
    const uint64_t fields[] = {image_.start_pc[0]};
    observer_->Event(0, observe::EventKind::kReset, hart_->icount(), fields);
  }
}

void Machine::Connect(Outside* outside) {
  LOCKSTEP_CHECK(outside_ == nullptr);
  outside_ = outside;
  outside_->Attach(this);
}

void Machine::SetObserver(observe::Observer* observer, bool step) {
  observer_ = observer;
  hart_->SetObserver(observer, step);
}

uint64_t Machine::NowNs() const { return TimeAt(hart_->ran_insns()); }

uint64_t Machine::TimeTicks(uint64_t ran_insns) { return clint_->TicksAt(TimeAt(ran_insns)); }

uint64_t Machine::NextDeadlineNs() const {
  return std::min(
      {clint_->DeadlineNs(), uart_->DeadlineNs(), rtc_->DeadlineNs(), console_->DeadlineNs()});
}

void Machine::RunDueEvents() {
  uint64_t now_ns = NowNs();
  while (NextDeadlineNs() <= now_ns) {
    if (clint_->DeadlineNs() <= now_ns) clint_->OnDeadline();
    if (uart_->DeadlineNs() <= now_ns) uart_->OnDeadline();
    if (rtc_->DeadlineNs() <= now_ns) rtc_->OnDeadline();
    if (console_->DeadlineNs() <= now_ns) console_->OnDeadline();
  }
}

void Machine::AfterDeviceAccess() {
  console_->PortChanged();
  if (!running_) return;
  // An answer that a device's request has brought at once is given to it before the next
  // instruction.
  const bool has_input = outside_ != nullptr && outside_->HasInput();
  if (exit_code_.has_value() || reset_requested_ || has_input) {
    yield_requested_ = true;
    hart_->RequestYield();
  }
  YieldForDeadline();
}

void Machine::YieldForDeadline() {
  if (!running_ || NextDeadlineNs() >= planned_deadline_ns_) return;
  yield_requested_ = true;
  hart_->RequestYield();
}

void Machine::SetSupervisorCompare(uint32_t hart_id, uint64_t ticks) {
  clint_->SetSupervisorCompare(hart_id, ticks);
  YieldForDeadline();
}

uint64_t Machine::IcountAt(uint64_t deadline_ns) const {
  uint64_t mask = (uint64_t{1} << config_.icount_shift) - 1;
  uint64_t ran_at_deadline = (deadline_ns - skipped_ns_ + mask) >> config_.icount_shift;
  return hart_->icount() + (ran_at_deadline - hart_->ran_insns());
}

bool Machine::WaitForOutside(uint64_t guest_ns, const std::function<bool()>& keep_going) {
  constexpr uint64_t kNsPerMs = 1'000'000;
  // Typed input is looked for between the waits.
  const uint64_t step_ms = console_->MayGetLiveInput() ? 10 : kLiveWaitMs;
  for (uint64_t left_ms = guest_ns / kNsPerMs; left_ms > 0;) {
    if (!keep_going()) return false;
    const uint64_t part_ms = std::min(left_ms, step_ms);
    outside_->Poll(static_cast<int>(part_ms));
    if (DeliverOutside() || console_->PollLive(/*wait_ms=*/0)) return true;
    left_ms -= part_ms;
  }
  return true;
}

bool Machine::Wait(const std::function<bool()>& keep_going) {
  while (!hart_->WakePending()) {
    if (outside_ != nullptr) {
      outside_->Poll(/*wait_ms=*/0);
      if (DeliverOutside()) continue;
    }
    const uint64_t deadline_ns = NextDeadlineNs();
    const uint64_t now_ns = NowNs();
    if (outside_ != nullptr && outside_->MayCome() && deadline_ns > now_ns) {
      if (!WaitForOutside(deadline_ns - now_ns, keep_going)) return false;
      // What has come may have woken the hart or brought a nearer deadline.
      if (hart_->WakePending() || NextDeadlineNs() != deadline_ns) continue;
    }
    if (deadline_ns != kNeverNs) {
      if (deadline_ns > now_ns) skipped_ns_ += deadline_ns - now_ns;
      RunDueEvents();
      continue;
    }
    // Only the user can wake the guest now.
    if (!console_->MayGetLiveInput() || !keep_going()) return false;
    console_->PollLive(kLiveWaitMs);
  }
  return true;
}

RunEnd Machine::Run(uint64_t limit_icount, const std::function<bool()>& keep_going) {
  while (true) {
    if (exit_code_.has_value()) return RunEnd::kExit;
    if (reset_requested_) {
      if (config_.exit_on_reset) {
        exit_code_ = 0;
        return RunEnd::kExit;
      }
      Reset();
    }
    if (hart_->icount() >= limit_icount) return RunEnd::kLimit;
    if (!keep_going()) return RunEnd::kAsked;
    console_->PollLive(/*wait_ms=*/0);
    if (outside_ != nullptr) outside_->Poll(/*wait_ms=*/0);
    uint64_t slice_end = std::min(limit_icount, hart_->icount() + SliceInsns());
    while (hart_->icount() < slice_end) {
      DeliverOutside();
      RunDueEvents();
      planned_deadline_ns_ = NextDeadlineNs();
      uint64_t limit = slice_end;
      if (planned_deadline_ns_ != kNeverNs) {
        limit = std::min(limit, IcountAt(planned_deadline_ns_));
      }
      uint64_t before = hart_->icount();
      yield_requested_ = false;
      running_ = true;
      cpu::RunStop stop = hart_->Run(limit);
      running_ = false;
      if (exit_code_.has_value() || reset_requested_) break;
      // A trap handler that cannot be fetched: the hart traps for ever, begins nothing, and so time
      // stands still.
      if (stop == cpu::RunStop::kYield && !yield_requested_ && hart_->icount() == before) {
        return RunEnd::kHalted;
      }
      if (stop == cpu::RunStop::kWaiting && !Wait(keep_going)) {
        return keep_going() ? RunEnd::kHalted : RunEnd::kAsked;
      }
    }
  }
}

}  // namespace lockstep::machine
