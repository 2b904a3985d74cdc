// Guest memory as a device reaches it by DMA.
//
// What a device writes is no store of a hart: the mem digest, a history of stores, does not see it;
// translations of the bytes are dropped. Not thread-safe.
#ifndef EMULATOR_DEVICES_DMA_MEMORY_H_
#define EMULATOR_DEVICES_DMA_MEMORY_H_

#include <cstdint>
#include <span>

namespace lockstep::devices {

class DmaMemory {
 public:
  virtual ~DmaMemory() = default;
  // False when a byte of the range is not RAM; nothing is copied then. An empty range is RAM when
  // its address is.
  virtual bool DmaRead(uint64_t pa, std::span<uint8_t> bytes) = 0;
  virtual bool DmaWrite(uint64_t pa, std::span<const uint8_t> bytes) = 0;
  // Whether all of [pa, pa + size_bytes) is RAM.
  virtual bool DmaCovers(uint64_t pa, uint64_t size_bytes) = 0;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_DMA_MEMORY_H_
