#include "emulator/canon/canon.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "emulator/base/check.h"
#include "emulator/cpu/model.h"
#include "emulator/image/image.h"
#include "emulator/image/linux_image.h"
#include "emulator/machine/device_tree.h"
#include "emulator/machine/memory_map.h"

namespace lockstep::canon {
namespace {

using image::Kind;
using machine::kRamBase;

constexpr uint64_t kKernelPa = 0x80200000;
constexpr uint64_t kInitrdPa = 0x88200000;
constexpr uint64_t kTreePa = 0x8e000000;
constexpr uint64_t kStubOffset = 0x100000;
constexpr uint64_t kAlignment = 2 << 20;
// At the top of RAM QEMU puts a tree of its own.
constexpr uint64_t kReservedTop = 4 << 20;
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

absl::Status Bad(absl::string_view origin, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(origin, ": ", what));
}

// A part of memory and where it ends when what it clears itself is counted.
struct Placed {
  Part part;
  uint64_t end = 0;
  uint64_t entry = 0;
  std::string origin;
};

// Reads a file and flattens its segments into one run of bytes.
absl::StatusOr<Placed> Load(const std::string& option, const std::string& path,
                            const std::string& name, Kind kind, uint64_t raw_pa) {
  const std::string origin = absl::StrCat(option, " ", path);
  absl::StatusOr<std::vector<uint8_t>> contents = image::ReadFile(path, kMaxFileBytes);
  if (!contents.ok()) return Bad(origin, contents.status().message());
  absl::StatusOr<image::Image> loaded =
      image::MakeImage(*std::move(contents), kind, raw_pa, origin, kMaxFileBytes);
  if (!loaded.ok()) return Bad(origin, loaded.status().message());
  Placed placed;
  placed.origin = origin;
  placed.entry = loaded->entry;
  placed.end = loaded->high();
  placed.part.name = name;
  placed.part.pa = loaded->low();
  if (loaded->low() < kRamBase || placed.end - placed.part.pa > kMaxFileBytes) {
    return Bad(origin, absl::StrFormat("is for %#x-%#x, which is no RAM of the board",
                                       loaded->low(), placed.end));
  }
  for (const image::Piece& piece : loaded->pieces) {
    const uint64_t offset = piece.pa - placed.part.pa;
    placed.part.bytes.resize(
        std::max<size_t>(placed.part.bytes.size(), offset + piece.bytes.size()));
    std::copy(piece.bytes.begin(), piece.bytes.end(),
              placed.part.bytes.begin() + static_cast<ptrdiff_t>(offset));
  }
  return placed;
}

void Append(std::vector<uint8_t>& bytes, uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// What QEMU's reset vector does: jumps to the firmware with its arguments in a0, a1, a2.
std::vector<uint8_t> Stub(uint64_t firmware_pc, uint64_t tree_pa, uint64_t kernel_pc) {
  // auipc t0,0; addi a2,t0,48; csrr a0,mhartid; ld a1,40(t0); ld t0,32(t0); jr t0; two nops
  static constexpr uint32_t kCode[] = {0x00000297, 0x03028613, 0xf1402573, 0x0282b583,
                                       0x0202b283, 0x00028067, 0x00000013, 0x00000013};
  std::vector<uint8_t> bytes;
  for (uint32_t word : kCode) Append(bytes, word, 4);
  Append(bytes, firmware_pc, 8);
  Append(bytes, tree_pa, 8);
  // struct fw_dynamic_info of OpenSBI: magic, version, next address, next mode (S), options, boot
  // hart. Other firmware does not look at it.
  for (uint64_t word :
       {uint64_t{0x4942534f}, uint64_t{2}, kernel_pc, uint64_t{1}, uint64_t{0}, uint64_t{0}}) {
    Append(bytes, word, 8);
  }
  return bytes;
}

bool HasWord(const std::string& text, const std::string& word) {
  const std::vector<std::string> words = absl::StrSplit(text, ' ');
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The extensions that all emulators have, and then those asked for; marchid and mimpid show in SBI
// calls.
std::string CpuOf(const Config& config, Target target) {
  std::string cpu = "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0";
  if (target == Target::kQemu10) {
    absl::StrAppend(&cpu,
                    ",sv57=off,sv48=off,svadu=off,zicbom=off,zicboz=off,zicbop=off,zawrs=off,"
                    "zfa=off,zihintntl=off,zmmul=off");
  }
  if (!config.cpu.empty()) absl::StrAppend(&cpu, ",", config.cpu);
  return cpu;
}

absl::StatusOr<std::vector<uint8_t>> BaseTree(const Config& config) {
  const absl::StatusOr<cpu::CpuModel> model = cpu::ParseCpu(CpuOf(config, Target::kLockstepEmu));
  if (!model.ok()) return Bad("--cpu", model.status().message());
  if (config.dtb.empty()) {
    return machine::GenerateDeviceTree(
        {config.ram_bytes, config.harts, model->extensions, model->has_mmu});
  }
  const std::string origin = absl::StrCat("--dtb ", config.dtb);
  absl::StatusOr<std::vector<uint8_t>> tree = image::ReadFile(config.dtb, 16 << 20);
  if (!tree.ok()) return Bad(origin, tree.status().message());
  if (absl::Status s = machine::CheckDeviceTree(*tree); !s.ok()) return Bad(origin, s.message());
  return tree;
}

absl::Status CheckPlaces(std::vector<Placed>& placed, uint64_t ram_bytes) {
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.part.pa < b.part.pa; });
  for (size_t i = 1; i < placed.size(); ++i) {
    if (placed[i - 1].end <= placed[i].part.pa) continue;
    return Bad(placed[i].origin,
               absl::StrFormat("begins at %#x, inside of '%s' (to %#x)", placed[i].part.pa,
                               placed[i - 1].origin, placed[i - 1].end));
  }
  const uint64_t end = placed.back().end + kReservedTop;
  if (end - kRamBase <= ram_bytes) return absl::OkStatus();
  return Bad("--memory",
             absl::StrFormat("all together needs %d MiB", (end - kRamBase + (1 << 20) - 1) >> 20));
}

std::string Quoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-_./=,:+@").find(c) != std::string_view::npos;
  });
  return plain ? word : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

absl::StatusOr<Image> MakeImage(const Config& config) {
  std::vector<Placed> placed;
  absl::StatusOr<Placed> firmware =
      Load("--bios", config.bios, "firmware.bin", Kind::kElfRaw, kRamBase);
  if (!firmware.ok()) return firmware.status();
  absl::StatusOr<Placed> kernel =
      Load("--kernel", config.kernel, "kernel.bin", Kind::kAny, kKernelPa);
  if (!kernel.ok()) return kernel.status();
  Image image;
  image.is_linux = image::LooksLikeLinuxImage(kernel->part.bytes);
  image.append = config.append;
  if (image.is_linux) {  // it clears memory behind its file
    absl::StatusOr<image::LinuxImageHeader> header =
        image::ParseLinuxImageHeader(kernel->part.bytes);
    if (!header.ok()) return Bad(kernel->origin, header.status().message());
    kernel->end = std::max(kernel->end, kernel->part.pa + header->image_size_bytes);
  }
  if (image.is_linux && !HasWord(image.append, "no4lvl")) {
    absl::StrAppend(&image.append, image.append.empty() ? "" : " ", "no4lvl");
  }
  machine::BootProperties properties;
  properties.bootargs = image.append;
  properties.rng_seed = machine::RngSeed(1);
  uint64_t tree_pa = kTreePa;
  if (!config.initrd.empty()) {
    absl::StatusOr<Placed> initrd =
        Load("--initrd", config.initrd, "initrd.bin", Kind::kRaw, kInitrdPa);
    if (!initrd.ok()) return initrd.status();
    properties.initrd = {{initrd->part.pa, initrd->end}};
    tree_pa = std::max(tree_pa, (initrd->end + kAlignment - 1) / kAlignment * kAlignment);
    placed.push_back(*std::move(initrd));
  }
  absl::StatusOr<std::vector<uint8_t>> base = BaseTree(config);
  if (!base.ok()) return base.status();
  absl::StatusOr<std::vector<uint8_t>> tree = machine::PatchDeviceTree(*base, properties);
  if (!tree.ok()) return tree.status();
  image.start_pc = tree_pa + kStubOffset;
  const uint64_t tree_end = tree_pa + tree->size();
  placed.push_back({{"tree.dtb", tree_pa, *std::move(tree)}, tree_end, 0, "the device tree"});
  std::vector<uint8_t> stub = Stub(firmware->entry, tree_pa, kernel->entry);
  const uint64_t stub_end = image.start_pc + stub.size();
  placed.push_back({{"stub.bin", image.start_pc, std::move(stub)}, stub_end, 0, "the stub"});
  placed.push_back(*std::move(firmware));
  placed.push_back(*std::move(kernel));
  if (absl::Status s = CheckPlaces(placed, config.ram_bytes); !s.ok()) return s;
  for (Placed& p : placed) image.parts.push_back(std::move(p.part));
  return image;
}

std::string Arguments(const Image& image, const Config& config, const std::string& directory,
                      Target target) {
  LOCKSTEP_CHECK(config.harts == 1 || target == Target::kLockstepEmu);
  std::vector<std::string> words = {
      "-M",       "virt", "-m",       absl::StrCat(config.ram_bytes >> 20, "M"),
      "-bios",    "none", "-display", "none",
      "-monitor", "none"};
  if (config.harts > 1) words.insert(words.end(), {"-smp", absl::StrCat(config.harts)});
  words.insert(words.end(), {"-cpu", CpuOf(config, target), "-icount", "shift=0,sleep=off", "-seed",
                             "1", "-rtc", "base=2024-01-01T00:00:00,clock=vm"});
  for (const Part& part : image.parts) {
    const std::string path =
        absl::StrReplaceAll(absl::StrCat(directory, "/", part.name), {{",", ",,"}});
    words.insert(words.end(), {"-device", absl::StrFormat("loader,file=%s,addr=%#x,force-raw=on",
                                                          path, part.pa)});
  }
  for (unsigned hart = 0; hart < config.harts; ++hart) {
    words.insert(words.end(),
                 {"-device", absl::StrFormat("loader,addr=%#x,cpu-num=%d", image.start_pc, hart)});
  }
  return absl::StrJoin(words, " ", [](std::string* out, const std::string& word) {
    absl::StrAppend(out, Quoted(word));
  });
}

}  // namespace lockstep::canon
