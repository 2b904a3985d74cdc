#include "coordinator/cli/images.h"

#include <elf.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep::cli {
namespace {

// The machine that an ELF file is for; EM_NONE if it is none.
uint16_t ElfMachine(const std::string& path) {
  Elf64_Ehdr header;
  std::ifstream in(path, std::ios::binary);
  // e_machine has the same place in 32-bit and 64-bit files.
  constexpr std::streamsize kNeeded = offsetof(Elf64_Ehdr, e_version);
  if (!in.read(reinterpret_cast<char*>(&header), kNeeded)) return EM_NONE;
  const bool elf = std::equal(header.e_ident, header.e_ident + SELFMAG, ELFMAG);
  return elf ? header.e_machine : static_cast<uint16_t>(EM_NONE);
}

void AddIfImage(const std::string& path, std::vector<std::string>& images) {
  if (path.empty() || std::find(images.begin(), images.end(), path) != images.end()) return;
  const uint16_t machine = ElfMachine(path);
  if (machine != EM_NONE && machine != EM_X86_64) images.push_back(path);
}

}  // namespace

std::vector<std::string> FindImages(const std::vector<std::vector<std::string>>& commands) {
  std::vector<std::string> images;
  for (const std::vector<std::string>& argv : commands) {
    for (size_t i = 1; i < argv.size(); ++i) {
      AddIfImage(argv[i], images);
      for (absl::string_view part : absl::StrSplit(argv[i], ',')) {
        const size_t equals = part.find('=');
        if (equals != absl::string_view::npos) {
          AddIfImage(std::string(part.substr(equals + 1)), images);
        }
      }
    }
  }
  return images;
}

absl::Status LazySymbols::AddNow(const std::string& spec) {
  std::string path = spec;
  uint64_t offset_bytes = 0;
  const size_t at = spec.rfind('@');
  if (at != std::string::npos && !std::ifstream(spec).good()) {
    path = spec.substr(0, at);
    const std::string offset = spec.substr(at + 1);
    const bool hexadecimal = absl::StartsWithIgnoreCase(offset, "0x");
    if (!(hexadecimal ? absl::SimpleHexAtoi(offset, &offset_bytes)
                      : absl::SimpleAtoi(offset, &offset_bytes))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", offset, "' in '", spec, "' is not an offset in bytes; write FILE@0x7d57000"));
    }
  }
  absl::MutexLock lock(&mutex_);
  return symbols_.Add(path, static_cast<int64_t>(offset_bytes));
}

void LazySymbols::Load() const {
  if (loaded_) return;
  loaded_ = true;
  // An image without symbols is nothing to report: nobody asked for its symbols.
  for (const std::string& path : paths_) symbols_.Add(path).IgnoreError();
}

report::CodePlace LazySymbols::Lookup(uint64_t pc) const {
  absl::MutexLock lock(&mutex_);
  Load();
  return symbols_.Lookup(pc);
}

std::optional<uint64_t> LazySymbols::AddressOf(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  Load();
  return symbols_.AddressOf(name);
}

}  // namespace lockstep::cli
