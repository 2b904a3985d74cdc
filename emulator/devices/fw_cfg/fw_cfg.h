// QEMU's firmware configuration device, memory-mapped.
//
// Three windows, at the offsets of the virt board: data at 0 (8 bytes, a stream of the selected
// item), selector at 8 (2 bytes, big-endian, write-only), DMA address at 0x10 (8 bytes, big-endian;
// reads give "QEMU CFG"). Items are read-only. Source: docs/specs/fw_cfg of QEMU; sizes measured.
#ifndef EMULATOR_DEVICES_FW_CFG_FW_CFG_H_
#define EMULATOR_DEVICES_FW_CFG_FW_CFG_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "emulator/devices/device.h"
#include "emulator/devices/dma_memory.h"

namespace lockstep::devices {

class FwCfg : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x18;

  struct State {
    uint16_t selected = 0;
    uint32_t position = 0;
    uint64_t dma_address = 0;
  };

  // `memory` outlives the device. Starts with the items that every machine has.
  FwCfg(DmaMemory* memory, unsigned harts);

  // Adds a named file, selector 0x20 and up, in the order of the calls.
  void AddFile(const std::string& name, std::vector<uint8_t> contents);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override { state_ = State(); }

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  // The selected item; null when there is none.
  const std::vector<uint8_t>* Selected() const;
  uint8_t NextByte();
  void RunDma();
  bool ReadItem(uint64_t address, uint32_t length);
  void RebuildDirectory();

  DmaMemory* memory_;
  std::map<uint16_t, std::vector<uint8_t>> items_;
  std::vector<std::pair<std::string, uint32_t>> files_;  // name, size
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_FW_CFG_FW_CFG_H_
