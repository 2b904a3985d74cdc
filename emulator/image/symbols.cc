#include "emulator/image/symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"

namespace lockstep::image {
namespace {

using Bytes = std::span<const uint8_t>;

// The `index`th T of a table at `offset`; nothing when it is not inside.
template <typename T>
std::optional<T> At(Bytes file, uint64_t offset, uint64_t index = 0) {
  if (offset > file.size() || index >= (file.size() - offset) / sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset + index * sizeof(T), sizeof(T));
  return value;
}

std::optional<Elf64_Ehdr> Header(Bytes file) {
  const std::optional<Elf64_Ehdr> header = At<Elf64_Ehdr>(file, 0);
  if (!header.has_value() || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  const bool is_ours = header->e_ident[EI_CLASS] == ELFCLASS64 &&
                       header->e_ident[EI_DATA] == ELFDATA2LSB && header->e_machine == EM_RISCV &&
                       header->e_shentsize == sizeof(Elf64_Shdr);
  if (!is_ours) return {};
  return header;
}

// A string of the table, which ends inside it.
std::string StringAt(Bytes strings, uint64_t offset) {
  if (offset >= strings.size()) return "";
  const Bytes rest = strings.subspan(offset);
  const auto end = std::find(rest.begin(), rest.end(), 0);
  if (end == rest.end()) return "";
  return std::string(rest.begin(), end);
}

// Labels of the assembler's and mapping symbols name nothing.
bool IsWorthy(const Elf64_Sym& symbol, const std::string& name) {
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);
  if (type != STT_FUNC && type != STT_NOTYPE) return false;
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) return false;
  return !name.empty() && name[0] != '$' && name[0] != '.';
}

bool IsPrintable(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

void SymbolTable::AddElf(Bytes file) {
  const std::optional<Elf64_Ehdr> header = Header(file);
  if (!header.has_value()) return;
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = At<Elf64_Shdr>(file, header->e_shoff, i);
    if (!section.has_value()) return;
    if (section->sh_type != SHT_SYMTAB) continue;
    const auto names = At<Elf64_Shdr>(file, header->e_shoff, section->sh_link);
    if (!names.has_value() || names->sh_offset > file.size() ||
        names->sh_size > file.size() - names->sh_offset) {
      return;
    }
    const Bytes strings = file.subspan(names->sh_offset, names->sh_size);
    for (uint64_t k = 0; k < section->sh_size / sizeof(Elf64_Sym); ++k) {
      const auto symbol = At<Elf64_Sym>(file, section->sh_offset, k);
      if (!symbol.has_value()) break;
      std::string name = StringAt(strings, symbol->st_name);
      if (!IsWorthy(*symbol, name) || !IsPrintable(name)) continue;
      symbols_.push_back({symbol->st_value, symbol->st_size, std::move(name)});
    }
    break;  // there is one at most
  }
  // Of several at one address the one with a size, the first in the alphabet.
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    if (a.va != b.va) return a.va < b.va;
    if ((a.size_bytes != 0) != (b.size_bytes != 0)) return a.size_bytes != 0;
    return a.name < b.name;
  });
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(),
                             [](const Symbol& a, const Symbol& b) { return a.va == b.va; }),
                 symbols_.end());
}

std::string SymbolTable::Name(uint64_t va) const {
  auto next = std::upper_bound(symbols_.begin(), symbols_.end(), va,
                               [](uint64_t address, const Symbol& s) { return address < s.va; });
  if (next == symbols_.begin()) return "";
  const bool is_last = next == symbols_.end();
  const Symbol& symbol = *std::prev(next);
  const uint64_t offset = va - symbol.va;
  const bool covers = symbol.size_bytes != 0 ? offset < symbol.size_bytes : offset == 0 || !is_last;
  if (!covers) return "";
  return offset == 0 ? symbol.name : absl::StrFormat("%s+%#x", symbol.name, offset);
}

}  // namespace lockstep::image
