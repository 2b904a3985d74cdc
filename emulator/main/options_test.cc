#include "emulator/main/options.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_split.h"

namespace lockstep::emu {
namespace {

absl::StatusOr<CommandLine> Parse(const std::string& line) {
  std::vector<std::string> words;
  if (!line.empty()) words = absl::StrSplit(line, ' ');
  return ParseCommandLine(words);
}

// The error of a command line; "" when there is none.
std::string Error(const std::string& line) {
  absl::StatusOr<CommandLine> result = Parse(line);
  return result.ok() ? "" : std::string(result.status().message());
}

TEST(OptionsTest, Defaults) {
  absl::StatusOr<CommandLine> line = Parse("");
  ASSERT_TRUE(line.ok()) << line.status();
  const Options& options = *line->options;
  EXPECT_EQ(options.machine.boot.ram_bytes, uint64_t{128} << 20);
  EXPECT_EQ(options.machine.boot.bios, "default");
  EXPECT_EQ(options.machine.hart.max_block_insns, 64u);
  EXPECT_EQ(options.machine.icount_shift, 0u);
  EXPECT_EQ(options.max_insns, UINT64_MAX);
}

TEST(OptionsTest, QemuCommandLine) {
  absl::StatusOr<CommandLine> line = Parse(
      "-M virt -m 256M -smp 1 -cpu rv64,h=off,zba=off -nographic -bios fw.elf -kernel Image "
      "-initrd rd "
      "-append console=ttyS0 -icount shift=1,sleep=off -rtc base=2024-01-01T00:00:00,clock=vm "
      "-seed 1 "
      "-display none -monitor none -no-reboot -serial file:/tmp/x "
      "-device loader,file=a,addr=0x80000000,force-raw=on -device "
      "loader,addr=0x8e100000,cpu-num=0");
  ASSERT_TRUE(line.ok()) << line.status();
  const machine::MachineConfig& machine = line->options->machine;
  EXPECT_EQ(machine.boot.ram_bytes, uint64_t{256} << 20);
  EXPECT_EQ(machine.boot.kernel, "Image");
  EXPECT_EQ(machine.boot.append, "console=ttyS0");
  EXPECT_EQ(machine.boot.seed, 1u);
  ASSERT_EQ(machine.boot.loaders.size(), 2u);
  EXPECT_EQ(machine.boot.loaders[1].cpu_num, 0u);
  EXPECT_EQ(machine.icount_shift, 1u);
  EXPECT_TRUE(machine.exit_on_reset);
  EXPECT_EQ(line->options->serial.path, "/tmp/x");
}

TEST(OptionsTest, OwnOptionsInBothForms) {
  absl::StatusOr<CommandLine> line = Parse(
      "--engine interp -max-block-insns 7 --tlb-entries=16 --victim-entries 0 --max-insns 1000 "
      "--stats "
      "--inject lw-zero-extends@5");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->options->machine.hart.max_block_insns, 7u);
  EXPECT_EQ(line->options->machine.hart.tlb_entries, 16u);
  EXPECT_EQ(line->options->machine.hart.max_tlb_entries, 16u);
  EXPECT_EQ(line->options->machine.hart.victim_entries, 0u);
  EXPECT_EQ(line->options->machine.hart.fault.from_icount, 5u);
  EXPECT_EQ(line->options->max_insns, 1000u);
  EXPECT_EQ(line->options->stats.form, StatsOptions::Form::kText);
}

TEST(OptionsTest, Devices) {
  absl::StatusOr<CommandLine> line = Parse(
      "-global virtio-mmio.force-legacy=false -drive file=a,format=raw,if=none,id=a "
      "-drive file=b,format=raw,if=none,id=b -device virtio-blk-device,drive=b "
      "-device loader,addr=0x80000000,cpu-num=0 -device virtio-blk-device,drive=a");
  ASSERT_TRUE(line.ok()) << line.status();
  ASSERT_EQ(line->options->devices.virtio.size(), 2u);
  EXPECT_EQ(line->options->devices.virtio[1].drive, "a");
  EXPECT_EQ(line->options->machine.boot.loaders.size(), 1u);
  EXPECT_EQ(line->options->machine.empty_virtio_version, 2u);
}

TEST(OptionsTest, StandardInputIsOf) {
  EXPECT_EQ(Error("-chardev stdio,id=c"),
            "-chardev: stdio,id=c: standard input is the serial port's; give -serial null or "
            "-serial file:PATH");
  EXPECT_TRUE(Parse("-chardev stdio,id=c -serial null").ok());
}

TEST(OptionsTest, EmptyAppend) {
  absl::StatusOr<CommandLine> line = ParseCommandLine({"-append", ""});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->options->machine.boot.append, "");
}

TEST(OptionsTest, TextsToPrint) {
  EXPECT_NE(Parse("--help")->text.find("--max-block-insns"), std::string::npos);
  EXPECT_EQ(Parse("-version")->text, "lockstep-emu 0.1.0\n");
  EXPECT_NE(Parse("--list-faults")->text.find("lw-zero-extends"), std::string::npos);
}

TEST(OptionsTest, ErrorsNameTheOption) {
  EXPECT_EQ(Error("-frobnicate"), "unknown option -frobnicate (see lockstep-emu --help)");
  EXPECT_EQ(Error("--frobnicate=5"), "unknown option --frobnicate (see lockstep-emu --help)");
  EXPECT_EQ(Error("-m 1G -gdb tcp::1"), "unknown option -gdb (see lockstep-emu --help)");
  EXPECT_EQ(Error("stray"), "unexpected argument 'stray' (see lockstep-emu --help)");
  EXPECT_NE(Error("-bios").find("--bios"), std::string::npos);
  EXPECT_EQ(Error("-M spike"), "-M: 'spike' is not available; only virt is");
  EXPECT_EQ(Error("-M virt,aia=aplic"), "-M: 'virt,aia=aplic': virt takes no properties here");
  EXPECT_EQ(Error("-m 0"), "-m: '0' is not a multiple of 4 KiB up to 1T");
  EXPECT_EQ(Error("-m lots"), "-m: 'lots' has an unknown suffix; k, M, G, T are known");
  EXPECT_EQ(Error("--engine tcg"), "--engine: 'tcg' is not an engine; interp and jit are");
  EXPECT_EQ(Error("--engine jit --jit-opt fold"),
            "--jit-opt: 'fold' is not NAME=on or NAME=off with a NAME of fold, state, idiom, dce, "
            "link, jump-cache, system, region, float");
  EXPECT_NE(Error("--engine jit --jit-opt unroll=off"), "");
  EXPECT_EQ(Error("--jit-dump @x"),
            "--jit-dump: '@x' is neither a hexadecimal address nor @ICOUNT");
  EXPECT_EQ(Error("--interp-opt host-float=maybe"),
            "--interp-opt: 'host-float=maybe' is not NAME=on or NAME=off with a NAME of "
            "host-float, chain, fuse");
  EXPECT_EQ(Error("--jit-threshold 0"), "--jit-threshold: '0' is not a number from 1 to 1000000");
  EXPECT_EQ(Error("-smp 9"), "-smp: 9 harts are not available; 1 to 8 are");
  EXPECT_EQ(Error("-smp 2 --quantum 0"),
            "--quantum: '0' is not a number from 1 to 18446744073709551615");
  EXPECT_EQ(Error("-smp 2 --inject lw-zero-extends,hart=2"),
            "--inject: 'lw-zero-extends,hart=2': there is no hart 2");
  EXPECT_EQ(Error("--inject lw-zero-extends@5,hart=x"),
            "--inject lw-zero-extends@5,hart=x: 'x' is not a hart");
  EXPECT_EQ(Error("--jit-cache 64K"), "--jit-cache: '64K' is not a number from 128 to 1048576");
  EXPECT_EQ(Error("--tlb-entries 3"), "--tlb-entries: '3' is not a power of two");
  EXPECT_EQ(Error("--tlb-entries 4,9"), "--tlb-entries: '9' is not a power of two");
  EXPECT_EQ(Error("--tlb-entries 4,"), "--tlb-entries: '' is not a number from 1 to 65536");
  EXPECT_EQ(Error("--tlb-entries 8,4"), "--tlb-entries: '8,4' ends below where it begins");
  EXPECT_EQ(Error("--tlb-entries 0"), "--tlb-entries: '0' is not a number from 1 to 65536");
  EXPECT_EQ(Error("--max-block-insns 65536").substr(0, 18), "--max-block-insns:");
  EXPECT_EQ(Error("--victim-entries 65").substr(0, 17), "--victim-entries:");
  EXPECT_EQ(Error("--max-insns x").substr(0, 12), "--max-insns:");
  EXPECT_EQ(Error("--inject jit-nan-sign"),
            "--inject: 'jit-nan-sign' is a fault of the translator; it needs --engine jit");
  EXPECT_EQ(Error("--inject nonsense").substr(0, 18), "--inject nonsense:");
  EXPECT_EQ(Error("-device virtio-net").substr(0, 8), "-device ");
  EXPECT_EQ(Error("-display gtk"), "-display: 'gtk' is not available; only none is");
  EXPECT_EQ(Error("-cpu rv64,v=on").substr(0, 5), "-cpu:");
}

TEST(OptionsTest, OptionsOfLaterVersionsAreUnknown) {
  for (const char* option : {"-gdb", "-S", "-record", "-replay"}) {
    EXPECT_EQ(Error(option),
              std::string("unknown option ") + option + " (see lockstep-emu --help)");
  }
}

TEST(OptionsTest, ErrorsAreOneLine) {
  for (const char* line : {"-frobnicate", "-m", "-smp 0", "-device", "-rtc base=utc"}) {
    EXPECT_EQ(Error(line).find('\n'), std::string::npos) << line;
    EXPECT_NE(Error(line), "") << line;
  }
}

}  // namespace
}  // namespace lockstep::emu
