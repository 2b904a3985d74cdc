#include "emulator/cpu/testing/flat_machine.h"

#include <cstring>

#include "emulator/base/check.h"

namespace lockstep::cpu::testing {

AlignedBytes::AlignedBytes(size_t size_bytes)
    : storage_(size_bytes + 4096), size_bytes_(size_bytes) {
  const uint64_t address = reinterpret_cast<uint64_t>(storage_.data());
  base_ = storage_.data() + (4096 - address % 4096) % 4096;
}

FlatMachine::FlatMachine(const HartConfig& config)
    : ram_region_{kRamBase, kRamBytes, ram_.data(), true},
      rom_region_{kRomBase, 4096, rom_.data(), false},
      config_(config) {
  Restart(kRamBase);
}

void FlatMachine::Restart(uint64_t pc) {
  hart_ = Hart::Create(config_, this, this);
  hart_->SetObserver(observer_, step_);
  hart_->Reset(pc);
}

void FlatMachine::SetObserver(observe::Observer* observer, bool step) {
  observer_ = observer;
  step_ = step;
  hart_->SetObserver(observer, step);
}

void FlatMachine::Store32(uint64_t pa, uint32_t value) {
  LOCKSTEP_CHECK(pa - kRamBase <= kRamBytes - sizeof(value));
  std::memcpy(ram_.data() + (pa - kRamBase), &value, sizeof(value));
}

void FlatMachine::Store64(uint64_t pa, uint64_t value) {
  LOCKSTEP_CHECK(pa - kRamBase <= kRamBytes - sizeof(value));
  std::memcpy(ram_.data() + (pa - kRamBase), &value, sizeof(value));
}

uint64_t FlatMachine::Load64(uint64_t pa) {
  LOCKSTEP_CHECK(pa - kRamBase <= kRamBytes - sizeof(uint64_t));
  uint64_t value;
  std::memcpy(&value, ram_.data() + (pa - kRamBase), sizeof(value));
  return value;
}

void FlatMachine::StoreCode(uint64_t pa, std::initializer_list<uint32_t> words) {
  for (const uint32_t word : words) {
    const size_t bytes = (word & 3) == 3 ? 4 : 2;
    std::memcpy(ram_.data() + (pa - kRamBase), &word, bytes);
    pa += bytes;
  }
}

RunStop FlatMachine::RunCode(std::initializer_list<uint32_t> words, uint64_t insns, uint64_t pc) {
  StoreCode(pc, words);
  Restart(pc);
  return hart_->Run(insns);
}

const MemoryRegion* FlatMachine::FindMemory(uint64_t pa) {
  if (pa - kRamBase < kRamBytes) return &ram_region_;
  if (pa - kRomBase < 4096) return &rom_region_;
  return nullptr;
}

bool FlatMachine::Read(uint64_t pa, unsigned size_bytes, uint64_t* value) {
  const uint64_t offset = pa - kDeviceBase;
  if (offset >= 4096 || size_bytes == 8) return false;
  device_accesses_.push_back(pa);
  switch (offset / 4) {
    case 0:
      *value = hart_->icount();
      break;
    case 1:
      *value = hart_->ran_insns();
      break;
    default:
      *value = device_words_[offset / 4] >> (8 * (offset % 4));
      break;
  }
  *value &= (uint64_t{1} << (8 * size_bytes)) - 1;
  return true;
}

bool FlatMachine::Write(uint64_t pa, unsigned size_bytes, uint64_t value) {
  const uint64_t offset = pa - kDeviceBase;
  if (offset >= 4096 || size_bytes == 8) return false;
  device_accesses_.push_back(pa);
  if (offset / 4 == 2) hart_->RequestYield();
  device_words_[offset / 4] = value;
  return true;
}

}  // namespace lockstep::cpu::testing
