// A bare-metal program that looks at every register of every virtio slot, before, during and after
// negotiation, sees the same under QEMU 7.2 (force-legacy=off) and under lockstep-emu.

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/console_peer.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;
using Words = std::vector<std::string>;

Words Lines(const std::string& text) {
  Words lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Devices {
  const char* name;
  Words options;  // DISK stands for an image
};
const Devices kDevices[] = {
    {"Empty", {}},
    {"Disk",
     {"-drive", "file=DISK,format=raw,if=none,id=d", "-device",
      "virtio-blk-device,drive=d,serial=abc"}},
    {"ReadOnlyDisk",
     {"-drive", "file=DISK,format=raw,if=none,id=d,readonly=on", "-device",
      "virtio-blk-device,drive=d,bus=virtio-mmio-bus.3"}},
    {"Network",
     {"-netdev", "user,id=n,ipv6=off", "-device", "virtio-net-device,netdev=n", "-netdev",
      "user,id=m,ipv6=off", "-device", "virtio-net-device,netdev=m,mac=52:54:00:01:02:03"}},
    {"Console",
     {"-chardev", "null,id=c", "-device", "virtio-serial-device", "-device",
      "virtconsole,chardev=c", "-device", "virtio-serial-device,max_ports=1"}},
    {"OrderOfSlots",
     {"-device", "virtio-rng-device,bus=virtio-mmio-bus.6", "-device", "virtio-rng-device",
      "-drive", "file=DISK,format=raw,if=none,id=d", "-device", "virtio-blk-device,drive=d",
      "-device", "virtio-rng-device,bus=virtio-mmio-bus.0"}},
};
void PrintTo(const Devices& devices, std::ostream* out) { *out << devices.name; }

class VirtioProbeTest : public ::testing::TestWithParam<Devices> {};

TEST_P(VirtioProbeTest, SeesWhatItSeesUnderQemu) {
  const std::string disk = testing::MakeTempDir() + "/disk";
  testing::WriteFile(disk, std::string(3 << 20, '\0'));
  Words options = {"-bios",   "none",
                   "-kernel", Runfile("tests/e2e/guest/virtio_probe.elf"),
                   "-global", "virtio-mmio.force-legacy=off"};
  for (std::string option : GetParam().options) {
    const size_t found = option.find("DISK");
    if (found != std::string::npos) option.replace(found, 4, disk);
    options.push_back(option);
  }
  const testing::ConsoleResult qemu = testing::RunWithScript(testing::QemuCommand(options), "", 60);
  EXPECT_EQ(qemu.exit_code, 7) << "the probe's own exit code";
  options.insert(options.begin(),
                 {Runfile("emulator/main/lockstep-emu"), "-cpu", testing::kCommonCpu});
  const ProcessResult ours = testing::RunProcess(options);
  EXPECT_EQ(ours.exit_code, 7) << ours.err;
  const Words expected = Lines(qemu.output), actual = Lines(ours.out);
  ASSERT_GE(expected.size(), 8u);
  ASSERT_EQ(actual.size(), expected.size());
  int differences = 0;
  for (size_t i = 0; i < expected.size() && differences < 20; ++i) {
    if (actual[i] == expected[i]) continue;
    ++differences;
    ADD_FAILURE() << "line " << i + 1 << "\n  qemu " << expected[i] << "\n  ours " << actual[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, VirtioProbeTest, ::testing::ValuesIn(kDevices),
                         [](const ::testing::TestParamInfo<Devices>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace lockstep
