// Input of virtio consoles: a shell on hvc0 and a service on a named port, driven by scripts, by a
// file and by standard input.

#include <gtest/gtest.h>

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

// Loads the transport and goes on with `commands` when the driver has made hvc0; `port NAME` waits
// for the device of a named port and prints it.
std::string ConsoleInitrd(const std::string& commands) {
  Initramfs initramfs;
  initramfs.AddModule("virtio_mmio");
  return initramfs.Write(
      initramfs.LoadModules() +
      "port() {\n"
      "  while :; do\n"
      "    for p in /sys/class/virtio-ports/*; do\n"
      "      busybox grep -q $1 $p/name 2> /dev/null && echo /dev/${p##*/} && return\n"
      "    done\n"
      "    busybox usleep 1000\n"
      "  done\n"
      "}\n"
      "until test -c /dev/hvc0; do busybox usleep 1000; done\n" +
      commands);
}

constexpr char kShellOnHvc0[] =
    "exec busybox setsid sh -c 'exec busybox cttyhack sh < /dev/hvc0 > /dev/hvc0 2>&1'\n";

// A line of hvc0's shell, seen as output and not as the echo of what was typed.
constexpr char kShellScript[] =
    "expect # \n"
    "send \"echo sum $((6*7))\\n\"\n"
    "expect sum 42\n"
    "send \"until test -e /tmp/served; do busybox sleep 1; done; busybox poweroff -f\\n\"\n";
constexpr char kServiceScript[] =
    "send \"first\\n\"\n"
    "expect \"guest got first\\n\"\n"
    "delay-insns 1000000\n"
    "send \"second\\nend\\n\"\n"
    "expect \"guest got second\\n\"\n"
    "expect \"guest got end\\n\"\n";

struct ConsoleTest : ::testing::Test {
  void SetUp() override {
    if (!testing::HaveLinux()) GTEST_SKIP() << testing::kGuestsMissing;
  }
  std::string Write(const std::string& name, const std::string& contents) {
    testing::WriteFile(directory_ + "/" + name, contents);
    return directory_ + "/" + name;
  }
  std::string Read(const std::string& name) { return testing::ReadFile(directory_ + "/" + name); }

  const std::string directory_ = testing::MakeTempDir();
};

struct Outcome {
  std::string shell, service, stats;
};

TEST_F(ConsoleTest, ScriptsAndAFile) {
  std::string bytes(1 << 20, '\0');
  std::mt19937 random(1);
  for (char& c : bytes) c = static_cast<char>(random());
  const std::string sum = testing::RunProcess({"md5sum", Write("bytes", bytes)}).out.substr(0, 32);
  const std::string initrd = ConsoleInitrd(
      "busybox head -c 1048576 $(port org.bytes) | busybox md5sum\n"
      "service=$(port org.service)\n"
      "(while read -r line <&3; do\n"
      "  echo \"guest got $line\" >&3\n"
      "  test $line = end && break\n"
      "done; : > /tmp/served) 3<> $service &\n" +
      std::string(kShellOnHvc0));
  const auto run = [&](const Words& more) {
    Words options = testing::LinuxOptions(initrd);
    const Words devices = {"-serial",
                           "file:" + directory_ + "/serial",
                           "-chardev",
                           "script,id=shell,path=" + Write("shell.script", kShellScript) +
                               ",out=" + directory_ + "/shell",
                           "-chardev",
                           "script,id=service,path=" + Write("service.script", kServiceScript) +
                               ",out=" + directory_ + "/service",
                           "-chardev",
                           "file,id=bytes,path=/dev/null,input-path=" + directory_ + "/bytes",
                           "-device",
                           "virtio-serial-device",
                           "-device",
                           "virtconsole,chardev=shell",
                           "-device",
                           "virtserialport,chardev=service,name=org.service",
                           "-device",
                           "virtserialport,chardev=bytes,name=org.bytes"};
    options.insert(options.end(), devices.begin(), devices.end());
    options.insert(options.end(), more.begin(), more.end());
    const ProcessResult result = testing::RunEmulator(options, "");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err.find("stands at line"), std::string::npos) << result.err;
    EXPECT_NE(Read("serial").find(sum), std::string::npos) << Read("serial");
    return Outcome{Read("shell"), Read("service"),
                   result.err.substr(0, result.err.find(" blocks="))};
  };
  const Outcome first = run({});
  EXPECT_NE(first.shell.find("\nsum 42"), std::string::npos) << first.shell;
  EXPECT_EQ(first.service, "guest got first\nguest got second\nguest got end\n");
  EXPECT_NE(first.stats.find("insns="), std::string::npos) << first.stats;
  // Input comes at the same instruction however the engine works.
  const Outcome second = run({"--engine", "jit", "--tlb-entries", "64", "--max-block-insns", "23"});
  EXPECT_EQ(second.shell, first.shell);
  EXPECT_EQ(second.stats, first.stats);
}

TEST_F(ConsoleTest, StandardInput) {
  Words argv = {testing::Runfile("emulator/main/lockstep-emu")};
  const Words options = testing::LinuxOptions(ConsoleInitrd(kShellOnHvc0));
  argv.insert(argv.end(), options.begin(), options.end());
  for (const char* word : {"-serial", "null", "-chardev", "stdio,id=c", "-device",
                           "virtio-serial-device", "-device", "virtconsole,chardev=c"}) {
    argv.push_back(word);
  }
  const ProcessResult result =
      testing::RunProcess(argv, "echo sum $((6*7))\nbusybox poweroff -f\n", 300);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\nsum 42"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace lockstep
