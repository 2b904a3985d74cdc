// Guest images of all kinds, as pieces of bytes at guest-physical addresses.
#ifndef EMULATOR_IMAGE_IMAGE_H_
#define EMULATOR_IMAGE_IMAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::image {

// Bytes to be put at `pa` before the guest starts; zero from the end of `bytes` to `size_bytes`.
struct Piece {
  uint64_t pa = 0;
  std::vector<uint8_t> bytes;
  uint64_t size_bytes = 0;
  std::string origin;  // "-kernel /boot/vmlinux": for messages
};

struct Image {
  std::vector<Piece> pieces;  // by ascending pa, not empty
  uint64_t entry = 0;         // ELF entry, or where a raw image begins
  bool is_elf = false;

  uint64_t low() const { return pieces.front().pa; }
  uint64_t high() const { return pieces.back().pa + pieces.back().size_bytes; }
};

// How the bytes of a file are to be taken.
enum class Kind {
  kAny,     // ELF, RISC-V Linux Image, gzip of either, else raw
  kRaw,     // as they are
  kElfRaw,  // ELF, else raw
};

// Reads a whole file. NotFound, PermissionDenied, ResourceExhausted (over `max_bytes`) or
// InvalidArgument (a directory, empty) say what and why, without the path.
absl::StatusOr<std::vector<uint8_t>> ReadFile(const std::string& path, uint64_t max_bytes);

// Makes an image of the contents of a file; what is not ELF begins at `raw_pa`. `origin` is copied
// into the pieces. Pure. `max_bytes` bounds what a compressed file may unpack to.
absl::StatusOr<Image> MakeImage(std::vector<uint8_t> contents, Kind kind, uint64_t raw_pa,
                                std::string_view origin, uint64_t max_bytes);

}  // namespace lockstep::image

#endif  // EMULATOR_IMAGE_IMAGE_H_
