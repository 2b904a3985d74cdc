// A guest that writes random values to every register of every device, and random descriptors into
// the virtqueues, cannot bring the emulator down, and does the same in every run.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;
using Words = std::vector<std::string>;

// The guest with another seed.
std::string Guest(uint64_t seed) {
  std::string elf = testing::ReadFile(Runfile("tests/e2e/guest/hostile.elf"));
  const std::string planted = "\xed\x5e\xed\x5e\xed\x5e\xed\x5e";
  const size_t found = elf.find(planted);
  EXPECT_NE(found, std::string::npos);
  for (size_t i = 0; i < planted.size(); ++i) elf[found + i] = static_cast<char>(seed >> (8 * i));
  std::string path = testing::MakeTempDir() + "/hostile.elf";
  testing::WriteFile(path, elf);
  return path;
}

ProcessResult RunGuest(uint64_t seed, const Words& extra) {
  const std::string disk = testing::MakeTempDir() + "/disk";
  testing::WriteFile(disk, std::string(1 << 20, 'd'));
  Words argv = {Runfile("emulator/main/lockstep-emu"),
                "-bios",
                "none",
                "-kernel",
                Guest(seed),
                "-drive",
                "file=" + disk + ",format=raw,if=none,id=d,snapshot=on,discard=unmap",
                "-device",
                "virtio-blk-device,drive=d",
                "-netdev",
                "user,id=n,restrict=on",
                "-device",
                "virtio-net-device,netdev=n",
                "-device",
                "virtio-rng-device",
                "-chardev",
                "file,id=c,path=/dev/null,input-path=" + disk,
                "-chardev",
                "file,id=p,path=/dev/null,input-path=" + disk,
                "-device",
                "virtio-serial-device",
                "-device",
                "virtconsole,chardev=c",
                "-device",
                "virtserialport,chardev=p",
                "--max-insns",
                "3000000"};
  argv.insert(argv.end(), extra.begin(), extra.end());
  return testing::RunProcess(argv);
}

TEST(HostileGuestTest, TheEmulatorSurvives) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const ProcessResult result = RunGuest(seed * 0x9e3779b97f4a7c15, {});
    EXPECT_EQ(result.exit_code, 0) << "seed " << seed << ": " << result.err;
    EXPECT_EQ(result.err, "") << "seed " << seed;
  }
}

TEST(HostileGuestTest, AndRepeatsItself) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const ProcessResult first = RunGuest(seed, {});
    const ProcessResult second = RunGuest(seed, {"--tlb-entries", "1", "--max-block-insns", "3"});
    EXPECT_FALSE(first.out.empty()) << "the serial port is among the devices";
    EXPECT_EQ(first.out, second.out) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockstep
