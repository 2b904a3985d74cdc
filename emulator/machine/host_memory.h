// Zeroed host memory for guest RAM, ROM and flash.
#ifndef EMULATOR_MACHINE_HOST_MEMORY_H_
#define EMULATOR_MACHINE_HOST_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"

namespace lockstep::machine {

// Owns a private anonymous mapping; pages cost nothing until touched. Where it is large enough the
// host is asked for huge pages: a guest misses the host's TLB as often as its own. Movable.
class HostMemory {
 public:
  // ResourceExhausted when the host does not give `size_bytes`.
  static absl::StatusOr<HostMemory> Allocate(size_t size_bytes);

  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&& other) noexcept;
  ~HostMemory();

  std::span<uint8_t> bytes() const { return bytes_; }

 private:
  HostMemory(std::span<uint8_t> mapping, std::span<uint8_t> bytes)
      : mapping_(mapping), bytes_(bytes) {}

  std::span<uint8_t> mapping_;  // as the host gave it
  std::span<uint8_t> bytes_;    // in it
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_HOST_MEMORY_H_
