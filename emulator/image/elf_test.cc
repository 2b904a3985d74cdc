#include "emulator/image/elf.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace lockstep::image {
namespace {

constexpr size_t kDataOffset = 0x200;

// An ELF file with the given program headers and 64 bytes of data (1, 2, 3, ...) at kDataOffset.
struct ElfFile {
  ElfFile() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = 0x80000040;
    header.e_phoff = sizeof(header);
    header.e_phentsize = sizeof(Elf64_Phdr);
    Add(0x80000000, 16, 32);
  }
  void Add(uint64_t pa, uint64_t file_bytes, uint64_t memory_bytes) {
    Elf64_Phdr program{};
    program.p_type = PT_LOAD;
    program.p_offset = kDataOffset;
    program.p_vaddr = 0xffffffff00000000;
    program.p_paddr = pa;
    program.p_filesz = file_bytes;
    program.p_memsz = memory_bytes;
    programs.push_back(program);
  }
  std::vector<uint8_t> Bytes() {
    header.e_phnum = static_cast<uint16_t>(programs.size());
    std::vector<uint8_t> bytes(kDataOffset + 64);
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::memcpy(bytes.data() + sizeof(header), programs.data(),
                programs.size() * sizeof(Elf64_Phdr));
    for (size_t i = 0; i < 64; ++i) bytes[kDataOffset + i] = static_cast<uint8_t>(i + 1);
    return bytes;
  }
  // The error that the file gives; "" for none.
  std::string Error() {
    std::vector<uint8_t> bytes = Bytes();
    absl::StatusOr<ElfImage> image = ParseElf(bytes);
    return image.ok() ? "" : std::string(image.status().message());
  }

  Elf64_Ehdr header{};
  std::vector<Elf64_Phdr> programs;
};

TEST(ElfTest, LoadsByPhysicalAddressInOrder) {
  ElfFile file;
  file.Add(0x7fff0000, 8, 8);
  std::vector<uint8_t> bytes = file.Bytes();
  absl::StatusOr<ElfImage> image = ParseElf(bytes);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->entry, 0x80000040u);
  ASSERT_EQ(image->segments.size(), 2u);
  EXPECT_EQ(image->low(), 0x7fff0000u);
  EXPECT_EQ(image->high(), 0x80000020u);
  EXPECT_EQ(image->segments[1].bytes.size(), 16u);
  EXPECT_EQ(image->segments[1].bytes[15], 16);
  EXPECT_EQ(image->segments[1].size_bytes, 32u);
}

TEST(ElfTest, IgnoresWhatIsNotLoaded) {
  ElfFile file;
  file.Add(0x1000, 0, 0);
  file.Add(0x2000, 8, 8);
  file.programs.back().p_type = PT_NOTE;
  std::vector<uint8_t> bytes = file.Bytes();
  absl::StatusOr<ElfImage> image = ParseElf(bytes);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->segments.size(), 1u);
}

TEST(ElfTest, SaysWhatIsWrong) {
  EXPECT_EQ(std::string(ParseElf({}).status().message()), "not an ELF file");
  ElfFile file;
  file.header.e_machine = EM_X86_64;
  EXPECT_EQ(file.Error(), "ELF file of another machine (x86-64); a RISC-V one is needed");
  file = ElfFile();
  file.header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(file.Error(), "32-bit ELF file; a 64-bit RISC-V one is needed");
  file = ElfFile();
  file.header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(file.Error(), "big-endian ELF file; a little-endian one is needed");
  file = ElfFile();
  file.header.e_type = ET_REL;
  EXPECT_EQ(file.Error(), "ELF file is not an executable (link it first)");
  file = ElfFile();
  file.programs.clear();
  EXPECT_EQ(file.Error(), "ELF file has nothing to load");
}

TEST(ElfTest, RefusesHeadersAndSegmentsOutsideTheFile) {
  ElfFile file;
  file.header.e_phoff = UINT64_MAX - 8;
  EXPECT_EQ(file.Error(), "truncated ELF file: program headers are outside it");
  file = ElfFile();
  file.header.e_phoff = 0x300;
  EXPECT_EQ(file.Error(), "truncated ELF file: program headers are outside it");
  file = ElfFile();
  file.programs[0].p_filesz = file.programs[0].p_memsz = 65;
  EXPECT_EQ(file.Error(), "truncated ELF file: a segment ends at byte 577 of 576");
  file = ElfFile();
  file.programs[0].p_offset = UINT64_MAX - 4;
  EXPECT_NE(file.Error(), "");
  file = ElfFile();
  file.programs[0].p_filesz = UINT64_MAX;
  EXPECT_NE(file.Error(), "");
  file = ElfFile();
  file.header.e_phentsize = 8;
  EXPECT_EQ(file.Error(), "ELF program header has an unknown size");
}

TEST(ElfTest, RefusesImpossibleSegments) {
  ElfFile file;
  file.programs[0].p_memsz = 8;
  EXPECT_EQ(file.Error(), "ELF segment is larger in the file than in memory");
  file = ElfFile();
  file.programs[0].p_paddr = UINT64_MAX - 4;
  EXPECT_EQ(file.Error(), "ELF segment wraps around the address space");
  file = ElfFile();
  file.Add(0x8000001f, 1, 1);
  EXPECT_EQ(file.Error(), "ELF segments overlap at 0x8000001f");
  file = ElfFile();
  file.Add(0x80000020, 1, 1);
  EXPECT_EQ(file.Error(), "") << "touching is not overlapping";
}

TEST(ElfTest, EveryTruncationIsAnErrorOrHarmless) {
  std::vector<uint8_t> bytes = ElfFile().Bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    absl::StatusOr<ElfImage> image = ParseElf(std::span(bytes).first(size));
    // The segment needs the first 16 bytes of data.
    EXPECT_EQ(image.ok(), size >= kDataOffset + 16) << size;
  }
}

TEST(ElfTest, EveryDamagedHeaderByteIsSurvived) {
  const std::vector<uint8_t> good = ElfFile().Bytes();
  for (size_t at = 0; at < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr); ++at) {
    for (int flip : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> bytes = good;
      bytes[at] ^= static_cast<uint8_t>(flip);
      absl::StatusOr<ElfImage> image = ParseElf(bytes);
      if (!image.ok()) continue;
      for (const ElfSegment& segment : image->segments) {
        EXPECT_LE(segment.bytes.size(), bytes.size());
        EXPECT_GE(segment.size_bytes, segment.bytes.size());
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::image
