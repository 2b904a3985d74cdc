// Debian 13's kernel on four harts: from the shell's `nproc` to the power-off, with a disk and a
// network, the same every time, however blocks are cut, whatever the TLB and the engine; and a
// fault that is planted in one hart is found there.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/linux/linux_guest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using nlohmann::json;
using testing::Initramfs;
using testing::ProcessResult;
using testing::Runfile;
using Words = std::vector<std::string>;

constexpr int kTimeoutSeconds = 600;

struct LinuxSmpTest : ::testing::Test {
  void SetUp() override {
    if (!testing::HaveLinux()) GTEST_SKIP() << testing::kGuestsMissing;
  }
};

Words Concat(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Four processes at once; then the disk, then the network. Each says what it found.
constexpr char kWork[] =
    "echo cpus $(busybox nproc)\n"
    "for n in 1 2 3 4; do\n"
    "  busybox seq 1 ${n}000 | busybox md5sum > /tmp/sum$n &\n"
    "done\n"
    "wait\n"
    "busybox cat /tmp/sum1 /tmp/sum2 /tmp/sum3 /tmp/sum4\n"
    "busybox mount -t ext4 /dev/vda /mnt\n"
    "read greeting < /mnt/greeting\n"
    "echo disk says $greeting\n"
    "busybox cp /mnt/large /mnt/copy && busybox sync && busybox md5sum /mnt/copy\n"
    "busybox umount /mnt\n"
    "busybox ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up\n"
    "busybox ping -c 3 -W 2 10.0.2.2 | busybox tail -n 2\n"
    "busybox cat /proc/interrupts\n"
    "busybox poweroff -f\n";

Words SmpOptions() {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_blk", "crc32c_generic", "ext4", "virtio_net"}) {
    initramfs.AddModule(module);
  }
  const std::string initrd = initramfs.Write(initramfs.LoadModules() + kWork);
  const std::string root = testing::MakeTempDir();
  testing::WriteFile(root + "/greeting", "hello from ext4\n");
  testing::WriteFile(root + "/large", std::string(3 << 20, 'x'));
  const std::string image = testing::MakeExt4(root, 32);
  return Concat(testing::LinuxOptions(initrd),
                {"-smp", "4", "-drive", "file=" + image + ",format=raw,if=none,id=disk,snapshot=on",
                 "-device", "virtio-blk-device,drive=disk", "-netdev", "user,id=net", "-device",
                 "virtio-net-device,netdev=net"});
}

// "insns=N" of --stats.
std::string Counted(const ProcessResult& result) {
  const size_t at = result.err.find("insns=");
  return at == std::string::npos ? "" : result.err.substr(at, result.err.find(' ', at) - at);
}

TEST_F(LinuxSmpTest, DiskAndNetworkRepeatThemselves) {
  const Words options = SmpOptions();
  const ProcessResult first = testing::RunEmulator(options, "", kTimeoutSeconds);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  for (const char* text :
       {"cpus 4", "disk says hello from ext4", "3 packets received", "reboot: Power down"}) {
    EXPECT_NE(first.out.find(text), std::string::npos) << text << "\n" << first.out;
  }
  ASSERT_NE(Counted(first), "");
  for (const Words& variant :
       {Words(), Words{"--tlb-entries=4", "--victim-entries=0", "--max-block-insns=7"},
        Words{"--engine=jit", "--tlb-entries=64", "--max-block-insns=65535"}}) {
    const ProcessResult again = testing::RunEmulator(Concat(options, variant), "", kTimeoutSeconds);
    EXPECT_EQ(again.out, first.out) << absl::StrJoin(variant, " ");
    EXPECT_EQ(Counted(again), Counted(first)) << absl::StrJoin(variant, " ");
  }
  // The quantum is part of the machine.
  const ProcessResult other =
      testing::RunEmulator(Concat(options, {"--quantum=5000"}), "", kTimeoutSeconds);
  EXPECT_EQ(other.exit_code, 0) << other.out << other.err;
  EXPECT_NE(Counted(other), Counted(first));
}

// `lockstep run` of two builds with the flags; the report, and its exit status in *status.
json Compare(const Words& guest, const std::string& a, const std::string& b, const Words& more,
             int* status) {
  const std::string emu = Runfile("emulator/main/lockstep-emu");
  Words argv = {Runfile("coordinator/cli/lockstep"),
                "run",
                "--json",
                "-q",
                "--a",
                emu + a,
                "--b",
                emu + b,
                "--out",
                testing::MakeTempDir(),
                "--timeout",
                absl::StrCat(kTimeoutSeconds, "s")};
  argv = Concat(Concat(argv, more), {"--"});
  const ProcessResult result =
      testing::RunProcess(Concat(argv, Concat(guest, {"-serial", "null"})), "", kTimeoutSeconds);
  *status = result.exit_code;
  EXPECT_NE(result.exit_code, 2) << result.out << result.err;
  return json::parse(result.out, nullptr, /*allow_exceptions=*/false);
}

Words PowerOffOptions() {
  Initramfs initramfs;
  const std::string initrd = initramfs.Write("busybox poweroff -f\n");
  return Concat(testing::LinuxOptions(initrd), {"-smp", "4"});
}

TEST_F(LinuxSmpTest, EnginesAndGeometriesAgreeOnEveryHart) {
  int status = 0;
  const json report =
      Compare(PowerOffOptions(), "",
              " --engine jit --tlb-entries 16 --victim-entries 0 --max-block-insns 23",
              {"--digest=window"}, &status);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  EXPECT_EQ(report["vcpus"], 4);
  EXPECT_GT(std::stoull(report["compared"]["insns"].get<std::string>()), 500'000'000u);
}

TEST_F(LinuxSmpTest, AFaultOfOneHartIsFoundThere) {
  int status = 0;
  const json report = Compare(PowerOffOptions(), "", " --inject addw-keeps-high@1000000,hart=2",
                              {"--digest=window"}, &status);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(status, 1);
  EXPECT_EQ(report["outcome"], "OUTCOME_DIVERGED");
  const json& divergence = report["divergence"];
  EXPECT_EQ(divergence["vcpu"], 2) << divergence.dump(1);
  const std::string text = divergence["instruction"]["text"].get<std::string>();
  EXPECT_NE(text.find("addw"), std::string::npos) << text;
}

}  // namespace
}  // namespace lockstep
