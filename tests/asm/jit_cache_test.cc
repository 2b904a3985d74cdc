// A program with more code than the translator's cache holds: the cache is emptied again and again,
// and under `lockstep run` the guest is the interpreter's, told by records and by runs of blocks.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/process.h"

namespace lockstep::testing {
namespace {

constexpr char kSmall[] = " --engine jit --jit-threshold 1 --jit-cache 128";

TEST(JitCacheTest, IsEmptiedWhenItIsFull) {
  const ProcessResult run =
      RunProcess({Runfile("emulator/main/lockstep-emu"), "--engine", "jit", "--jit-threshold", "1",
                  "--jit-cache", "128", "--stats", "-nographic", "-bios",
                  Runfile("tests/asm/priv/code-fills-cache.elf")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("a0=0xfa39c45b5eec4048"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("a1=0x1f4ef0c3dbea22c8"), std::string::npos) << run.out;
  const size_t clears = run.err.find(" clears=");
  ASSERT_NE(clears, std::string::npos) << run.err;
  EXPECT_GE(std::atoi(run.err.c_str() + clears + 8), 10) << run.err;
}

TEST(JitCacheTest, TheGuestIsTheInterpreters) {
  const std::string emulator = Runfile("emulator/main/lockstep-emu");
  for (const char* digest : {"--digest=block", "--digest=window"}) {
    for (const char* program :
         {"code-fills-cache", "code-rewritten-in-loop", "code-remapped-in-loop"}) {
      const ProcessResult run =
          RunProcess({Runfile("coordinator/cli/lockstep"), "run", "--quiet", digest, "--a",
                      absl::StrCat(emulator, kSmall), "--b", emulator, "--out", MakeTempDir(), "--",
                      "-M", "virt", "-nographic", "-bios",
                      Runfile(absl::StrCat("tests/asm/priv/", program, ".elf"))});
      EXPECT_EQ(run.exit_code, 0) << program << ", " << digest << ": " << run.out << run.err;
      EXPECT_NE(run.out.find("IDENTICAL  insns="), std::string::npos) << run.out;
    }
  }
}

}  // namespace
}  // namespace lockstep::testing
