// Programs that people run, on lockstep-emu: a Debian 13 root file system on a virtio disk, with
// gcc, make, Python, Perl, SQLite, OpenSSL and xz. What they compute is what the host computes.

#include <gtest/gtest.h>

#include <algorithm>
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

constexpr char kDirectory[] = "tests/linux/userland/";

// The disk's root with the files of tests/linux/userland at /work goes on with run.sh.
std::string MakeInitrd() {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_blk", "crc32c_generic", "ext4"}) {
    initramfs.AddModule(module);
  }
  initramfs.AddDirectory("work");
  for (const char* name :
       {"Makefile", "main.c", "numbers.c", "numbers.h", "program.py", "run.sh"}) {
    initramfs.AddFile(std::string("work/") + name,
                      testing::ReadFile(testing::Runfile(std::string(kDirectory) + name)));
  }
  return initramfs.Write(initramfs.LoadModules() +
                         "busybox mount -t ext4 /dev/vda /mnt || exec sh\n"
                         "busybox mkdir -p /mnt/work\n"
                         "busybox mount -t tmpfs tmpfs /mnt/work\n"
                         "busybox cp /work/* /bin/busybox /mnt/work/\n"
                         "busybox mount -t devtmpfs dev /mnt/dev\n"
                         "exec busybox switch_root /mnt /bin/bash -c 'cd /work; . ./run.sh'\n");
}

Words Options(const std::string& initrd) {
  Words options = testing::LinuxOptions(initrd);
  const std::string disk = testing::FetchedGuest("debian/root.ext4");
  for (const std::string& word :
       {std::string("-drive"), "file=" + disk + ",format=raw,if=none,id=root,snapshot=on",
        std::string("-device"), std::string("virtio-blk-device,drive=root")}) {
    options.push_back(word);
  }
  return options;
}

std::string Sha256(const std::string& contents) {
  return testing::RunProcess({"sha256sum"}, contents).out.substr(0, 64);
}

// What the C program and the Python program print on this host.
std::string HostOutput() {
  const std::string directory = testing::MakeTempDir();
  const std::string source = testing::Runfile(kDirectory);
  const ProcessResult made = testing::RunProcess({"cc", "-O2", "-ffp-contract=off", "-I" + source,
                                                  "-o", directory + "/program", source + "/main.c",
                                                  source + "/numbers.c", "-lm"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  const ProcessResult c = testing::RunProcess({directory + "/program"});
  const ProcessResult python = testing::RunProcess({"python3", source + "/program.py"});
  EXPECT_EQ(c.exit_code, 0) << c.err;
  EXPECT_EQ(python.exit_code, 0) << python.err;
  return c.out + python.out;
}

struct UserlandTest : ::testing::Test {
  void SetUp() override {
    if (!testing::HaveLinux() || testing::FetchedGuest("debian/root.ext4").empty()) {
      GTEST_SKIP() << testing::kGuestsMissing;
    }
  }
};

TEST_F(UserlandTest, ComputesWhatTheHostComputes) {
  const std::string disk = testing::FetchedGuest("debian/root.ext4");
  std::string numbers;
  for (int i = 1; i <= 100000; ++i) numbers += std::to_string(i) + "\n";
  const std::string expected = HostOutput() +
                               Sha256(testing::ReadFromExt4(disk, "/usr/bin/python3.13")) +
                               "  /usr/bin/python3.13\n"
                               // Sums of arithmetic series, and the rows of the table.
                               "perl 51503605,51504636,51502575\n"
                               "sqlite|20000|200010000|39393939\n"
                               "ok\n"
                               "openssl " +
                               testing::RunProcess({"sha512sum"}, numbers).out.substr(0, 128) +
                               "\nxz " + Sha256(numbers) + "\n";
  Words options = Options(MakeInitrd());
  for (const char* word : {"--engine", "jit"}) options.push_back(word);
  ProcessResult result = testing::RunEmulator(options, "", 600);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::erase(result.out, '\r');
  EXPECT_NE(result.out.find(expected), std::string::npos) << "expected:\n"
                                                          << expected << "the guest:\n"
                                                          << result.out << result.err;
  EXPECT_NE(result.out.find("reboot: Power down"), std::string::npos) << result.out;
  EXPECT_EQ(testing::ReadFromExt4(disk, "/var/written"), "") << "snapshot=on";
}

}  // namespace
}  // namespace lockstep
