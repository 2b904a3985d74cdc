// The canonical memory image: everything a guest needs at its start, at fixed places in memory, so
// that every emulator of the virt board starts from the same bytes.
//
// An emulator that is given -kernel and -bios places things in its own way and patches the device
// tree, each version of QEMU differently. Here each part is a file for a loader device, and the
// harts start at a stub that does what the reset vector does. docs/design/qemu.md.
//
//   0x80000000  firmware
//   0x80200000  kernel, where fw_jump expects it
//   0x88200000  initrd
//   0x8e000000  device tree, or at the first 2 MiB boundary after the initrd
//   +0x100000   stub: a0 = mhartid, a1 = device tree, a2 = fw_dynamic_info, jump to the firmware
#ifndef EMULATOR_CANON_CANON_H_
#define EMULATOR_CANON_CANON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::canon {

struct Config {
  std::string bios;    // a file; required
  std::string kernel;  // a file; required
  std::string initrd;  // "": none
  std::string append;  // kernel command line
  std::string dtb;     // "": the tree of the emulator's board, which QEMU's board has too
  // Properties of -cpu that all are given beyond RV64GC: "zba=on,zbb=on"; "": none.
  std::string cpu;
  uint64_t ram_bytes = uint64_t{512} << 20;
  unsigned harts = 1;  // more than one: for lockstep-emu alone
};

struct Part {
  std::string name;  // of its file: "kernel.bin"
  uint64_t pa = 0;
  std::vector<uint8_t> bytes;
};

struct Image {
  std::vector<Part> parts;  // without overlap, inside RAM
  uint64_t start_pc = 0;    // of the stub
  bool is_linux = false;    // the kernel is a Linux Image
  std::string append;       // as the tree has it
};

// Reads the files. Linux is told no4lvl unless `append` says so already: QEMU 7.2 always has Sv48.
// Errors are one line that names the option, the file, what is wrong and what to do.
absl::StatusOr<Image> MakeImage(const Config& config);

// The emulators whose options are known.
enum class Target { kQemu7, kQemu10, kLockstepEmu };

// Their arguments, quoted for a shell, to start the parts stored in `directory` (absolute), in a
// machine that they have in common, and so that they repeat themselves. REQUIRES: one hart, or
// Target::kLockstepEmu, because QEMU has no working -icount with several.
std::string Arguments(const Image& image, const Config& config, const std::string& directory,
                      Target target);

}  // namespace lockstep::canon

#endif  // EMULATOR_CANON_CANON_H_
