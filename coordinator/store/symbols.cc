#include "coordinator/store/symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

namespace lockstep::store {
namespace {

struct Symbol {
  uint64_t begin = 0;
  uint64_t end = 0;  // of its size, or of its section when it has none
  std::string name;
  int rank = 0;  // of several at one address the largest wins
};

// Labels of the assembler and mapping symbols are no names to show.
bool IsNoise(std::string_view name) {
  return name.empty() || name.front() == '$' || name.substr(0, 2) == ".L";
}

class FileDescriptor {
 public:
  explicit FileDescriptor(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

// One image. Symbols are read at once, lines when they are asked for.
struct ElfSymbols::File {
  explicit File(const std::string& path) : fd(path) {}
  ~File() {
    if (dwarf != nullptr) dwarf_end(dwarf);
    if (elf != nullptr) elf_end(elf);
  }

  bool ReadTable(Elf_Scn* section, const GElf_Shdr& header);
  absl::Status Read(const std::string& path);
  const Symbol* Find(uint64_t address) const;
  std::string SourceOf(uint64_t address) const;

  FileDescriptor fd;
  Elf* elf = nullptr;
  Dwarf* dwarf = nullptr;  // null without debug information
  int64_t load_bias = 0;
  std::vector<Symbol> symbols;  // by begin
};

struct ElfSymbols::State {
  std::vector<std::unique_ptr<File>> files;
  mutable std::mutex dwarf_mutex;  // libdw reads lazily
};

bool ElfSymbols::File::ReadTable(Elf_Scn* section, const GElf_Shdr& header) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return false;
  const size_t n = header.sh_size / header.sh_entsize;
  for (size_t i = 0; i < n; ++i) {
    GElf_Sym entry;
    if (gelf_getsym(data, static_cast<int>(i), &entry) == nullptr) return false;
    const int type = GELF_ST_TYPE(entry.st_info);
    if (entry.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_NOTYPE)) continue;
    const char* name = elf_strptr(elf, header.sh_link, entry.st_name);
    if (name == nullptr) return false;
    if (IsNoise(name)) continue;
    Symbol symbol;
    symbol.begin = entry.st_value;
    symbol.end = entry.st_value + entry.st_size;
    if (entry.st_size == 0) {
      GElf_Shdr in;
      Elf_Scn* home = elf_getscn(elf, entry.st_shndx);
      if (home == nullptr || gelf_getshdr(home, &in) == nullptr) continue;  // absolute
      if ((in.sh_flags & SHF_EXECINSTR) == 0) continue;
      symbol.end = in.sh_addr + in.sh_size;
    }
    symbol.name = name;
    symbol.rank = (type == STT_FUNC ? 4 : 0) + (entry.st_size != 0 ? 2 : 0) +
                  (GELF_ST_BIND(entry.st_info) == STB_GLOBAL ? 1 : 0);
    symbols.push_back(std::move(symbol));
  }
  return true;
}

absl::Status ElfSymbols::File::Read(const std::string& path) {
  const auto broken = [&](const char* what) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: %s: %s", path, what, elf_errmsg(-1)));
  };
  if (elf_version(EV_CURRENT) == EV_NONE) return broken("libelf is too old");
  elf = elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr);
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: not an ELF file", path));
  }
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return broken("broken section header");
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) continue;
    if (!ReadTable(section, header)) return broken("broken symbol table");
  }
  if (symbols.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: has no symbols; give the unstripped file", path));
  }
  std::stable_sort(symbols.begin(), symbols.end(), [](const Symbol& a, const Symbol& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.rank < b.rank;
  });
  dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
  return absl::OkStatus();
}

const Symbol* ElfSymbols::File::Find(uint64_t address) const {
  // The nearest symbol that holds the address; a few more are looked at because a sized one may
  // lie inside of another.
  constexpr int kTries = 16;
  auto it = std::upper_bound(symbols.begin(), symbols.end(), address,
                             [](uint64_t a, const Symbol& s) { return a < s.begin; });
  for (int i = 0; i < kTries && it != symbols.begin(); ++i) {
    --it;
    if (address < it->end) return &*it;
  }
  return nullptr;
}

std::string ElfSymbols::File::SourceOf(uint64_t address) const {
  if (dwarf == nullptr) return "";
  Dwarf_Die unit;
  if (dwarf_addrdie(dwarf, address, &unit) == nullptr) {
    // Without .debug_aranges every unit has to be asked.
    Dwarf_CU* cu = nullptr;
    bool found = false;
    while (!found && dwarf_get_units(dwarf, cu, &cu, nullptr, nullptr, &unit, nullptr) == 0) {
      found = dwarf_haspc(&unit, address) > 0;
    }
    if (!found) return "";
  }
  Dwarf_Line* line = dwarf_getsrc_die(&unit, address);
  if (line == nullptr) return "";
  const char* file = dwarf_linesrc(line, nullptr, nullptr);
  int number = 0;
  if (file == nullptr || dwarf_lineno(line, &number) != 0 || number == 0) return "";
  return absl::StrFormat("%s:%d", file, number);
}

ElfSymbols::ElfSymbols() : state_(std::make_unique<State>()) {}
ElfSymbols::~ElfSymbols() = default;

absl::Status ElfSymbols::Add(const std::string& path, int64_t load_bias) {
  auto file = std::make_unique<File>(path);
  if (file->fd.get() < 0) {
    return absl::NotFoundError(absl::StrFormat("%s: cannot be opened: %s", path, strerror(errno)));
  }
  struct stat status;
  if (fstat(file->fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: not an ELF file", path));
  }
  file->load_bias = load_bias;
  if (absl::Status read = file->Read(path); !read.ok()) return read;
  state_->files.push_back(std::move(file));
  return absl::OkStatus();
}

report::CodePlace ElfSymbols::Lookup(uint64_t pc) const {
  report::CodePlace place;
  place.pc = pc;
  for (const auto& file : state_->files) {
    const uint64_t address = pc - static_cast<uint64_t>(file->load_bias);
    const Symbol* symbol = file->Find(address);
    if (symbol == nullptr) continue;
    place.symbol = symbol->name;
    if (address != symbol->begin) {
      place.symbol += absl::StrFormat("+0x%x", address - symbol->begin);
    }
    std::lock_guard<std::mutex> lock(state_->dwarf_mutex);
    place.source = file->SourceOf(address);
    break;
  }
  return place;
}

std::optional<uint64_t> ElfSymbols::AddressOf(const std::string& name) const {
  for (const auto& file : state_->files) {
    for (const Symbol& symbol : file->symbols) {
      if (symbol.name == name) return symbol.begin + static_cast<uint64_t>(file->load_bias);
    }
  }
  return std::nullopt;
}

size_t ElfSymbols::size() const {
  size_t size = 0;
  for (const auto& file : state_->files) size += file->symbols.size();
  return size;
}

bool IsElf(const std::string& path) {
  const FileDescriptor fd(path);
  char magic[SELFMAG];
  return fd.get() >= 0 && read(fd.get(), magic, sizeof magic) == sizeof magic &&
         std::memcmp(magic, ELFMAG, SELFMAG) == 0;
}

}  // namespace lockstep::store
