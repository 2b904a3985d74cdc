// A bank of CFI NOR flash: two 16-bit Intel-style chips side by side on a 32-bit bus.
//
// 32 MiB in 128 sectors of 256 KiB, as QEMU 7.2's virt board shows without a drive: all zeros,
// writable, forgotten at power-off. Read array, device identifiers, CFI query, status, word
// program, block erase, buffered write and block lock, with the timing of none of them. An erase
// takes effect with its first command cycle, and programming stores the value as it is (does not
// AND), as QEMU does. Source: Intel StrataFlash command set (CFI primary command set 0001h).
#ifndef EMULATOR_DEVICES_FLASH_CFI_FLASH_H_
#define EMULATOR_DEVICES_FLASH_CFI_FLASH_H_

#include <span>

#include "emulator/devices/device.h"

namespace lockstep::devices {

class CfiFlash : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 32 << 20;
  static constexpr uint64_t kSectorBytes = 256 << 10;

  struct State {
    uint8_t command = 0;  // 0: read array
    uint8_t cycle = 0;    // command cycles seen
    uint8_t status = 0x80;
    uint16_t words_left = 0;  // of a buffered write, less one
  };

  // `storage` (kWindowBytes) is owned by the machine and holds the contents.
  explicit CfiFlash(std::span<uint8_t> storage);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override { state_ = State(); }

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  uint32_t ReadPart(uint64_t offset, unsigned size_bytes);
  void WritePart(uint64_t offset, unsigned size_bytes, uint32_t value);
  void FirstCycle(uint64_t offset, uint8_t command);
  void SecondCycle(uint64_t offset, unsigned size_bytes, uint32_t value);
  void BufferCycle(uint64_t offset, unsigned size_bytes, uint32_t value);
  void Confirm(uint8_t command);
  void Store(uint64_t offset, unsigned size_bytes, uint32_t value);
  void ReadArray();

  std::span<uint8_t> storage_;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_FLASH_CFI_FLASH_H_
