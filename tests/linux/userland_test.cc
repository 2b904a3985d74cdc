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

// A build and its result, of run.sh.
constexpr char kBuildOnly[] =
    "export PATH=/usr/sbin:/usr/bin LC_ALL=C\n"
    "cp Makefile *.c *.h /run\n"
    "cd /run && make -s program && ./program\n"
    "/job/busybox poweroff -f\n";

// The disk's root with the files of tests/linux/userland at /job goes on with `commands`.
std::string MakeInitrd(const std::string& commands) {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_blk", "crc32c_generic", "ext4"}) {
    initramfs.AddModule(module);
  }
  initramfs.AddDirectory("job");
  for (const char* name : {"Makefile", "main.c", "numbers.c", "numbers.h", "program.py"}) {
    initramfs.AddFile(std::string("job/") + name,
                      testing::ReadFile(testing::Runfile(std::string(kDirectory) + name)));
  }
  initramfs.AddFile("job/commands", commands);
  return initramfs.Write(initramfs.LoadModules() +
                         "busybox mount -t ext4 /dev/vda /mnt || exec sh\n"
                         "busybox mkdir -p /mnt/job\n"
                         "busybox mount -t tmpfs tmpfs /mnt/job\n"
                         "busybox cp /job/* /bin/busybox /mnt/job/\n"
                         "busybox mount -t devtmpfs dev /mnt/dev\n"
                         "busybox mount -t tmpfs tmpfs /mnt/run\n"
                         "exec busybox switch_root /mnt /bin/bash -c 'cd /job; . ./commands'\n");
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
  Words options =
      Options(MakeInitrd(testing::ReadFile(testing::Runfile(std::string(kDirectory) + "run.sh"))));
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

// The compiler, the assembler and the linker at work, in all groups of state.
TEST_F(UserlandTest, TheEnginesAgreeOverABuildWithGcc) {
  const std::string consoles = testing::MakeTempDir();
  const auto instance = [&consoles](const std::string& engine) {
    return testing::Runfile("emulator/main/lockstep-emu") + " --engine " + engine +
           " -serial file:" + consoles + "/" + engine;
  };
  Words argv = {testing::Runfile("coordinator/cli/lockstep"),
                "run",
                "--quiet",
                "--digest=window",
                "--out",
                testing::MakeTempDir(),
                "--a",
                instance("jit"),
                "--b",
                instance("interp"),
                "--"};
  const Words options = Options(MakeInitrd(kBuildOnly));
  argv.insert(argv.end(), options.begin(), options.end());
  const ProcessResult result = testing::RunProcess(argv, "", 800);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("IDENTICAL  insns="), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("compared=pc,gpr,fpr,csr,mem"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("exit code 0 at icount"), std::string::npos) << result.out;
  // A guest that never came to build anything would agree, too.
  for (const char* engine : {"jit", "interp"}) {
    const std::string console = testing::ReadFile(consoles + "/" + engine);
    EXPECT_NE(console.find("c-primes "), std::string::npos) << console;
    EXPECT_NE(console.find("reboot: Power down"), std::string::npos) << console;
  }
}

}  // namespace
}  // namespace lockstep
