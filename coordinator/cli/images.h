// The guest images named by an emulator's arguments, as a source of symbols.
#ifndef COORDINATOR_CLI_IMAGES_H_
#define COORDINATOR_CLI_IMAGES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/store/symbol_source.h"
#include "coordinator/store/symbols.h"

namespace lockstep::cli {

// ELF files among the words, in order, each once: words, what follows '=' in them, and values of
// comma-separated lists ("loader,file=fw.elf,addr=0x80000000"). argv[0] is the emulator and does
// not count, nor do programs of the host (ELF machine x86-64).
std::vector<std::string> FindImages(const std::vector<std::vector<std::string>>& commands);

// Symbols of images that are loaded when the first is asked for: most runs need none. Thread-safe.
class LazySymbols final : public store::SymbolSource {
 public:
  explicit LazySymbols(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Loads "FILE" or "FILE@OFFSET" at once; it is asked before the others. The guest runs the file
  // OFFSET bytes (decimal or 0x...) above the addresses that it was linked for: firmware that
  // relocates itself. Errors: InvalidArgument for the offset, else those of ElfSymbols::Add().
  absl::Status AddNow(const std::string& spec);

  report::CodePlace Lookup(uint64_t pc) const override;

  // The address of a symbol; nullopt: no image has it.
  std::optional<uint64_t> AddressOf(const std::string& name) const;

 private:
  void Load() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<std::string> paths_;
  mutable absl::Mutex mutex_;
  mutable bool loaded_ ABSL_GUARDED_BY(mutex_) = false;
  mutable store::ElfSymbols symbols_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_IMAGES_H_
