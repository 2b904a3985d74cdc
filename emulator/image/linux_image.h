// RISC-V Linux `Image` files, plain or gzip-compressed.
//
// Pure functions of the bytes; nothing in them is trusted. Source: Linux, arch/riscv boot image
// header (Documentation/riscv/boot-image-header); RFC 1952.
#ifndef EMULATOR_IMAGE_LINUX_IMAGE_H_
#define EMULATOR_IMAGE_LINUX_IMAGE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::image {

struct LinuxImageHeader {
  uint64_t text_offset = 0;       // from a 2 MiB boundary
  uint64_t image_size_bytes = 0;  // in memory, with what the kernel clears itself; 0: not stated
};

// True when the magic numbers of a RISC-V Linux Image are there.
bool LooksLikeLinuxImage(std::span<const uint8_t> file);

// InvalidArgument: big-endian, unknown major version, or shorter than the header.
absl::StatusOr<LinuxImageHeader> ParseLinuxImageHeader(std::span<const uint8_t> file);

// True when the bytes begin as a gzip member does.
bool LooksLikeGzip(std::span<const uint8_t> file);

// Decompresses all members. InvalidArgument: truncated or damaged, or more than `max_bytes`.
absl::StatusOr<std::vector<uint8_t>> Gunzip(std::span<const uint8_t> file, uint64_t max_bytes);

}  // namespace lockstep::image

#endif  // EMULATOR_IMAGE_LINUX_IMAGE_H_
