#include "coordinator/cli/images.h"

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string WriteElf(const std::string& name, uint16_t machine) {
  const char* directory = getenv("TEST_TMPDIR");
  const std::string path =
      absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", name);
  Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_machine = machine;
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<char*>(&header), sizeof(header));
  return path;
}

TEST(FindImages, PlainAndEmbeddedPaths) {
  const std::string bios = WriteElf("bios", EM_RISCV);
  const std::string kernel = WriteElf("kernel", EM_RISCV);
  const std::string loaded = WriteElf("loaded", EM_AARCH64);
  EXPECT_THAT(FindImages({{"emu", "-bios", bios, "--kernel=" + kernel},
                          {"emu", "-bios", bios, "-device",
                           absl::StrCat("loader,file=", loaded, ",addr=0x80000000")}}),
              ElementsAre(bios, kernel, loaded));
}

TEST(FindImages, HostProgramsAndOtherFilesDoNotCount) {
  const std::string emulator = WriteElf("emulator", EM_RISCV);  // argv[0], whatever it is for
  const std::string host = WriteElf("host", EM_X86_64);
  EXPECT_THAT(FindImages({{emulator, host, "/etc/passwd", "/no/such", "/tmp", "", "a=", "-m"}}),
              IsEmpty());
}

TEST(LazySymbols, BadFilesAreErrorsOnlyWhenAskedFor) {
  LazySymbols symbols({"/no/such/file"});
  EXPECT_EQ(symbols.Lookup(0x1000).symbol, "");
  EXPECT_EQ(symbols.Lookup(0x1000).pc, 0x1000u);
  EXPECT_FALSE(symbols.AddNow("/no/such/file").ok());
  EXPECT_EQ(symbols.AddNow("/no/such/file@0x1000").code(), absl::StatusCode::kNotFound);
  const absl::Status bad = symbols.AddNow("/no/such/file@0xzz");
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(bad.message()), HasSubstr("'0xzz'"));
}

TEST(LazySymbols, AnAddressByItsName) {
  LazySymbols plain({"/proc/self/exe"});
  ASSERT_TRUE(plain.AddressOf("main").has_value());
  EXPECT_EQ(plain.Lookup(*plain.AddressOf("main")).symbol, "main");
  EXPECT_FALSE(plain.AddressOf("no_such_symbol").has_value());
  LazySymbols moved({});
  ASSERT_TRUE(moved.AddNow("/proc/self/exe@0x1000").ok());
  EXPECT_EQ(moved.AddressOf("main"), *plain.AddressOf("main") + 0x1000);
}

// A file that runs 0x1000 bytes above its link address: this program itself serves as one.
TEST(LazySymbols, AnOffsetMovesTheSymbols) {
  LazySymbols plain({});
  ASSERT_TRUE(plain.AddNow("/proc/self/exe").ok());
  LazySymbols moved({});
  ASSERT_TRUE(moved.AddNow("/proc/self/exe@0x1000").ok());
  uint64_t known = 0;  // some address that has a symbol
  for (uint64_t pc = 0x1000; pc < 0x400000 && known == 0; pc += 64) {
    if (!plain.Lookup(pc).symbol.empty()) known = pc;
  }
  ASSERT_NE(known, 0u);
  EXPECT_EQ(moved.Lookup(known + 0x1000).symbol, plain.Lookup(known).symbol);
}

}  // namespace
}  // namespace lockstep::cli
