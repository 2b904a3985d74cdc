#include "emulator/machine/host_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep::machine {

absl::StatusOr<HostMemory> HostMemory::Allocate(size_t size_bytes) {
  void* memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the host does not give ", size_bytes >> 20,
                     " MiB of memory for the guest; use a smaller -m"));
  }
  // Guests jump about in their memory, and each of their pages is one of the host's to translate.
  // Where the host has no huge pages, it goes without.
  madvise(memory, size_bytes, MADV_HUGEPAGE);
  return HostMemory(std::span(static_cast<uint8_t*>(memory), size_bytes));
}

HostMemory::HostMemory(HostMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

HostMemory& HostMemory::operator=(HostMemory&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

HostMemory::~HostMemory() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

}  // namespace lockstep::machine
