#include "emulator/image/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_format.h"

namespace lockstep::image {
namespace {

absl::Status Bad(const std::string& what) { return absl::InvalidArgumentError(what); }

// Names of machines that one is likely to pass by mistake.
std::string MachineName(uint16_t machine) {
  switch (machine) {
    case EM_386:
      return "x86";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "ARM";
    case EM_AARCH64:
      return "AArch64";
    case EM_PPC64:
      return "PowerPC64";
    case EM_S390:
      return "S/390";
    case EM_MIPS:
      return "MIPS";
    default:
      return absl::StrFormat("number %d", machine);
  }
}

absl::StatusOr<Elf64_Ehdr> ReadHeader(std::span<const uint8_t> file) {
  if (!LooksLikeElf(file)) return Bad("not an ELF file");
  if (file.size() < EI_NIDENT) return Bad("truncated ELF header");
  if (file[EI_CLASS] != ELFCLASS64) return Bad("32-bit ELF file; a 64-bit RISC-V one is needed");
  if (file[EI_DATA] != ELFDATA2LSB) {
    return Bad("big-endian ELF file; a little-endian one is needed");
  }
  Elf64_Ehdr header;
  if (file.size() < sizeof(header)) return Bad("truncated ELF header");
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.e_machine != EM_RISCV) {
    return Bad(absl::StrFormat("ELF file of another machine (%s); a RISC-V one is needed",
                               MachineName(header.e_machine)));
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return Bad("ELF file is not an executable (link it first)");
  }
  return header;
}

absl::StatusOr<ElfSegment> ReadSegment(std::span<const uint8_t> file, const Elf64_Phdr& header) {
  if (header.p_filesz > file.size() || header.p_offset > file.size() - header.p_filesz) {
    return Bad(absl::StrFormat("truncated ELF file: a segment ends at byte %u of %u",
                               header.p_offset + header.p_filesz, file.size()));
  }
  if (header.p_filesz > header.p_memsz) {
    return Bad("ELF segment is larger in the file than in memory");
  }
  if (header.p_paddr > UINT64_MAX - header.p_memsz) {
    return Bad("ELF segment wraps around the address space");
  }
  return ElfSegment{header.p_paddr, file.subspan(header.p_offset, header.p_filesz), header.p_memsz};
}

}  // namespace

bool LooksLikeElf(std::span<const uint8_t> file) {
  return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

absl::StatusOr<ElfImage> ParseElf(std::span<const uint8_t> file) {
  absl::StatusOr<Elf64_Ehdr> header = ReadHeader(file);
  if (!header.ok()) return header.status();
  if (header->e_phnum != 0 && header->e_phentsize != sizeof(Elf64_Phdr)) {
    return Bad("ELF program header has an unknown size");
  }
  uint64_t table_bytes = uint64_t{header->e_phnum} * sizeof(Elf64_Phdr);
  if (table_bytes > file.size() || header->e_phoff > file.size() - table_bytes) {
    return Bad("truncated ELF file: program headers are outside it");
  }
  ElfImage image;
  image.entry = header->e_entry;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    Elf64_Phdr program;
    std::memcpy(&program, file.data() + header->e_phoff + i * sizeof(program), sizeof(program));
    if (program.p_type != PT_LOAD || program.p_memsz == 0) continue;
    absl::StatusOr<ElfSegment> segment = ReadSegment(file, program);
    if (!segment.ok()) return segment.status();
    image.segments.push_back(*segment);
  }
  if (image.segments.empty()) return Bad("ELF file has nothing to load");
  std::sort(image.segments.begin(), image.segments.end(),
            [](const ElfSegment& a, const ElfSegment& b) { return a.pa < b.pa; });
  for (size_t i = 1; i < image.segments.size(); ++i) {
    const ElfSegment& before = image.segments[i - 1];
    if (before.pa + before.size_bytes > image.segments[i].pa) {
      return Bad(absl::StrFormat("ELF segments overlap at %#x", image.segments[i].pa));
    }
  }
  return image;
}

}  // namespace lockstep::image
