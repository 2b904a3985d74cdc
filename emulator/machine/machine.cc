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
  LOCKSTEP_CHECK(config.boot.harts >= 1 && config.boot.harts <= cpu::Hart::kMaxGroup)
      << config.boot.harts << " harts";
  LOCKSTEP_CHECK(config.quantum_insns >= 1);
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
  machine->ConnectHarts(make_hart);
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
  auto hart_line = [this](unsigned hart, uint64_t bit) {
    return [this, hart, bit](bool level) { harts_[hart]->SetInterruptLines(bit, level ? bit : 0); };
  };
  auto source = [this](unsigned number) {
    return [this, number](bool level) { plic_->SetSource(number, level); };
  };
  const devices::Clock* clock = this;
  std::vector<devices::InterruptLine> external;
  std::vector<devices::Clint::HartLines> local;
  for (unsigned hart = 0; hart < config_.boot.harts; ++hart) {
    external.push_back(hart_line(hart, cpu::kMipMeip));
    external.push_back(hart_line(hart, cpu::kMipSeip));
    local.push_back({hart_line(hart, cpu::kMipMsip), hart_line(hart, cpu::kMipMtip),
                     hart_line(hart, cpu::kMipStip)});
  }
  plic_ = std::make_unique<devices::Plic>(std::move(external));
  clint_ = std::make_unique<devices::Clint>(clock, std::move(local));
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

void Machine::ConnectHarts(const HartFactory& make_hart) {
  cpu::HartConfig config = config_.hart;
  const unsigned harts = config_.boot.harts;
  if (harts > 1) config.group = cpu::Hart::MakeGroup();
  for (unsigned hart = 0; hart < harts; ++hart) {
    config.hart_id = hart;
    config.fault =
        config_.fault_hart.value_or(hart) == hart ? config_.hart.fault : faults::Injection();
    times_.push_back(std::make_unique<HartTime>(this, hart));
    harts_.push_back(make_hart(config, &bus_, times_.back().get()));
  }
  waiting_.assign(harts, false);
  bus_.set_after_access([this] { AfterDeviceAccess(); });
  bus_.set_on_dma_write([this](uint64_t pa, uint64_t size_bytes) {
    for (const auto& hart : harts_) hart->InvalidateCode(pa, size_bytes);
  });
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
  ResetHarts();
  for (devices::Device* device : all_devices_) device->Reset();
  AddConsole(console_, uart_.get());
}

void Machine::Reset() {
  reset_requested_ = false;
  WriteImages();
  for (const image::Piece& piece : image_.pieces) {
    for (const auto& hart : harts_) hart->InvalidateCode(piece.pa, piece.size_bytes);
  }
  ResetHarts();
  for (devices::Device* device : all_devices_) device->Reset();
  consoles_.PortChanged();
  if (observer_ == nullptr) return;
  for (unsigned hart = 0; hart < harts(); ++hart) {
    const uint64_t fields[] = {image_.start_pc[hart]};
    observer_->Event(hart, observe::EventKind::kReset, harts_[hart]->icount(), fields);
  }
}

// All begin anew, with a turn of hart 0.
void Machine::ResetHarts() {
  for (unsigned hart = 0; hart < harts(); ++hart) {
    harts_[hart]->Reset(image_.start_pc[hart]);
    waiting_[hart] = false;
  }
  SwitchTo(0);
}

void Machine::AddConsole(Console* console, devices::InputPort* port) {
  console->Attach(this, port);
  consoles_.Add(console);
}

void Machine::Connect(Outside* outside) {
  LOCKSTEP_CHECK(outside_ == nullptr);
  outside_ = outside;
  outside_->Attach(this);
}

void Machine::SetObserver(observe::Observer* observer, bool step) {
  observer_ = observer;
  for (const auto& hart : harts_) hart->SetObserver(observer, step);
  if (observer_ != nullptr && harts() > 1) observer_->TurnBegins(current_, others_insns_);
}

uint64_t Machine::NextDeadlineNs() const {
  return std::min(
      {clint_->DeadlineNs(), uart_->DeadlineNs(), rtc_->DeadlineNs(), consoles_.DeadlineNs()});
}

void Machine::RunDueEvents() {
  uint64_t now_ns = NowNs();
  while (NextDeadlineNs() <= now_ns) {
    if (clint_->DeadlineNs() <= now_ns) clint_->OnDeadline();
    if (uart_->DeadlineNs() <= now_ns) uart_->OnDeadline();
    if (rtc_->DeadlineNs() <= now_ns) rtc_->OnDeadline();
    consoles_.OnDeadline(now_ns);
  }
}

void Machine::AfterDeviceAccess() {
  consoles_.PortChanged();
  if (!running_) return;
  // An answer that a device's request has brought at once is given to it before the next
  // instruction.
  const bool has_input = outside_ != nullptr && outside_->HasInput();
  if (exit_code_.has_value() || reset_requested_ || has_input) {
    yield_requested_ = true;
    harts_[current_]->RequestYield();
  }
  YieldForDeadline();
}

void Machine::YieldForDeadline() {
  if (!running_ || NextDeadlineNs() >= planned_deadline_ns_) return;
  yield_requested_ = true;
  harts_[current_]->RequestYield();
}

uint64_t Machine::IcountAt(uint64_t deadline_ns) const {
  uint64_t mask = (uint64_t{1} << config_.icount_shift) - 1;
  uint64_t ran_at_deadline = (deadline_ns - skipped_ns_ + mask) >> config_.icount_shift;
  return harts_[current_]->icount() + (ran_at_deadline - Ran());
}

bool Machine::WaitForOutside(uint64_t guest_ns, const std::function<bool()>& keep_going) {
  constexpr uint64_t kNsPerMs = 1'000'000;
  // Typed input is looked for between the waits.
  const uint64_t step_ms = consoles_.MayGetLiveInput() ? 10 : kLiveWaitMs;
  for (uint64_t left_ms = guest_ns / kNsPerMs; left_ms > 0;) {
    if (!keep_going()) return false;
    const uint64_t part_ms = std::min(left_ms, step_ms);
    outside_->Poll(static_cast<int>(part_ms));
    if (DeliverOutside() || consoles_.PollLive(/*wait_ms=*/0)) return true;
    left_ms -= part_ms;
  }
  return true;
}

bool Machine::IsAnyAwake() const {
  for (unsigned hart = 0; hart < harts(); ++hart) {
    if (!waiting_[hart] || harts_[hart]->WakePending()) return true;
  }
  return false;
}

void Machine::SwitchTo(unsigned hart) {
  current_ = hart;
  others_insns_ = 0;
  others_ran_ = 0;
  for (unsigned other = 0; other < harts(); ++other) {
    if (other == hart) continue;
    others_insns_ += harts_[other]->icount();
    others_ran_ += harts_[other]->ran_insns();
  }
  BeginTurn();
}

void Machine::BeginTurn() {
  if (harts() == 1) {
    turn_end_ = UINT64_MAX;
    return;
  }
  const uint64_t now = harts_[current_]->icount();
  turn_end_ = now + std::min(config_.quantum_insns, UINT64_MAX - now);
  harts_[current_]->BeginTurn();
  if (observer_ != nullptr) observer_->TurnBegins(current_, others_insns_);
}

void Machine::NextTurn() {
  for (unsigned i = 1; i <= harts(); ++i) {
    const unsigned hart = (current_ + i) % harts();
    if (waiting_[hart] && !harts_[hart]->WakePending()) continue;
    if (hart == current_) {
      BeginTurn();
    } else {
      SwitchTo(hart);
    }
    return;
  }
  LOCKSTEP_CHECK(false) << "all harts wait";
}

bool Machine::Wait(const std::function<bool()>& keep_going) {
  while (!IsAnyAwake()) {
    if (outside_ != nullptr) {
      outside_->Poll(/*wait_ms=*/0);
      if (DeliverOutside()) continue;
    }
    const uint64_t deadline_ns = NextDeadlineNs();
    const uint64_t now_ns = NowNs();
    if (outside_ != nullptr && outside_->MayCome() && deadline_ns > now_ns) {
      if (!WaitForOutside(deadline_ns - now_ns, keep_going)) return false;
      // What has come may have woken a hart or brought a nearer deadline.
      if (IsAnyAwake() || NextDeadlineNs() != deadline_ns) continue;
    }
    if (deadline_ns != kNeverNs) {
      if (deadline_ns > now_ns) skipped_ns_ += deadline_ns - now_ns;
      RunDueEvents();
      continue;
    }
    // Only the user can wake the guest now.
    if (!consoles_.MayGetLiveInput() || !keep_going()) return false;
    consoles_.PollLive(kLiveWaitMs);
  }
  return true;
}

uint64_t Machine::NextStop(const Limit& limit, uint64_t slice_end_step) const {
  const uint64_t now = harts_[current_]->icount();
  uint64_t stop = std::min(turn_end_, std::min(limit.step, slice_end_step) - others_insns_);
  if (limit.hart == current_) stop = std::min(stop, limit.icount);
  if (planned_deadline_ns_ != kNeverNs) stop = std::min(stop, IcountAt(planned_deadline_ns_));
  const uint64_t window = config_.window_insns;
  if (window != 0) stop = std::min(stop, (now / window + 1) * window);
  return stop;
}

bool Machine::RunCurrent(uint64_t stop_icount, const std::function<bool()>& keep_going,
                         RunEnd* end) {
  cpu::Hart& hart = *harts_[current_];
  const uint64_t before = hart.icount();
  yield_requested_ = false;
  running_ = true;
  const cpu::RunStop stop = hart.Run(stop_icount);
  running_ = false;
  if (exit_code_.has_value() || reset_requested_) return true;
  const bool is_waiting = stop == cpu::RunStop::kWaiting;
  waiting_[current_] = is_waiting;
  // A trap handler that cannot be fetched: the hart traps for ever and begins nothing. When that is
  // all that any hart does, time stands still.
  const bool is_stuck =
      stop == cpu::RunStop::kYield && !yield_requested_ && hart.icount() == before;
  if (!is_stuck) futile_turns_ = 0;
  if (is_stuck && ++futile_turns_ >= harts()) {
    *end = RunEnd::kHalted;
    return false;
  }
  if (is_waiting && !IsAnyAwake() && !Wait(keep_going)) {
    *end = keep_going() ? RunEnd::kHalted : RunEnd::kAsked;
    return false;
  }
  if (is_waiting || is_stuck || hart.icount() == turn_end_) NextTurn();
  return true;
}

RunEnd Machine::Run(const Limit& limit, const std::function<bool()>& keep_going) {
  while (true) {
    if (exit_code_.has_value()) return RunEnd::kExit;
    if (reset_requested_) {
      if (config_.exit_on_reset) {
        exit_code_ = 0;
        return RunEnd::kExit;
      }
      Reset();
    }
    if (HasReached(limit)) return RunEnd::kLimit;
    if (!keep_going()) return RunEnd::kAsked;
    consoles_.PollLive(/*wait_ms=*/0);
    if (outside_ != nullptr) outside_->Poll(/*wait_ms=*/0);
    const uint64_t slice_end_step = step() + SliceInsns();
    while (step() < slice_end_step && !HasReached(limit)) {
      DeliverOutside();
      RunDueEvents();
      planned_deadline_ns_ = NextDeadlineNs();
      RunEnd end;
      if (!RunCurrent(NextStop(limit, slice_end_step), keep_going, &end)) return end;
      if (exit_code_.has_value() || reset_requested_) break;
    }
  }
}

}  // namespace lockstep::machine
