// The smallest machine that a hart can run on, for tests: RAM, a ROM page, one device page and a
// clock.
//
// Not thread-safe.
#ifndef EMULATOR_CPU_TESTING_FLAT_MACHINE_H_
#define EMULATOR_CPU_TESTING_FLAT_MACHINE_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "emulator/cpu/bus.h"
#include "emulator/cpu/hart.h"

namespace lockstep::cpu::testing {

// A page-aligned block of host memory, zeroed.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t size_bytes);
  uint8_t* data() { return base_; }
  std::span<const uint8_t> bytes() const { return {base_, size_bytes_}; }

 private:
  std::vector<uint8_t> storage_;
  uint8_t* base_;
  size_t size_bytes_;
};

class FlatMachine : public Bus, public TimeSource {
 public:
  static constexpr uint64_t kRamBase = 0x80000000;
  static constexpr uint64_t kRamBytes = 512 * 1024;
  static constexpr uint64_t kRomBase = 0x1000;
  // Device: reading its word 0 gives the hart's icount, word 1 ran_insns; writing word 2 asks for a
  // yield; the other words hold what is written. 4 KiB; accesses of 8 bytes are refused.
  static constexpr uint64_t kDeviceBase = 0x10000000;
  static constexpr uint64_t kTickInsns = 10;  // instructions per tick of time

  explicit FlatMachine(const HartConfig& config);

  Hart& hart() { return *hart_; }
  void SetObserver(observe::Observer* observer, bool step);

  // RAM by guest-physical address.
  void Store32(uint64_t pa, uint32_t value);
  void Store64(uint64_t pa, uint64_t value);
  uint64_t Load64(uint64_t pa);
  // Instruction words one behind the other; a word whose low bits are not 11 takes two bytes.
  void StoreCode(uint64_t pa, std::initializer_list<uint32_t> words);
  // A hart as new at `pc`; the observer stays.
  void Restart(uint64_t pc);
  // Restarts the hart at `pc` with the program of `words` there, and runs `insns` instructions.
  RunStop RunCode(std::initializer_list<uint32_t> words, uint64_t insns, uint64_t pc = kRamBase);

  std::span<const uint8_t> ram() const { return ram_.bytes(); }
  const std::vector<uint64_t>& device_accesses() const { return device_accesses_; }

  const MemoryRegion* FindMemory(uint64_t pa) override;
  bool Read(uint64_t pa, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t pa, unsigned size_bytes, uint64_t value) override;
  uint64_t TimeTicks(uint64_t ran_insns) override { return ran_insns / kTickInsns; }

 private:
  AlignedBytes ram_{kRamBytes};
  AlignedBytes rom_{4096};
  MemoryRegion ram_region_;
  MemoryRegion rom_region_;
  uint64_t device_words_[1024] = {};
  std::vector<uint64_t> device_accesses_;  // addresses
  HartConfig config_;
  observe::Observer* observer_ = nullptr;
  bool step_ = false;
  std::unique_ptr<Hart> hart_;
};

}  // namespace lockstep::cpu::testing

#endif  // EMULATOR_CPU_TESTING_FLAT_MACHINE_H_
