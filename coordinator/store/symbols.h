// Symbols and source lines of guest images, from ELF symbol tables and DWARF line tables.
//
// Thread-safe after the last Add(). Owns everything it returns by value.
#ifndef COORDINATOR_STORE_SYMBOLS_H_
#define COORDINATOR_STORE_SYMBOLS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::store {

class ElfSymbols final : public SymbolSource {
 public:
  ElfSymbols();
  ~ElfSymbols() override;

  // Loads the symbol table (and, if it has one, the line table) of the ELF file at `path`.
  // `load_bias` is added to every address: nonzero for a position-independent image that runs
  // elsewhere than it is linked. Where several files name an address the first added wins.
  // Errors, one line with the path: NotFound when it cannot be opened, InvalidArgument when it is
  // not an ELF file, or is a broken one, FailedPrecondition when it has no symbols at all.
  absl::Status Add(const std::string& path, int64_t load_bias = 0);

  report::CodePlace Lookup(uint64_t pc) const override;

  // The address of the symbol with this name; of several, of the first file's first.
  std::optional<uint64_t> AddressOf(const std::string& name) const;

  size_t size() const;  // symbols known

 private:
  struct File;
  struct State;
  std::unique_ptr<State> state_;
};

// True if the file at `path` begins with the ELF magic: whether an image can be asked for
// symbols. False for anything that cannot be read.
bool IsElf(const std::string& path);

}  // namespace lockstep::store

#endif  // COORDINATOR_STORE_SYMBOLS_H_
