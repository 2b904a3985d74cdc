// Names of addresses, from the symbol table of a 64-bit RISC-V ELF file.
//
// Nothing in the file is trusted. Source: System V ABI, ELF-64 Object File Format.
#ifndef EMULATOR_IMAGE_SYMBOLS_H_
#define EMULATOR_IMAGE_SYMBOLS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lockstep::image {

class SymbolTable {
 public:
  // Adds the functions and labels of a file, at their virtual addresses; nothing when it is not
  // such a file or has no (intact) symbol table.
  void AddElf(std::span<const uint8_t> file);

  bool empty() const { return symbols_.empty(); }
  // "memcpy", "memcpy+0x1c"; empty when no symbol covers the address. A symbol without a size
  // covers what is up to the next one.
  std::string Name(uint64_t va) const;

 private:
  struct Symbol {
    uint64_t va;
    uint64_t size_bytes;
    std::string name;
  };
  std::vector<Symbol> symbols_;  // by va; one for each
};

}  // namespace lockstep::image

#endif  // EMULATOR_IMAGE_SYMBOLS_H_
