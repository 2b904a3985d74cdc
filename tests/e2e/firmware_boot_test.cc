// Real firmware boots to its prompt and prints what it prints under QEMU 7.2, with the same images
// and the same device tree; and it does so whatever the block size and the TLB geometry.

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/e2e/console_peer.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ConsoleResult;
using testing::ProcessResult;
using testing::Runfile;
using testing::RunWithScript;

using Words = std::vector<std::string>;

constexpr char kScript[] = R"(
expect "Err:"
send " "
expect "\n=> "
send "bdinfo\n"
expect "\n=> "
send "crc32 80200000 10000\n"
expect "\n=> "
send "md 80200000 20\n"
expect "\n=> "
send "fdt addr $fdtcontroladdr; fdt print /soc\n"
expect "\n=> "
send "dm tree\n"
expect "\n=> "
send "flinfo\n"
expect "\n=> "
send "md.b 20000000 10\n"
expect "\n=> "
send "poweroff\n"
)";

struct Firmware {
  const char* name;
  Words images;
};

const Firmware kFirmware[] = {
    {"OpenSbiJumpAndUBoot",
     {"-bios", "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf", "-kernel",
      "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"}},
    {"OpenSbiJumpRawAndUBoot",
     {"-bios", "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin", "-kernel",
      "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"}},
    {"OpenSbiDynamicAndUBoot",
     {"-bios", "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin", "-kernel",
      "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin", "-m", "256M"}},
    {"MachineModeUBoot", {"-bios", "/usr/lib/u-boot/qemu-riscv64/u-boot.bin"}},
};

// How GoogleTest names a case.
void PrintTo(const Firmware& firmware, std::ostream* out) { *out << firmware.name; }

Words Concat(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The text but for one blank: U-Boot prints it when the key comes during the countdown and not
// before it, which under QEMU the host's clock decides.
std::string WithoutCountdownBlank(std::string text) {
  const std::string with_blank = "\b\b\b 0 \r\n";
  size_t found = text.find(with_blank);
  if (found != std::string::npos) text.replace(found, with_blank.size(), "\b\b\b 0\r\n");
  return text;
}

// Boots with our emulator; the console's text.
std::string Boot(const Firmware& firmware, const Words& extra) {
  std::string script = testing::MakeTempDir() + "/script";
  testing::WriteFile(script, kScript);
  Words argv = Concat({Runfile("emulator/main/lockstep-emu"), "-M", "virt", "-cpu",
                       testing::kCommonCpu, "-serial", "script:" + script, "--stats=brief"},
                      Concat(firmware.images, extra));
  ProcessResult result = testing::RunProcess(argv);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("insns="), std::string::npos) << result.err;
  return result.out;
}

class FirmwareBootTest : public ::testing::TestWithParam<Firmware> {};

TEST_P(FirmwareBootTest, ConsoleEqualsQemus) {
  std::string tree = testing::MakeTempDir() + "/tree.dtb";
  ProcessResult dump = testing::RunProcess(Concat(
      {Runfile("emulator/main/lockstep-emu"), "-cpu", testing::kCommonCpu, "--dump-dtb", tree},
      GetParam().images));
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  ConsoleResult qemu =
      RunWithScript(testing::QemuCommand(Concat(GetParam().images, {"-dtb", tree})), kScript, 100);
  EXPECT_EQ(qemu.exit_code, 0);
  std::string ours = Boot(GetParam(), {});
  EXPECT_NE(ours.find("=> poweroff"), std::string::npos) << ours;
  EXPECT_EQ(WithoutCountdownBlank(ours), WithoutCountdownBlank(qemu.output));
}

TEST_P(FirmwareBootTest, ConsoleDoesNotDependOnBlocksOrTlb) {
  std::string reference = Boot(GetParam(), {});
  EXPECT_EQ(
      Boot(GetParam(), {"--max-block-insns", "1", "--tlb-entries", "1", "--victim-entries", "0"}),
      reference);
  EXPECT_EQ(Boot(GetParam(), {"--max-block-insns", "65535", "--tlb-entries", "4096"}), reference);
}

INSTANTIATE_TEST_SUITE_P(Images, FirmwareBootTest, ::testing::ValuesIn(kFirmware),
                         [](const ::testing::TestParamInfo<Firmware>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace lockstep
