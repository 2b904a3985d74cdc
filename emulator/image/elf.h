// 64-bit RISC-V ELF files: what of them goes into memory.
//
// A pure function of the bytes; nothing in them is trusted. Source: System V ABI, ELF-64 Object
// File Format; RISC-V ELF psABI.
#ifndef EMULATOR_IMAGE_ELF_H_
#define EMULATOR_IMAGE_ELF_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::image {

// Part of a file that is loaded at a guest-physical address.
struct ElfSegment {
  uint64_t pa = 0;
  std::span<const uint8_t> bytes;  // of the file
  uint64_t size_bytes = 0;         // in memory, >= bytes.size(); the rest is zero
};

struct ElfImage {
  uint64_t entry = 0;
  std::vector<ElfSegment> segments;  // PT_LOAD with a size, by ascending pa; they do not overlap

  // Lowest address and first address after the highest. REQUIRES: segments not empty.
  uint64_t low() const { return segments.front().pa; }
  uint64_t high() const { return segments.back().pa + segments.back().size_bytes; }
};

// True when the bytes begin as an ELF file does.
bool LooksLikeElf(std::span<const uint8_t> file);

// The segments point into `file`. InvalidArgument says in one line what is wrong: too short,
// another class, byte order or machine, headers or segments outside the file, overlapping segments,
// nothing to load.
absl::StatusOr<ElfImage> ParseElf(std::span<const uint8_t> file);

}  // namespace lockstep::image

#endif  // EMULATOR_IMAGE_ELF_H_
