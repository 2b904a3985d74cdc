#include "emulator/machine/boot_image.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/machine/device_tree.h"
#include "emulator/machine/memory_map.h"

namespace lockstep::machine {
namespace {

using image::Image;
using image::Kind;
using image::Piece;

constexpr uint64_t kKernelAlignment = 2 << 20;
constexpr uint64_t kTreeAlignment = 2 << 20;
constexpr uint64_t kTreeLimit = uint64_t{3} << 30;  // an address, not a size
constexpr uint64_t kInitrdMaxOffset = 128 << 20;

// Where Debian's packages put OpenSBI.
constexpr const char* kDefaultFirmware[] = {
    "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
    "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
};

absl::Status Bad(absl::string_view origin, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(origin, ": ", what));
}

// Collects the pieces of one boot.
class Builder {
 public:
  explicit Builder(const BootConfig& config) : config_(config) {
    image_.start_pc.assign(config.harts, kMaskRom.base);
  }

  absl::StatusOr<BootImage> Build();

 private:
  uint64_t ram_end() const { return kRamBase + config_.ram_bytes; }

  absl::StatusOr<Image> Load(const std::string& path, const std::string& origin, Kind kind,
                             uint64_t raw_pa);
  absl::Status LoadFirmware();
  absl::Status LoadKernel();
  absl::Status LoadInitrd();
  absl::Status RunLoader(const LoaderSpec& spec);
  absl::Status PlaceDeviceTree();
  absl::Status CheckPlacement();
  void Add(Image image) {
    for (Piece& piece : image.pieces) image_.pieces.push_back(std::move(piece));
  }
  void MakeResetVector();

  const BootConfig& config_;
  BootImage image_;
  BootProperties properties_;
  uint64_t firmware_end_ = kRamBase;
  uint64_t kernel_pa_ = 0;  // 0: no kernel
};

absl::StatusOr<Image> Builder::Load(const std::string& path, const std::string& origin, Kind kind,
                                    uint64_t raw_pa) {
  absl::StatusOr<std::vector<uint8_t>> contents =
      image::ReadFile(path, config_.ram_bytes + (64 << 20));
  if (!contents.ok()) return Bad(origin, contents.status().message());
  if (kind != Kind::kRaw) image_.files.push_back(path);
  absl::StatusOr<Image> image =
      image::MakeImage(*std::move(contents), kind, raw_pa, origin, config_.ram_bytes);
  if (!image.ok()) return Bad(origin, image.status().message());
  return image;
}

absl::Status Builder::LoadFirmware() {
  if (config_.bios == "none") return absl::OkStatus();
  std::string path = config_.bios;
  if (path == "default") {
    auto found = std::find_if(std::begin(kDefaultFirmware), std::end(kDefaultFirmware),
                              [](const char* p) { return access(p, R_OK) == 0; });
    if (found == std::end(kDefaultFirmware)) {
      return Bad(
          "-bios default",
          "OpenSBI is not installed; install the package opensbi, or give -bios FILE or none");
    }
    path = *found;
  }
  absl::StatusOr<Image> image = Load(path, absl::StrCat("-bios ", path), Kind::kElfRaw, kRamBase);
  if (!image.ok()) return image.status();
  firmware_end_ = image->high();
  Add(*std::move(image));
  return absl::OkStatus();
}

absl::Status Builder::LoadKernel() {
  if (config_.kernel.empty()) {
    if (!config_.initrd.empty()) return Bad("-initrd " + config_.initrd, "needs -kernel");
    if (!config_.append.empty()) return Bad("-append", "needs -kernel");
    return absl::OkStatus();
  }
  uint64_t place = (firmware_end_ + kKernelAlignment - 1) / kKernelAlignment * kKernelAlignment;
  absl::StatusOr<Image> image =
      Load(config_.kernel, absl::StrCat("-kernel ", config_.kernel), Kind::kAny, place);
  if (!image.ok()) return image.status();
  kernel_pa_ = image->low();
  Add(*std::move(image));
  return LoadInitrd();
}

absl::Status Builder::LoadInitrd() {
  properties_.bootargs = config_.append;
  if (config_.initrd.empty()) return absl::OkStatus();
  uint64_t place = kernel_pa_ + std::min(config_.ram_bytes / 2, kInitrdMaxOffset);
  absl::StatusOr<Image> image =
      Load(config_.initrd, absl::StrCat("-initrd ", config_.initrd), Kind::kRaw, place);
  if (!image.ok()) return image.status();
  properties_.initrd = {{image->low(), image->high()}};
  Add(*std::move(image));
  return absl::OkStatus();
}

absl::Status Builder::RunLoader(const LoaderSpec& spec) {
  std::string origin = absl::StrCat("-device ", spec.text);
  uint64_t start = spec.addr.value_or(0);
  if (spec.cpu_num.has_value() && *spec.cpu_num >= config_.harts) {
    return Bad(origin, absl::StrCat("there is no hart ", *spec.cpu_num));
  }
  if (!spec.file.empty()) {
    absl::StatusOr<Image> image =
        Load(spec.file, origin, spec.force_raw ? Kind::kRaw : Kind::kElfRaw, start);
    if (!image.ok()) return image.status();
    if (!image->is_elf && !spec.addr.has_value()) return Bad(origin, "a raw file needs addr=");
    start = image->entry;
    Add(*std::move(image));
  } else if (spec.data.has_value()) {
    Piece piece{start, {}, spec.data_bytes, origin};
    for (unsigned i = 0; i < spec.data_bytes; ++i) {
      piece.bytes.push_back(static_cast<uint8_t>(*spec.data >> (8 * i)));
    }
    image_.pieces.push_back(std::move(piece));
  }
  if (spec.cpu_num.has_value()) image_.start_pc[*spec.cpu_num] = start;
  return absl::OkStatus();
}

absl::Status Builder::PlaceDeviceTree() {
  std::vector<uint8_t> tree;
  std::string origin = "device tree";
  if (config_.dtb.empty()) {
    tree =
        GenerateDeviceTree({config_.ram_bytes, config_.harts, config_.extensions, config_.has_mmu});
  } else {
    origin = absl::StrCat("-dtb ", config_.dtb);
    absl::StatusOr<std::vector<uint8_t>> contents = image::ReadFile(config_.dtb, 16 << 20);
    if (!contents.ok()) return Bad(origin, contents.status().message());
    absl::Status status = CheckDeviceTree(*contents);
    if (!status.ok()) return Bad(origin, status.message());
    tree = *std::move(contents);
  }
  properties_.rng_seed = RngSeed(config_.seed);
  absl::StatusOr<std::vector<uint8_t>> patched = PatchDeviceTree(tree, properties_);
  if (!patched.ok()) return Bad(origin, patched.status().message());
  image_.device_tree = *std::move(patched);
  uint64_t limit = std::min(ram_end(), kTreeLimit);
  uint64_t size = image_.device_tree.size();
  if (size > limit - kRamBase) return Bad(origin, "does not fit into RAM; use a larger -m");
  image_.device_tree_pa = (limit - size) / kTreeAlignment * kTreeAlignment;
  image_.pieces.push_back({image_.device_tree_pa, image_.device_tree, size, origin});
  return absl::OkStatus();
}

absl::Status Builder::CheckPlacement() {
  std::stable_sort(image_.pieces.begin(), image_.pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.pa < b.pa; });
  for (const Piece& piece : image_.pieces) {
    if (piece.pa < kRamBase || piece.size_bytes > config_.ram_bytes ||
        piece.pa - kRamBase > config_.ram_bytes - piece.size_bytes) {
      return Bad(
          piece.origin,
          absl::StrFormat("%#x-%#x lies outside RAM (%#x-%#x); use a larger -m or another address",
                          piece.pa, piece.pa + piece.size_bytes, kRamBase, ram_end()));
    }
  }
  for (size_t i = 1; i < image_.pieces.size(); ++i) {
    const Piece& before = image_.pieces[i - 1];
    const Piece& piece = image_.pieces[i];
    if (before.pa + before.size_bytes > piece.pa) {
      return Bad(
          piece.origin,
          absl::StrFormat("overlaps '%s' (%#x-%#x) at %#x; load one of them elsewhere",
                          before.origin, before.pa, before.pa + before.size_bytes, piece.pa));
    }
  }
  return absl::OkStatus();
}

void Builder::MakeResetVector() {
  // auipc t0,0; addi a2,t0,40; csrr a0,mhartid; ld a1,32(t0); ld t0,24(t0); jr t0
  static constexpr uint32_t kCode[] = {0x00000297, 0x02828613, 0xf1402573,
                                       0x0202b583, 0x0182b283, 0x00028067};
  std::vector<uint8_t>& rom = image_.rom;
  auto append = [&rom](uint64_t value, unsigned size_bytes) {
    for (unsigned i = 0; i < size_bytes; ++i) rom.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  for (uint32_t word : kCode) append(word, 4);
  append(kRamBase, 8);
  append(image_.device_tree_pa, 8);
  // struct fw_dynamic_info of OpenSBI: magic, version, next address, next mode (S), options, boot
  // hart.
  append(0x4942534f, 8);
  append(2, 8);
  append(kernel_pa_, 8);
  append(1, 8);
  append(0, 8);
  append(0, 8);
}

absl::StatusOr<BootImage> Builder::Build() {
  absl::Status status = LoadFirmware();
  if (status.ok()) status = LoadKernel();
  for (const LoaderSpec& spec : config_.loaders) {
    if (status.ok()) status = RunLoader(spec);
  }
  if (status.ok()) status = PlaceDeviceTree();
  if (status.ok()) status = CheckPlacement();
  if (!status.ok()) return status;
  MakeResetVector();
  return std::move(image_);
}

}  // namespace

absl::StatusOr<BootImage> LoadBootImage(const BootConfig& config) {
  return Builder(config).Build();
}

}  // namespace lockstep::machine
