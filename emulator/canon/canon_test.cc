#include "emulator/canon/canon.h"

#include <libfdt.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace lockstep::canon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The header of a RISC-V Linux Image of `size` bytes in memory.
std::string LinuxImage(uint64_t size) {
  std::string image(64, '\0');
  image[0] = 0x13;                                            // a nop
  image.replace(8, 8, std::string("\0\0\x20\0\0\0\0\0", 8));  // text_offset
  for (int i = 0; i < 8; ++i) image[16 + i] = static_cast<char>(size >> (8 * i));
  image[32] = 2;  // version 0.2
  image.replace(48, 8, std::string("RISCV\0\0\0", 8));
  image.replace(56, 4, "RSC\x05");
  return image;
}

class CanonTest : public ::testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& contents) {
    const std::string path = absl::StrCat(directory_, "/", name);
    testing::WriteFile(path, contents);
    return path;
  }
  Config Firmware() {
    Config config;
    config.bios = File("fw", "firmware");
    config.kernel = File("kernel", "kernel");
    return config;
  }
  std::string Problem(const Config& config) {
    return std::string(MakeImage(config).status().message());
  }
  std::string directory_ = testing::MakeTempDir();
};

const Part& PartOf(const Image& image, const std::string& name) {
  for (const Part& part : image.parts) {
    if (part.name == name) return part;
  }
  ADD_FAILURE() << "no " << name;
  return image.parts.front();
}

std::string Text(const Part& part) { return std::string(part.bytes.begin(), part.bytes.end()); }

uint64_t Word(const Part& part, size_t offset) {
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | part.bytes.at(offset + i);
  return value;
}

TEST_F(CanonTest, PartsAreAtTheirPlaces) {
  Config config = Firmware();
  config.initrd = File("initrd", "initrd!");
  config.append = "quiet";
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(PartOf(*image, "firmware.bin").pa, 0x80000000u);
  EXPECT_EQ(Text(PartOf(*image, "firmware.bin")), "firmware");
  EXPECT_EQ(PartOf(*image, "kernel.bin").pa, 0x80200000u);
  EXPECT_EQ(PartOf(*image, "initrd.bin").pa, 0x88200000u);
  EXPECT_EQ(PartOf(*image, "tree.dtb").pa, 0x8e000000u);
  EXPECT_EQ(PartOf(*image, "stub.bin").pa, 0x8e100000u);
  EXPECT_EQ(image->start_pc, 0x8e100000u);
  EXPECT_EQ(image->append, "quiet");  // no Linux
}

TEST_F(CanonTest, TheTreeTellsOfTheInitrd) {
  Config config = Firmware();
  config.initrd = File("initrd", "initrd!");
  config.append = "quiet";
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  const void* tree = PartOf(*image, "tree.dtb").bytes.data();
  const int chosen = fdt_path_offset(tree, "/chosen");
  ASSERT_GE(chosen, 0);
  EXPECT_STREQ(static_cast<const char*>(fdt_getprop(tree, chosen, "bootargs", nullptr)), "quiet");
  const auto cell = [&](const char* name) {
    const auto* p = static_cast<const fdt32_t*>(fdt_getprop(tree, chosen, name, nullptr));
    return p == nullptr ? 0u : fdt32_to_cpu(*p);
  };
  EXPECT_EQ(cell("linux,initrd-start"), 0x88200000u);
  EXPECT_EQ(cell("linux,initrd-end"), 0x88200007u);
  // The same again, to the byte: nothing in it is from this machine or this moment.
  EXPECT_EQ(PartOf(*MakeImage(config), "tree.dtb").bytes, PartOf(*image, "tree.dtb").bytes);
}

TEST_F(CanonTest, TheStubNamesFirmwareTreeAndKernel) {
  absl::StatusOr<Image> image = MakeImage(Firmware());
  ASSERT_TRUE(image.ok()) << image.status();
  const Part& stub = PartOf(*image, "stub.bin");
  EXPECT_EQ(Word(stub, 32), 0x80000000u);
  EXPECT_EQ(Word(stub, 40), 0x8e000000u);
  EXPECT_EQ(Word(stub, 48), 0x4942534fu);  // fw_dynamic_info
  EXPECT_EQ(Word(stub, 64), 0x80200000u);
}

TEST_F(CanonTest, LinuxIsToldNotToUseFourLevels) {
  Config config = Firmware();
  config.kernel = File("Image", LinuxImage(0x1000));
  config.append = "console=ttyS0";
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(image->is_linux);
  EXPECT_EQ(image->append, "console=ttyS0 no4lvl");
  config.append = "no4lvl console=ttyS0";
  EXPECT_EQ(MakeImage(config)->append, config.append);
}

TEST_F(CanonTest, ALargeInitrdMovesTheTree) {
  Config config = Firmware();
  config.initrd = File("initrd", std::string(110 << 20, 'x'));
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(PartOf(*image, "tree.dtb").pa, 0x8f000000u);
  EXPECT_EQ(image->start_pc, 0x8f100000u);
  config.ram_bytes = 128 << 20;
  EXPECT_THAT(Problem(config), HasSubstr("--memory: all together needs "));
}

TEST_F(CanonTest, WhatIsWrongIsSaid) {
  Config config = Firmware();
  config.bios = "/no/such/firmware";
  EXPECT_THAT(Problem(config),
              AllOf(HasSubstr("--bios /no/such/firmware: "), Not(HasSubstr("\n"))));
  config = Firmware();
  config.kernel = directory_;
  EXPECT_THAT(Problem(config), HasSubstr("--kernel "));
  config = Firmware();
  config.initrd = File("empty", "");
  EXPECT_THAT(Problem(config), HasSubstr("--initrd "));
  config = Firmware();
  config.dtb = File("tree", "no tree at all, but long enough to have a header in it");
  EXPECT_THAT(Problem(config), HasSubstr("not a valid device tree"));
  config = Firmware();
  config.kernel = File("Image", LinuxImage(200 << 20));
  config.initrd = File("initrd", "x");
  EXPECT_THAT(Problem(config), HasSubstr("inside of '--kernel"));
  config = Firmware();
  config.bios = File("big", std::string(3 << 20, 'x'));
  EXPECT_THAT(Problem(config), HasSubstr("inside of '--bios"));
}

TEST_F(CanonTest, ArgumentsOfEachEmulator) {
  const Config config = Firmware();
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  const std::string q7 = Arguments(*image, config, "/a b/c,d", Target::kQemu7);
  EXPECT_THAT(q7, HasSubstr("'loader,file=/a b/c,,d/kernel.bin,addr=0x80200000,force-raw=on'"));
  EXPECT_THAT(q7, HasSubstr("-device loader,addr=0x8e100000,cpu-num=0"));
  EXPECT_THAT(q7, HasSubstr("-icount shift=0,sleep=off -seed 1 -rtc"));
  EXPECT_THAT(q7, AllOf(HasSubstr("marchid=0"), Not(HasSubstr("sv57"))));
  EXPECT_THAT(Arguments(*image, config, "/d", Target::kQemu10), HasSubstr("sv57=off"));
  EXPECT_THAT(Arguments(*image, config, "/d", Target::kLockstepEmu),
              HasSubstr("-cpu rv64,h=off,zba=off"));
}

TEST_F(CanonTest, PropertiesOfTheHartAreForAllAndInTheTree) {
  Config config = Firmware();
  config.cpu = "zba=on,zbs=on";
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  for (Target target : {Target::kQemu7, Target::kQemu10, Target::kLockstepEmu}) {
    EXPECT_THAT(Arguments(*image, config, "/d", target), HasSubstr(",zba=on,zbs=on "));
  }
  const auto tree = std::find_if(image->parts.begin(), image->parts.end(),
                                 [](const Part& part) { return part.name == "tree.dtb"; });
  ASSERT_NE(tree, image->parts.end());
  const std::string bytes(tree->bytes.begin(), tree->bytes.end());
  EXPECT_THAT(bytes, HasSubstr("rv64imafdc_zicsr_zifencei_zihintpause_zba_zbs"));
  config.cpu = "zba=perhaps";
  EXPECT_EQ(Problem(config), "--cpu: property zba=perhaps is neither on nor off");
}

TEST_F(CanonTest, SeveralHartsBeginAtTheStub) {
  Config config = Firmware();
  config.harts = 4;
  absl::StatusOr<Image> image = MakeImage(config);
  ASSERT_TRUE(image.ok()) << image.status();
  const void* tree = PartOf(*image, "tree.dtb").bytes.data();
  EXPECT_GE(fdt_path_offset(tree, "/cpus/cpu@3"), 0);
  EXPECT_LT(fdt_path_offset(tree, "/cpus/cpu@4"), 0);
  const std::string arguments = Arguments(*image, config, "/d", Target::kLockstepEmu);
  EXPECT_THAT(arguments, AllOf(HasSubstr("-smp 4"), HasSubstr("0x8e100000,cpu-num=0"),
                               HasSubstr("0x8e100000,cpu-num=3")));
}

}  // namespace
}  // namespace lockstep::canon
