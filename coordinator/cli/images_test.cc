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
}

}  // namespace
}  // namespace lockstep::cli
