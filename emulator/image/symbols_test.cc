// Symbol tables, whole and broken.

#include "emulator/image/symbols.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

namespace lockstep::image {
namespace {

struct Entry {
  uint64_t va;
  uint64_t size_bytes;
  const char* name;
  unsigned type = STT_FUNC;
};

// A file of a header, strings, symbols and three sections.
std::vector<uint8_t> File(const std::vector<Entry>& entries) {
  std::string strings(1, '\0');
  std::vector<Elf64_Sym> symbols(1);
  for (const Entry& entry : entries) {
    Elf64_Sym symbol = {};
    symbol.st_name = static_cast<Elf64_Word>(strings.size());
    symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, entry.type));
    symbol.st_shndx = 1;
    symbol.st_value = entry.va;
    symbol.st_size = entry.size_bytes;
    symbols.push_back(symbol);
    strings += std::string(entry.name) + '\0';
  }
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_RISCV;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  Elf64_Shdr sections[3] = {};
  sections[1].sh_type = SHT_SYMTAB;
  sections[1].sh_link = 2;
  sections[1].sh_offset = sizeof(header) + strings.size();
  sections[1].sh_size = symbols.size() * sizeof(Elf64_Sym);
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = sizeof(header);
  sections[2].sh_size = strings.size();
  header.e_shoff = sections[1].sh_offset + sections[1].sh_size;
  std::vector<uint8_t> file;
  const auto add = [&file](const void* data, size_t size) {
    const uint8_t* bytes = static_cast<const uint8_t*>(data);
    file.insert(file.end(), bytes, bytes + size);
  };
  add(&header, sizeof(header));
  add(strings.data(), strings.size());
  add(symbols.data(), sections[1].sh_size);
  add(sections, sizeof(sections));
  return file;
}

TEST(SymbolsTest, CoversSizesAndGaps) {
  SymbolTable table;
  table.AddElf(File({{0x2000, 0x10, "sized"},
                     {0x1000, 0, "label", STT_NOTYPE},
                     {0x3000, 0, "last"},
                     {0x2000, 0x20, "alias"},
                     {0x2004, 0, "$x", STT_NOTYPE},
                     {0x2008, 0, ".L1", STT_NOTYPE},
                     {0x1800, 0, "data", STT_OBJECT}}));
  EXPECT_EQ(table.Name(0xfff), "");
  EXPECT_EQ(table.Name(0x1000), "label");
  EXPECT_EQ(table.Name(0x1fff), "label+0xfff");
  EXPECT_EQ(table.Name(0x200f), "alias+0xf");
  EXPECT_EQ(table.Name(0x2020), "");
  EXPECT_EQ(table.Name(0x3000), "last");
  EXPECT_EQ(table.Name(0x3001), "");
}

TEST(SymbolsTest, SeveralFiles) {
  SymbolTable table;
  EXPECT_TRUE(table.empty());
  table.AddElf(File({{0x2000, 4, "kernel"}}));
  table.AddElf(File({{0x1000, 4, "firmware"}}));
  EXPECT_EQ(table.Name(0x1002), "firmware+0x2");
  EXPECT_EQ(table.Name(0x2000), "kernel");
}

TEST(SymbolsTest, BrokenFilesNameNothingWrongly) {
  const std::vector<uint8_t> good = File({{0x1000, 4, "name"}});
  for (size_t size = 0; size < good.size(); ++size) {
    SymbolTable table;
    table.AddElf(std::span(good).first(size));
    EXPECT_TRUE(table.empty()) << size;
  }
  for (size_t at = 0; at < good.size(); ++at) {
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0xff;
    SymbolTable table;
    table.AddElf(bad);  // nothing is read outside
    EXPECT_LE(table.Name(0x1000).size(), bad.size());
  }
}

}  // namespace
}  // namespace lockstep::image
