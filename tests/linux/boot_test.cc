// Debian 13's kernel on lockstep-emu: to a shell, and from a disk.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/linux/linux_guest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::Initramfs;
using testing::ProcessResult;
using Words = std::vector<std::string>;

Words Concat(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct LinuxBootTest : ::testing::Test {
  void SetUp() override {
    if (!testing::HaveLinux()) GTEST_SKIP() << testing::kGuestsMissing;
  }
};

constexpr char kShell[] = "exec busybox setsid busybox cttyhack sh\n";

TEST_F(LinuxBootTest, InitramfsToAShellAndPowerOff) {
  const Words options = testing::LinuxOptions(Initramfs().Write(kShell));
  const char kScript[] =
      "expect # \n"
      "send echo sum $((6*7)); busybox uname -m\\n\n"
      "expect sum 42\n"
      "expect riscv64\n"
      "send busybox poweroff -f\\n\n";
  const ProcessResult first = testing::RunEmulator(options, kScript);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_NE(first.out.find("reboot: Power down"), std::string::npos) << first.out;
  // Neither the TLB nor the length of blocks changes what the guest does.
  const ProcessResult second = testing::RunEmulator(
      Concat(options, {"--tlb-entries", "64", "--victim-entries", "0", "--max-block-insns", "23"}),
      kScript);
  EXPECT_EQ(second.out, first.out);
}

// Mounts the disk as root and goes on with its /sbin/init.
constexpr char kSwitchRoot[] =
    "busybox mount -t ext4 /dev/vda /mnt || exec sh\n"
    "exec busybox switch_root /mnt /sbin/init\n";

// A directory with the root file system of the disk.
std::string MakeRoot(const std::string& init) {
  const std::string root = testing::MakeTempDir();
  for (const char* name : {"bin", "sbin", "dev", "proc", "sys", "tmp"}) {
    std::filesystem::create_directory(root + "/" + name);
  }
  testing::WriteFile(root + "/bin/busybox",
                     testing::ReadFile(testing::FetchedGuest("linux/busybox")));
  std::filesystem::create_symlink("busybox", root + "/bin/sh");
  testing::WriteFile(root + "/sbin/init",
                     "#!/bin/sh\nexport PATH=/bin:/sbin\n"
                     "busybox mount -t proc proc /proc\n"
                     "busybox mount -t devtmpfs dev /dev\n" +
                         init);
  for (const char* name : {"/bin/busybox", "/sbin/init"}) chmod((root + name).c_str(), 0755);
  return root;
}

std::string DiskInitrd() {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_blk", "crc32c_generic", "ext4"}) {
    initramfs.AddModule(module);
  }
  return initramfs.Write(initramfs.LoadModules() + kSwitchRoot);
}

Words Disk(const std::string& path, const std::string& more = "") {
  return {"-drive", "file=" + path + ",format=raw,if=none,id=root" + more, "-device",
          "virtio-blk-device,drive=root,serial=root-disk"};
}

TEST_F(LinuxBootTest, Ext4RootOnAVirtioDisk) {
  const std::string root = MakeRoot(
      "read greeting < /greeting\n"
      "echo \"disk says $greeting\"\n"
      "busybox cat /sys/block/vda/serial 2> /dev/null\n"
      "echo written by the guest > /written\n"
      "busybox mount -o remount,ro /\n"
      "busybox poweroff -f\n");
  testing::WriteFile(root + "/greeting", "hello from ext4\n");
  const std::string image = testing::MakeExt4(root, 64);
  const Words linux_options = testing::LinuxOptions(DiskInitrd());
  // With the changes dropped, then for good: the same to the last byte.
  const Words snapshot = Concat(linux_options, Disk(image, ",snapshot=on"));
  const ProcessResult first = testing::RunEmulator(snapshot, "");
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_NE(first.out.find("disk says hello from ext4"), std::string::npos) << first.out;
  EXPECT_EQ(testing::ReadFromExt4(image, "/written"), "") << "snapshot=on";
  const ProcessResult second = testing::RunEmulator(Concat(linux_options, Disk(image)), "");
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(testing::ReadFromExt4(image, "/written"), "written by the guest\n");
}

TEST_F(LinuxBootTest, ALargeFileIsReadAndWrittenRight) {
  const std::string root = MakeRoot(
      "busybox cp /large /copy\n"
      "busybox sync\n"
      "echo 3 > /proc/sys/vm/drop_caches\n"
      "busybox md5sum /copy\n"
      "busybox mount -o remount,ro /\n"
      "busybox poweroff -f\n");
  std::string large(256 << 20, '\0');
  std::mt19937_64 random(1);
  for (size_t i = 0; i < large.size(); i += 8) {
    const uint64_t word = random();
    std::memcpy(&large[i], &word, 8);
  }
  testing::WriteFile(root + "/large", large);
  const std::string sum =
      testing::RunProcess({"md5sum", root + "/large"}, "", 300).out.substr(0, 32);
  const std::string image = testing::MakeExt4(root, 640);
  const ProcessResult result =
      testing::RunEmulator(Concat(testing::LinuxOptions(DiskInitrd()), Disk(image)), "", 600);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find(sum), std::string::npos) << result.out;
  EXPECT_TRUE(testing::ReadFromExt4(image, "/copy") == large);
}

TEST_F(LinuxBootTest, VirtioConsolesAndRandomBytes) {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio-rng"}) initramfs.AddModule(module);
  const std::string initrd = initramfs.Write(
      initramfs.LoadModules() +
      "echo to the console > /dev/hvc0\n"
      "for port in /sys/class/virtio-ports/*; do\n"
      "  busybox grep -q org.test $port/name && echo to the port > /dev/${port##*/}\n"
      "done\n"
      "busybox head -c 4096 /dev/hwrng | busybox md5sum\n"
      "busybox poweroff -f\n");
  const std::string directory = testing::MakeTempDir();
  const ProcessResult result = testing::RunEmulator(
      Concat(testing::LinuxOptions(initrd),
             {"-chardev", "file,id=console,path=" + directory + "/console", "-chardev",
              "file,id=port,path=" + directory + "/port", "-device", "virtio-serial-device",
              "-device", "virtconsole,chardev=console", "-device",
              "virtserialport,chardev=port,name=org.test", "-device", "virtio-rng-device"}),
      "");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(testing::ReadFile(directory + "/console"), "to the console\r\n");
  EXPECT_EQ(testing::ReadFile(directory + "/port"), "to the port\n");
  const std::string of_nothing = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_NE(result.out.find("  -"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find(of_nothing), std::string::npos) << result.out;
}

}  // namespace
}  // namespace lockstep
