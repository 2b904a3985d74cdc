#include "coordinator/store/symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

// A function to be found, with C linkage so that its name is what it is.
extern "C" __attribute__((noinline)) int lockstep_symbols_test_function(int x) {
  asm volatile("");
  return 3 * x;
}

namespace lockstep::store {
namespace {

using ::testing::HasSubstr;

const char kSelf[] = "/proc/self/exe";

// What the loader added to this program's addresses.
int64_t LoadBias() {
  int64_t bias = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* result) {
        *static_cast<int64_t*>(result) = static_cast<int64_t>(info->dlpi_addr);
        return 1;  // the first is the program
      },
      &bias);
  return bias;
}

std::string Write(const std::string& name, const std::string& content) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

uint64_t FunctionAddress() { return reinterpret_cast<uint64_t>(&lockstep_symbols_test_function); }

TEST(ElfSymbols, NamesAFunctionWithItsSourceLine) {
  ElfSymbols symbols;
  const absl::Status status = symbols.Add(kSelf, LoadBias());
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_GT(symbols.size(), 10u);
  const report::CodePlace place = symbols.Lookup(FunctionAddress());
  EXPECT_EQ(place.pc, FunctionAddress());
  EXPECT_EQ(place.symbol, "lockstep_symbols_test_function");
  EXPECT_THAT(place.source, HasSubstr("symbols_test.cc:"));
  EXPECT_EQ(symbols.Lookup(FunctionAddress() + 1).symbol, "lockstep_symbols_test_function+0x1");
}

TEST(ElfSymbols, KnowsNothingElsewhere) {
  ElfSymbols symbols;
  ASSERT_TRUE(symbols.Add(kSelf, LoadBias()).ok());
  for (uint64_t pc : {uint64_t{0}, uint64_t{0x10}, UINT64_MAX}) {
    EXPECT_EQ(symbols.Lookup(pc).symbol, "") << pc;
    EXPECT_EQ(symbols.Lookup(pc).source, "") << pc;
    EXPECT_EQ(symbols.Lookup(pc).pc, pc);
  }
  EXPECT_EQ(ElfSymbols().Lookup(5).symbol, "");
}

TEST(ElfSymbols, TheFirstFileThatKnowsWins) {
  ElfSymbols symbols;
  ASSERT_TRUE(symbols.Add(kSelf, LoadBias() + 0x10000000).ok());
  ASSERT_TRUE(symbols.Add(kSelf, LoadBias()).ok());
  EXPECT_EQ(symbols.Lookup(FunctionAddress() + 0x10000000).symbol,
            "lockstep_symbols_test_function");
  EXPECT_EQ(symbols.Lookup(FunctionAddress()).symbol, "lockstep_symbols_test_function");
}

TEST(ElfSymbols, MissingFile) {
  ElfSymbols symbols;
  const absl::Status status = symbols.Add("/nonexistent/vmlinux");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "/nonexistent/vmlinux: cannot be opened: No such file or directory");
}

TEST(ElfSymbols, FilesThatAreNotElf) {
  ElfSymbols symbols;
  for (const std::string& path : {Write("text", "hello\n"), Write("empty", ""),
                                  Write("ar", "!<arch>\n"), std::string(::testing::TempDir())}) {
    const absl::Status status = symbols.Add(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_EQ(status.message(), path + ": not an ELF file");
  }
}

TEST(ElfSymbols, TruncatedFilesAreRefusedOrReadButNeverHarmful) {
  const std::string whole = Contents(kSelf);
  ASSERT_GT(whole.size(), 10000u);
  for (size_t bytes :
       {size_t{4}, size_t{60}, size_t{64}, size_t{1000}, whole.size() / 2, whole.size() - 100}) {
    ElfSymbols symbols;
    const absl::Status status = symbols.Add(Write("short", whole.substr(0, bytes)));
    EXPECT_FALSE(status.ok() && symbols.size() == 0) << bytes;
    symbols.Lookup(0x1000);
  }
}

TEST(ElfSymbols, ACorruptedSymbolTableIsRefusedOrReadButNeverHarmful) {
  std::string image = Contents(kSelf);
  for (size_t i = image.size() / 2; i < image.size(); i += 97) {
    image[i] = static_cast<char>(image[i] ^ 0x5a);
  }
  ElfSymbols symbols;
  if (symbols.Add(Write("corrupt", image)).ok()) {
    for (uint64_t pc = 0; pc < 0x10000; pc += 64) symbols.Lookup(pc);
  }
}

TEST(IsElf, LooksAtTheMagic) {
  EXPECT_TRUE(IsElf(kSelf));
  EXPECT_FALSE(IsElf(Write("text", "hello\n")));
  EXPECT_FALSE(IsElf(Write("empty", "")));
  EXPECT_FALSE(IsElf("/nonexistent"));
}

}  // namespace
}  // namespace lockstep::store
