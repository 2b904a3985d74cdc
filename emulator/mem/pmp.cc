#include "emulator/mem/pmp.h"

#include <bit>

namespace lockstep::mem {
namespace {

constexpr uint8_t kLocked = 0x80;

enum AddressMode : uint8_t { kOff = 0, kTor = 1, kNa4 = 2, kNapot = 3 };

AddressMode ModeOf(uint8_t config) { return static_cast<AddressMode>(config >> 3 & 3); }

}  // namespace

uint64_t Pmp::ReadConfig(int reg) const {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= uint64_t{config_[reg * 4 + i]} << (8 * i);
  return value;
}

void Pmp::WriteConfig(int reg, uint64_t value) {
  for (int i = 0; i < 8; ++i) {
    const int entry = reg * 4 + i;
    if (config_[entry] & kLocked) continue;
    config_[entry] = static_cast<uint8_t>(value >> (8 * i));
    Update(entry);
  }
}

void Pmp::WriteAddress(int entry, uint64_t value) {
  if (config_[entry] & kLocked) return;
  if (entry + 1 < kEntries && (config_[entry + 1] & kLocked) &&
      ModeOf(config_[entry + 1]) == kTor) {
    return;
  }
  address_[entry] = value;
  Update(entry);
  if (entry + 1 < kEntries) Update(entry + 1);  // its TOR lower bound
}

void Pmp::Update(int entry) {
  const uint64_t address = address_[entry];
  active_ |= 1u << entry;
  switch (ModeOf(config_[entry])) {
    case kOff:
      active_ &= ~(1u << entry);
      break;
    case kTor: {
      first_[entry] = entry == 0 ? 0 : address_[entry - 1] << 2;
      last_[entry] = (address << 2) - 1;
      // QEMU keeps byte 0 as the range of an empty entry.
      if (first_[entry] > last_[entry]) first_[entry] = last_[entry] = 0;
      break;
    }
    case kNa4:
      first_[entry] = address << 2;
      last_[entry] = first_[entry] + 3;
      break;
    case kNapot: {
      // The number of trailing ones gives the size: 2^(ones+3) bytes.
      const int ones = std::countr_one(address);
      if (ones >= 61) {
        first_[entry] = 0;
        last_[entry] = ~uint64_t{0};
      } else {
        const uint64_t low_mask = (uint64_t{1} << (ones + 3)) - 1;
        first_[entry] = (address << 2) & ~low_mask;
        last_[entry] = first_[entry] | low_mask;
      }
      break;
    }
  }
}

Pmp::Match Pmp::MatchEntry(int entry, uint64_t first, uint64_t last) const {
  const bool has_first = first >= first_[entry] && first <= last_[entry];
  const bool has_last = last >= first_[entry] && last <= last_[entry];
  if (has_first && has_last) return Match::kFull;
  if (has_first || has_last) return Match::kPartial;
  return Match::kNone;
}

uint8_t Pmp::Granted(int entry, uint8_t privilege) const {
  if (privilege == kMachine && !(config_[entry] & kLocked)) return kAllPermissions;
  return config_[entry] & kAllPermissions;
}

bool Pmp::Allows(uint64_t pa, uint64_t size_bytes, uint8_t permissions, uint8_t privilege) const {
  for (uint32_t left = active_; left != 0; left &= left - 1) {
    const int entry = std::countr_zero(left);
    switch (MatchEntry(entry, pa, pa + size_bytes - 1)) {
      case Match::kNone:
        continue;
      case Match::kPartial:
        return false;
      case Match::kFull:
        return (permissions & ~Granted(entry, privilege)) == 0;
    }
  }
  return Unmatched(privilege) != 0;
}

Pmp::PagePermissions Pmp::ForPage(uint64_t page_pa, uint8_t privilege) const {
  const uint64_t last = page_pa + kPageBytes - 1;
  for (uint32_t left = active_; left != 0; left &= left - 1) {
    const int entry = std::countr_zero(left);
    if (first_[entry] > last || last_[entry] < page_pa) continue;
    if (first_[entry] > page_pa || last_[entry] < last) return {false, 0};
    return {true, Granted(entry, privilege)};
  }
  return {true, Unmatched(privilege)};
}

}  // namespace lockstep::mem
