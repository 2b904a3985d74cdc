// Numbers in memory as virtio has them: little-endian, at any alignment.
#ifndef EMULATOR_DEVICES_VIRTIO_LITTLE_ENDIAN_H_
#define EMULATOR_DEVICES_VIRTIO_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep::devices {

// REQUIRES: bytes.size() >= sizeof(T), T unsigned.
template <typename T>
T LoadLittle(std::span<const uint8_t> bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(T{bytes[i]} << (8 * i));
  return value;
}
template <typename T>
void StoreLittle(std::span<uint8_t> bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_LITTLE_ENDIAN_H_
