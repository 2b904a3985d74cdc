// Debian 13's kernel on four harts, with a disk and a network: instances of other geometries and of
// both engines are the same on every hart from power-on to power-off, and so is a second run of
// one; and a fault that is planted in one hart is found there.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "emulator/jit/options.h"
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

struct Instance {
  std::string name;
  std::string options;
};

// `lockstep run` of the instances with the guest; the report, and its exit status in *status. The
// console of each goes to NAME in `consoles`.
json Compare(const std::string& digest, const std::vector<Instance>& instances, const Words& guest,
             const std::string& consoles, int* status) {
  Words argv = {Runfile("coordinator/cli/lockstep"),
                "run",
                "--json",
                "-q",
                digest,
                "--out",
                testing::MakeTempDir(),
                "--timeout",
                absl::StrCat(kTimeoutSeconds, "s")};
  for (const Instance& instance : instances) {
    argv.insert(argv.end(), {"--instance",
                             absl::StrCat(instance.name, "=", Runfile("emulator/main/lockstep-emu"),
                                          " -serial file:", consoles, "/", instance.name, " ",
                                          instance.options)});
  }
  argv.push_back("--");
  argv.insert(argv.end(), guest.begin(), guest.end());
  const ProcessResult result = testing::RunProcess(argv, "", kTimeoutSeconds);
  *status = result.exit_code;
  EXPECT_NE(result.exit_code, 2) << result.out << result.err;
  return json::parse(result.out, nullptr, /*allow_exceptions=*/false);
}

std::string RandomBytes(size_t n_bytes, unsigned seed) {
  std::string bytes(n_bytes, '\0');
  std::mt19937 random(seed);
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string Md5(const std::string& path) {
  return testing::RunProcess({"md5sum", path}).out.substr(0, 32);
}

// Three harts read a file of the disk each and write it anew, all at once, and read back what the
// disk has; then one serves a file to the three others over the loopback; then the network card
// brings one from the host.
constexpr char kWork[] =
    "echo cpus $(busybox nproc)\n"
    "busybox mount -t ext4 /dev/vda /mnt\n"
    "for n in 1 2 3; do\n"
    "  busybox taskset $((1 << n)) busybox cp /mnt/file$n /mnt/copy$n &\n"
    "done\n"
    "wait\n"
    "busybox sync\n"
    "echo 3 > /proc/sys/vm/drop_caches\n"
    "for n in 1 2 3; do\n"
    "  busybox taskset $((1 << (4 - n) & 14)) busybox md5sum /mnt/copy$n > /tmp/disk$n &\n"
    "done\n"
    "wait\n"
    "busybox ifconfig lo 127.0.0.1 up\n"
    "busybox taskset 1 busybox httpd -p 80 -h /mnt\n"
    "for n in 1 2 3; do\n"
    "  busybox taskset $((1 << n)) busybox wget -q -O /tmp/page$n http://127.0.0.1/file$n &\n"
    "done\n"
    "wait\n"
    "busybox ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up\n"
    "busybox ping -c 2 -W 2 10.0.2.2 | busybox tail -n 2\n"
    "busybox taskset 4 busybox tftp -g -r document -l /tmp/document 10.0.2.2\n"
    "for n in 1 2 3; do\n"
    "  echo disk$n $(busybox cat /tmp/disk$n)\n"
    "  echo page$n $(busybox md5sum /tmp/page$n)\n"
    "done\n"
    "echo document $(busybox md5sum /tmp/document)\n"
    "busybox cat /proc/interrupts\n"
    "busybox poweroff -f\n";

TEST_F(LinuxSmpTest, DiskAndNetworkAreTheSameOnAllHarts) {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_blk", "crc32c_generic", "ext4", "virtio_net"}) {
    initramfs.AddModule(module);
  }
  const std::string initrd = initramfs.Write(initramfs.LoadModules() + kWork);
  const std::string files = testing::MakeTempDir(), served = testing::MakeTempDir();
  for (unsigned n = 1; n <= 3; ++n) {
    testing::WriteFile(absl::StrCat(files, "/file", n), RandomBytes((n << 18) + n, n));
  }
  testing::WriteFile(served + "/document", RandomBytes(100'000, 4));
  Words guest = testing::LinuxOptions(initrd);
  guest.insert(guest.end(), {"-smp", "4", "-drive",
                             absl::StrCat("file=", testing::MakeExt4(files, 16),
                                          ",format=raw,if=none,id=disk,snapshot=on"),
                             "-device", "virtio-blk-device,drive=disk", "-netdev",
                             "user,id=net,restrict=on,tftp=" + served, "-device",
                             "virtio-net-device,netdev=net"});
  const std::string consoles = testing::MakeTempDir();
  const std::vector<Instance> instances = {
      {"jit", "--engine jit"},
      {"again", "--engine jit"},
      {"interp", "--tlb-entries 16 --victim-entries 0 --max-block-insns 7"},
  };
  int status = 0;
  const json report = Compare("--digest=window", instances, guest, consoles, &status);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(status, 0) << report.dump(1);
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  EXPECT_EQ(report["vcpus"], 4);
  EXPECT_GT(std::stoull(report["compared"]["insns"].get<std::string>()), 1'000'000'000u);

  const std::string console = testing::ReadFile(consoles + "/interp");
  for (const Instance& instance : instances) {
    EXPECT_EQ(testing::ReadFile(absl::StrCat(consoles, "/", instance.name)), console)
        << instance.name;
  }
  std::vector<std::string> expected = {"cpus 4", "2 packets received",
                                       "document " + Md5(served + "/document"),
                                       "reboot: Power down"};
  for (unsigned n = 1; n <= 3; ++n) {
    const std::string sum = Md5(absl::StrCat(files, "/file", n));
    expected.push_back(absl::StrCat("disk", n, " ", sum));
    expected.push_back(absl::StrCat("page", n, " ", sum));
  }
  for (const std::string& text : expected) {
    EXPECT_NE(console.find(text), std::string::npos) << text << "\n" << console;
  }
}

// A whole boot, with every optimisation of the translator on, each one off, and all off.
TEST_F(LinuxSmpTest, TheTranslatorIsTheInterpreterWithEachOptimisationOff) {
  Initramfs initramfs;
  const std::string initrd = initramfs.Write("echo cpus $(busybox nproc)\nbusybox poweroff -f\n");
  Words guest = testing::LinuxOptions(initrd);
  guest.insert(guest.end(), {"-smp", "4"});
  std::vector<Instance> instances = {{"interpreter", ""}, {"jit", "--engine jit"}};
  std::string all = "--engine jit";
  for (const jit::Switch& option : jit::kSwitches) {
    const std::string off = absl::StrCat(" --jit-opt ", option.name.data(), "=off");
    instances.push_back({option.name.data(), "--engine jit" + off});
    all += off;
  }
  instances.push_back({"all", all});
  const std::string consoles = testing::MakeTempDir();
  int status = 0;
  const json report = Compare("--digest=window", instances, guest, consoles, &status);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(status, 0) << report.dump(1);
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  EXPECT_EQ(report["vcpus"], 4);
  EXPECT_GT(std::stoull(report["compared"]["insns"].get<std::string>()), 1'000'000'000u);
  for (const Instance& instance : instances) {
    const std::string console = testing::ReadFile(absl::StrCat(consoles, "/", instance.name));
    EXPECT_NE(console.find("cpus 4"), std::string::npos) << instance.name << "\n" << console;
  }
}

// With another quantum, which is part of the machine.
TEST_F(LinuxSmpTest, AFaultOfOneHartIsFoundThere) {
  Initramfs initramfs;
  const std::string initrd = initramfs.Write("busybox poweroff -f\n");
  Words guest = testing::LinuxOptions(initrd);
  guest.insert(guest.end(), {"-smp", "4", "--quantum", "5000"});
  int status = 0;
  const json report =
      Compare("--digest=block", {{"good", ""}, {"bad", "--inject addw-keeps-high@1000000,hart=2"}},
              guest, testing::MakeTempDir(), &status);
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
