#include "emulator/machine/boot_image.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "emulator/machine/device_tree.h"
#include "emulator/machine/memory_map.h"

namespace lockstep::machine {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string TempFile(const std::string& name, const std::string& contents) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(std::fwrite(contents.data(), 1, contents.size(), file), contents.size());
  std::fclose(file);
  return path;
}

std::string RawFile(const std::string& name, size_t size) {
  return TempFile(name, std::string(size, 'x'));
}

// An ELF file of one segment of 16 bytes.
std::string ElfFile(const std::string& name, uint64_t pa, uint64_t entry,
                    uint16_t machine = EM_RISCV) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_entry = entry;
  header.e_phoff = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr program{};
  program.p_type = PT_LOAD;
  program.p_offset = sizeof(header) + sizeof(program);
  program.p_paddr = pa;
  program.p_filesz = program.p_memsz = 16;
  std::string bytes(sizeof(header) + sizeof(program) + 16, 'e');
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), &program, sizeof(program));
  return TempFile(name, bytes);
}

BootConfig Config() {
  BootConfig config;
  config.bios = "none";
  return config;
}

uint64_t RomWord(const BootImage& image, size_t offset) {
  uint64_t value = 0;
  std::memcpy(&value, &image.rom[offset], 8);
  return value;
}

// The piece that came from an option; fails the test when there is none.
image::Piece Find(const BootImage& image, const std::string& origin_start) {
  for (const image::Piece& piece : image.pieces) {
    if (piece.origin.rfind(origin_start, 0) == 0) return piece;
  }
  ADD_FAILURE() << "nothing from " << origin_start;
  return {};
}

std::string Error(const BootConfig& config) {
  absl::StatusOr<BootImage> image = LoadBootImage(config);
  return image.ok() ? "" : std::string(image.status().message());
}

TEST(BootImageTest, BareMachineHasADeviceTreeAndAResetVector) {
  absl::StatusOr<BootImage> image = LoadBootImage(Config());
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->pieces.size(), 1u);
  EXPECT_EQ(image->device_tree_pa, 0x87e00000u);
  EXPECT_TRUE(CheckDeviceTree(image->device_tree).ok());
  EXPECT_EQ(image->start_pc, std::vector<uint64_t>{kMaskRom.base});
  // As `xp /24wx 0x1000` shows under QEMU 7.2.
  const uint32_t expected[] = {
      0x00000297, 0x02828613, 0xf1402573, 0x0202b583, 0x0182b283, 0x00028067, 0x80000000, 0,
      0x87e00000, 0,          0x4942534f, 0,          2,          0,          0,          0,
      1,          0,          0,          0,          0,          0};
  ASSERT_EQ(image->rom.size(), sizeof(expected));
  EXPECT_EQ(std::memcmp(image->rom.data(), expected, sizeof(expected)), 0);
}

TEST(BootImageTest, DeviceTreeLiesBelowTheEndOfRamOr3GiB) {
  for (auto [mib, pa] : {std::pair<uint64_t, uint64_t>{33, 0x82000000},
                         {256, 0x8fe00000},
                         {1024, 0xbfe00000},
                         {4096, 0xbfe00000}}) {
    BootConfig config = Config();
    config.ram_bytes = mib * kMiB;
    absl::StatusOr<BootImage> image = LoadBootImage(config);
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->device_tree_pa, pa) << mib << " MiB";
  }
}

TEST(BootImageTest, KernelFollowsTheFirmwareAtTwoMiB) {
  BootConfig config = Config();
  config.bios = RawFile("fw", 100);
  config.kernel = RawFile("kernel", 1000);
  config.initrd = RawFile("initrd", 500);
  config.append = "quiet";
  absl::StatusOr<BootImage> image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(Find(*image, "-bios").pa, kRamBase);
  EXPECT_EQ(Find(*image, "-kernel").pa, 0x80200000u);
  EXPECT_EQ(Find(*image, "-initrd").pa, 0x84200000u) << "half of RAM after the kernel's start";
  EXPECT_EQ(RomWord(*image, 0x38), 0x80200000u) << "fw_dynamic's next address";

  config.bios = RawFile("big_fw", 2 * kMiB + 1);
  config.ram_bytes = 1024 * kMiB;
  image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(Find(*image, "-kernel").pa, 0x80400000u);
  EXPECT_EQ(Find(*image, "-initrd").pa, 0x88400000u) << "at most 128 MiB after it";
}

TEST(BootImageTest, ElfKernelGoesWhereItIsLinked) {
  BootConfig config = Config();
  config.kernel = ElfFile("kernel.elf", 0x80400000, 0x80400008);
  absl::StatusOr<BootImage> image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(Find(*image, "-kernel").pa, 0x80400000u);
  EXPECT_EQ(RomWord(*image, 0x38), 0x80400000u) << "its load address, as QEMU 7.2 has it";
}

TEST(BootImageTest, LoadersPlaceFilesDataAndStartAddress) {
  BootConfig config = Config();
  std::string elf = ElfFile("loaded.elf", 0x80400000, 0x80400008);
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 10) + ",addr=0x81000000"),
                    *ParseLoader("loader,addr=0x82000000,data=0x1122,data-len=2"),
                    *ParseLoader("loader,file=" + elf + ",cpu-num=0")};
  absl::StatusOr<BootImage> image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->start_pc[0], 0x80400008u);
  EXPECT_EQ(image->pieces[1].pa, 0x81000000u);
  EXPECT_EQ(image->pieces[2].bytes, (std::vector<uint8_t>{0x22, 0x11}));
  config.loaders.push_back(*ParseLoader("loader,addr=0x80400000,cpu-num=0"));
  image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->start_pc[0], 0x80400000u) << "the last one counts";
  config.loaders = {*ParseLoader("loader,file=" + elf + ",addr=0x81000000,force-raw=on")};
  image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->pieces[0].pa, 0x81000000u);
  EXPECT_EQ(image->pieces[0].bytes[1], 'E');
}

TEST(BootImageTest, UserDeviceTreeIsPatched) {
  std::vector<uint8_t> tree = GenerateDeviceTree({64 * kMiB, 1});
  BootConfig config = Config();
  config.dtb = TempFile("tree.dtb", std::string(tree.begin(), tree.end()));
  config.kernel = RawFile("kernel", 100);
  config.append = "some arguments";
  absl::StatusOr<BootImage> image = LoadBootImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  std::string text(image->device_tree.begin(), image->device_tree.end());
  EXPECT_NE(text.find("some arguments"), std::string::npos);
}

TEST(BootImageTest, MissingAndUnusableFiles) {
  BootConfig config = Config();
  config.kernel = "/does/not/exist";
  EXPECT_EQ(Error(config).rfind("-kernel /does/not/exist: ", 0), 0u) << Error(config);
  config.kernel = ElfFile("x86.elf", kRamBase, kRamBase, EM_X86_64);
  EXPECT_EQ(Error(config), "-kernel " + config.kernel +
                               ": ELF file of another machine (x86-64); a RISC-V one is needed");
  config = Config();
  config.bios = RawFile("empty", 0);
  EXPECT_EQ(Error(config), "-bios " + config.bios + ": file is empty");
  config = Config();
  config.dtb = RawFile("no.dtb", 100);
  EXPECT_EQ(Error(config).rfind("-dtb " + config.dtb + ": not a valid device tree", 0), 0u);
  config = Config();
  config.initrd = RawFile("initrd", 5);
  EXPECT_EQ(Error(config), "-initrd " + config.initrd + ": needs -kernel");
  config = Config();
  config.append = "x";
  EXPECT_EQ(Error(config), "-append: needs -kernel");
  config = Config();
  config.loaders = {
      *ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0x80000000,cpu-num=3")};
  EXPECT_NE(Error(config).find("there is no hart 3"), std::string::npos);
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5))};
  EXPECT_NE(Error(config).find("a raw file needs addr="), std::string::npos);
}

TEST(BootImageTest, ImagesOutsideRam) {
  BootConfig config = Config();
  config.kernel = ElfFile("low.elf", 0x10000, 0x10000);
  EXPECT_NE(Error(config).find("lies outside RAM (0x80000000-0x88000000)"), std::string::npos);
  config = Config();
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0x87fffffc")};
  EXPECT_NE(Error(config).find("lies outside RAM"), std::string::npos);
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0xfffffffffffffffe")};
  EXPECT_NE(Error(config).find("lies outside RAM"), std::string::npos);
  config = Config();
  config.ram_bytes = kMiB;
  config.kernel = RawFile("kernel", 2 * kMiB);
  EXPECT_NE(Error(config), "");
}

TEST(BootImageTest, OverlappingImagesNameBoth) {
  BootConfig config = Config();
  config.bios = RawFile("fw", 0x1000);
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0x80000fff")};
  std::string error = Error(config);
  EXPECT_NE(error.find("overlaps '-bios "), std::string::npos) << error;
  EXPECT_EQ(error.rfind("-device loader,", 0), 0u) << error;
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0x80001000")};
  EXPECT_EQ(Error(config), "");
  config.loaders = {*ParseLoader("loader,file=" + RawFile("raw", 5) + ",addr=0x87e00010")};
  EXPECT_NE(Error(config).find("overlaps 'device tree'"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::machine
