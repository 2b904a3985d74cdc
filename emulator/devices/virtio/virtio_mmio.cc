#include "emulator/devices/virtio/virtio_mmio.h"

#include <utility>

#include "emulator/base/check.h"

namespace lockstep::devices {
namespace {

constexpr uint32_t kMagic = 0x74726976;   // "virt"
constexpr uint32_t kVendor = 0x554d4551;  // "QEMU"
constexpr uint32_t kVersion = 2;

// Virtio 1.2, table 4.1.
enum : uint64_t {
  kMagicValue = 0x0,
  kVersionRegister = 0x4,
  kDeviceId = 0x8,
  kVendorId = 0xc,
  kDeviceFeatures = 0x10,
  kDeviceFeaturesSel = 0x14,
  kDriverFeatures = 0x20,
  kDriverFeaturesSel = 0x24,
  kQueueSel = 0x30,
  kQueueNumMax = 0x34,
  kQueueNum = 0x38,
  kQueueReady = 0x44,
  kQueueNotify = 0x50,
  kInterruptStatus = 0x60,
  kInterruptAck = 0x64,
  kStatus = 0x70,
  kQueueDescLow = 0x80,
  kQueueDescHigh = 0x84,
  kQueueAvailLow = 0x90,
  kQueueAvailHigh = 0x94,
  kQueueUsedLow = 0xa0,
  kQueueUsedHigh = 0xa4,
  kShmLenLow = 0xb0,
  kShmLenHigh = 0xb4,
  kQueueReset = 0xc0,
  kConfigGeneration = 0xfc,
  kConfig = 0x100,
};

constexpr uint32_t kInterruptUsed = 1, kInterruptConfig = 2;

uint64_t Join(const std::array<uint32_t, 2>& words) { return uint64_t{words[1]} << 32 | words[0]; }

}  // namespace

// A register exists at its own offset only: a byte read at offset 1 finds nothing.
uint32_t EmptyVirtioMmio::Register(uint64_t offset) const {
  switch (offset) {
    case kMagicValue:
      return kMagic;
    case kVersionRegister:
      return version_;
    case kVendorId:
      return kVendor;
    default:
      return 0;
  }
}

bool EmptyVirtioMmio::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  *value = Truncate(Register(offset), size_bytes);
  if (size_bytes == 8) *value |= uint64_t{Register(offset + 4)} << 32;
  return true;
}

bool EmptyVirtioMmio::Write(uint64_t, unsigned, uint64_t) { return true; }

VirtioMmio::VirtioMmio(DmaMemory* memory, std::unique_ptr<VirtioDevice> device, InterruptLine line)
    : memory_(memory), device_(std::move(device)), line_(std::move(line)) {
  for (uint32_t entries : device_->queue_entries()) queues_.emplace_back(memory, entries);
  LOCKSTEP_CHECK(!queues_.empty() && queues_.size() <= kMaxQueues);
  state_.pending.resize(queues_.size());
  device_->Attach(this);
}

uint64_t VirtioMmio::offered() const {
  return device_->features() | kFeatureIndirect | kFeatureEventIndex | kFeatureVersion1 |
         kFeatureRingReset;
}

VirtQueue* VirtioMmio::selected() {
  return state_.queue_sel < queues_.size() ? &queues_[state_.queue_sel] : nullptr;
}

bool VirtioMmio::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  if (size_bytes == 8) {
    uint64_t high = 0;
    Read(offset, 4, value);
    Read(offset + 4, 4, &high);
    *value |= high << 32;
  } else if (offset >= kConfig) {
    *value = ReadConfig(offset - kConfig, size_bytes);
  } else {
    *value = size_bytes == 4 ? ReadRegister(offset) : 0;
  }
  return true;
}

bool VirtioMmio::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  if (size_bytes == 8) {
    Write(offset, 4, value & 0xffffffff);
    Write(offset + 4, 4, value >> 32);
  } else if (offset >= kConfig) {
    WriteConfig(offset - kConfig, size_bytes, static_cast<uint32_t>(value));
  } else if (size_bytes == 4) {
    WriteRegister(offset, static_cast<uint32_t>(value));
  }
  return true;
}

uint32_t VirtioMmio::ReadRegister(uint64_t offset) {
  switch (offset) {
    case kMagicValue:
      return kMagic;
    case kVersionRegister:
      return kVersion;
    case kDeviceId:
      return device_->device_id();
    case kVendorId:
      return kVendor;
    case kDeviceFeatures:
      return static_cast<uint32_t>(offered() >> (32 * state_.device_features_sel));
    case kQueueNumMax:
      return selected() == nullptr ? 0 : VirtQueue::kMaxEntries;
    case kQueueReady:
      return selected() != nullptr && selected()->state().ready;
    case kInterruptStatus:
      return state_.interrupt_status;
    case kStatus:
      return state_.status;
    case kConfigGeneration:
      return state_.generation;
    case kShmLenLow:  // no shared memory: a length of -1
    case kShmLenHigh:
      return ~uint32_t{0};
    default:
      return 0;
  }
}

void VirtioMmio::WriteRegister(uint64_t offset, uint32_t value) {
  switch (offset) {
    case kDeviceFeaturesSel:
      state_.device_features_sel = value != 0;
      break;
    case kDriverFeaturesSel:
      state_.driver_features_sel = value != 0;
      break;
    case kDriverFeatures:
      state_.driver_features[state_.driver_features_sel] = value;
      break;
    case kQueueSel:
      if (value < kMaxQueues) state_.queue_sel = value;
      break;
    case kQueueNotify:
      if (value < queues_.size()) Notify(value);
      break;
    case kInterruptAck:
      state_.interrupt_status &= ~value;
      DriveLine();
      break;
    case kStatus:
      WriteStatus(value);
      break;
    default:
      if (selected() != nullptr) WriteQueueRegister(offset, value);
      break;
  }
}

void VirtioMmio::WriteQueueRegister(uint64_t offset, uint32_t value) {
  PendingQueue& pending = state_.pending[state_.queue_sel];
  switch (offset) {
    case kQueueNum:
      // At once, and again when the queue is made ready.
      if (value != 0 && value <= VirtQueue::kMaxEntries) selected()->mutable_state().num = value;
      pending.num = value;
      break;
    case kQueueReady:
      SetReady(value != 0);
      break;
    case kQueueDescLow:
    case kQueueDescHigh:
      pending.desc[offset == kQueueDescHigh] = value;
      break;
    case kQueueAvailLow:
    case kQueueAvailHigh:
      pending.avail[offset == kQueueAvailHigh] = value;
      break;
    case kQueueUsedLow:
    case kQueueUsedHigh:
      pending.used[offset == kQueueUsedHigh] = value;
      break;
    case kQueueReset:
      if (value == 1) selected()->Reset();
      break;
    default:
      break;
  }
}

void VirtioMmio::SetReady(bool ready) {
  VirtQueue::State& queue = selected()->mutable_state();
  queue.ready = ready;
  if (!ready) return;
  const PendingQueue& pending = state_.pending[state_.queue_sel];
  if (pending.num != 0 && pending.num <= VirtQueue::kMaxEntries) queue.num = pending.num;
  queue.desc = Join(pending.desc);
  queue.avail = Join(pending.avail);
  queue.used = Join(pending.used);
}

uint32_t VirtioMmio::ReadConfig(uint64_t offset, unsigned size_bytes) const {
  const std::vector<uint8_t> config = device_->Config();
  uint32_t value = ~uint32_t{0};
  if (offset + size_bytes <= config.size()) {
    value = 0;
    for (unsigned i = 0; i < size_bytes; ++i) value |= uint32_t{config[offset + i]} << (8 * i);
  }
  return static_cast<uint32_t>(Truncate(value, size_bytes));
}

void VirtioMmio::WriteConfig(uint64_t offset, unsigned size_bytes, uint32_t value) {
  std::vector<uint8_t> config = device_->Config();
  if (offset + size_bytes > config.size()) return;
  for (unsigned i = 0; i < size_bytes; ++i) {
    config[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
  device_->SetConfig(config);
}

void VirtioMmio::WriteStatus(uint32_t value) {
  if ((value & kStatusFeaturesOk) != 0) AcceptFeatures();
  const uint8_t status = static_cast<uint8_t>(value);
  device_->StatusChanged(status);
  state_.status = status;
  if (status == 0) ResetByDriver();
}

void VirtioMmio::AcceptFeatures() {
  if ((state_.status & kStatusFeaturesOk) != 0) return;  // negotiation is over
  state_.accepted_features = Join(state_.driver_features) & offered();
  const bool event_index = (state_.accepted_features & kFeatureEventIndex) != 0;
  for (VirtQueue& queue : queues_) queue.set_event_index(event_index);
}

// Writing 0 to the status leaves the selectors and what was written for the queues as they are.
void VirtioMmio::ResetByDriver() {
  device_->Reset();
  state_.status = 0;
  state_.accepted_features = 0;
  state_.queue_sel = 0;
  state_.broken = false;
  state_.interrupt_status = 0;
  for (VirtQueue& queue : queues_) {
    queue.Reset();
    queue.set_event_index(false);
  }
  DriveLine();
}

void VirtioMmio::Reset() {
  ResetByDriver();
  state_ = State();
  state_.pending.resize(queues_.size());
}

void VirtioMmio::Notify(unsigned index) {
  if (state_.broken) return;
  chains_left_ = VirtQueue::kMaxEntries;
  device_->Notify(index);
  chains_left_ = kUnlimited;
}

bool VirtioMmio::Next(unsigned index, Chain* chain) {
  if (state_.broken || chains_left_ == 0) return false;
  if (chains_left_ != kUnlimited) --chains_left_;
  switch (queues_[index].Next(chain)) {
    case VirtQueue::Result::kChain:
      return true;
    case VirtQueue::Result::kEmpty:
      return false;
    case VirtQueue::Result::kBroken:
      break;
  }
  Fail();
  return false;
}

void VirtioMmio::Interrupt(unsigned index) {
  if (!queues_[index].ShouldInterrupt()) return;
  state_.interrupt_status |= kInterruptUsed;
  DriveLine();
}

void VirtioMmio::ConfigChanged() {
  if (!driver_ok()) return;
  state_.interrupt_status |= kInterruptUsed | kInterruptConfig;
  ++state_.generation;
  DriveLine();
}

void VirtioMmio::Fail() {
  state_.status |= kStatusNeedsReset;
  state_.broken = true;
  ConfigChanged();
}

VirtioMmio::State VirtioMmio::state() const {
  State state = state_;
  for (const VirtQueue& queue : queues_) state.queues.push_back(queue.state());
  return state;
}

void VirtioMmio::set_state(const State& state) {
  LOCKSTEP_CHECK(state.queues.size() == queues_.size() && state.pending.size() == queues_.size());
  state_ = state;
  state_.queues.clear();
  const bool event_index = (state.accepted_features & kFeatureEventIndex) != 0;
  for (size_t i = 0; i < queues_.size(); ++i) {
    queues_[i].mutable_state() = state.queues[i];
    queues_[i].set_event_index(event_index);
  }
}

}  // namespace lockstep::devices
