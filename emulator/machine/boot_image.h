// What is in memory when the guest starts: firmware, kernel, initrd, device tree, reset vector.
//
// Placed as QEMU 7.2 places them on the virt board: firmware at the start of RAM, the kernel at the
// next 2 MiB boundary after it, the initrd half-way into RAM (at most 128 MiB) after the kernel's
// start, the device tree at the last 2 MiB boundary below the end of RAM (at most 3 GiB) that
// leaves room for it.
#ifndef EMULATOR_MACHINE_BOOT_IMAGE_H_
#define EMULATOR_MACHINE_BOOT_IMAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "emulator/image/image.h"
#include "emulator/isa/extensions.h"

namespace lockstep::machine {

// A `-device loader,...`: a file or a number put into memory, a hart's start address, or both.
struct LoaderSpec {
  std::string text;  // as given, for messages
  std::string file;
  std::optional<uint64_t> addr;
  bool force_raw = false;
  std::optional<uint32_t> cpu_num;
  std::optional<uint64_t> data;
  unsigned data_bytes = 0;  // 1..8 with `data`
};

// Parses what follows "-device ": "loader,file=F,addr=A,force-raw=on,cpu-num=0" or
// "loader,addr=A,data=V,data-len=N[,data-be=on][,cpu-num=0]". A comma in a file name is doubled.
absl::StatusOr<LoaderSpec> ParseLoader(absl::string_view text);

struct BootConfig {
  uint64_t ram_bytes = 128 << 20;
  unsigned harts = 1;
  std::string bios = "default";  // a file, "none" or "default"
  std::string kernel;            // "" for none, as the following
  std::string initrd;
  std::string append;
  std::string dtb;
  std::vector<LoaderSpec> loaders;
  uint64_t seed = 0;
  // For the device tree.
  isa::ExtensionSet extensions = isa::kRv64gc;
  bool has_mmu = true;
};

struct BootImage {
  std::vector<image::Piece> pieces;  // inside RAM, without overlap, by ascending pa
  std::vector<uint8_t> rom;          // contents of the mask ROM from its base
  std::vector<uint8_t> device_tree;  // as placed in memory
  uint64_t device_tree_pa = 0;
  std::vector<uint64_t> start_pc;  // of each hart
  std::vector<std::string> files;  // read for code: firmware, kernel, loaded images
};

// Reads the files. Errors are one line that names the option, the file, what is wrong and what to
// do.
absl::StatusOr<BootImage> LoadBootImage(const BootConfig& config);

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_BOOT_IMAGE_H_
