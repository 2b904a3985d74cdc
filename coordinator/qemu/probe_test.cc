#include "coordinator/qemu/probe.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace lockstep::qemu {
namespace {

using ::testing::HasSubstr;

// A program that answers as a QEMU would.
std::string Fake(const std::string& version, const std::string& help) {
  const std::string path = testing::MakeTempDir() + "/qemu-riscv64";
  testing::WriteFile(path, "#!/bin/sh\ncase $1 in --version) echo '" + version + "';; *) echo '" +
                               help + "';; esac\n");
  chmod(path.c_str(), 0755);
  return path;
}

std::string Problem(const std::string& program) { return std::string(Probe(program).message()); }

TEST(ParseVersion, OfBothKinds) {
  absl::StatusOr<Version> v = ParseVersion("QEMU emulator version 7.2.22 (Debian 1:7.2+x)\nCopy");
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->major, 7);
  EXPECT_EQ(v->minor, 2);
  v = ParseVersion("qemu-riscv64 version 10.0.2 (Debian)");
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->major, 10);
  v = ParseVersion("qemu-riscv64 version 9.2\n");
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->minor, 2);
}

TEST(ParseVersion, OfOthers) {
  for (const char* text : {"", "hello", "bash version 5.2", "qemu version x.y", "qemu version 7"}) {
    EXPECT_FALSE(ParseVersion(text).ok()) << text;
  }
}

TEST(Probe, TheSystemsQemuWillDo) {
  EXPECT_EQ(Problem("qemu-system-riscv64"), "");
  EXPECT_EQ(Problem("qemu-riscv64"), "");
}

TEST(Probe, SaysWhatIsWrong) {
  EXPECT_THAT(Problem("qemu-system-none"), HasSubstr("qemu-system-none"));
  EXPECT_THAT(Problem(Fake("hello", "")), HasSubstr("does not answer --version"));
  EXPECT_THAT(Problem(Fake("qemu-riscv64 version 5.2.0", "-plugin")), HasSubstr("too old"));
  EXPECT_THAT(Problem(Fake("qemu-riscv64 version 8.2.0", "-seed")), HasSubstr("without plugins"));
  EXPECT_EQ(Problem(Fake("qemu-riscv64 version 8.2.0", "-plugin FILE")), "");
}

TEST(Probe, AStaticProgramIsRefused) {
  const std::string path = testing::MakeTempDir() + "/qemu-riscv64";
  testing::WriteFile(path + ".c", "int main(void) { return 0; }\n");
  for (const char* how : {"-static", "-static-pie"}) {
    const testing::ProcessResult built = testing::RunProcess({"gcc", how, "-o", path, path + ".c"});
    ASSERT_EQ(built.exit_code, 0) << built.err;
    EXPECT_THAT(Problem(path), HasSubstr("is linked statically")) << how;
  }
}

TEST(FindPlugin, TheEnvironmentComesFirst) {
  const std::string path = testing::MakeTempDir() + "/p.so";
  setenv("LOCKSTEP_QEMU_PLUGIN", path.c_str(), 1);
  EXPECT_THAT(std::string(FindPlugin().status().message()), HasSubstr("LOCKSTEP_QEMU_PLUGIN"));
  testing::WriteFile(path, "");
  ASSERT_TRUE(FindPlugin().ok());
  EXPECT_EQ(*FindPlugin(), path);
  unsetenv("LOCKSTEP_QEMU_PLUGIN");
}

}  // namespace
}  // namespace lockstep::qemu
