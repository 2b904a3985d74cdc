#include "emulator/machine/host_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep::machine {

namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

absl::StatusOr<HostMemory> HostMemory::Allocate(size_t size_bytes) {
  const size_t room = size_bytes < kHugePageBytes ? 0 : kHugePageBytes;
  void* memory = mmap(nullptr, size_bytes + room, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the host does not give ", size_bytes >> 20,
                     " MiB of memory for the guest; use a smaller -m"));
  }
  const std::span mapping(static_cast<uint8_t*>(memory), size_bytes + room);
  if (room == 0) return HostMemory(mapping, mapping);
  const size_t skip = -reinterpret_cast<uintptr_t>(memory) % kHugePageBytes;
  const std::span bytes = mapping.subspan(skip, size_bytes);
  madvise(bytes.data(), bytes.size(), MADV_HUGEPAGE);  // a host without them is as good
  return HostMemory(mapping, bytes);
}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : mapping_(std::exchange(other.mapping_, {})), bytes_(std::exchange(other.bytes_, {})) {}

HostMemory& HostMemory::operator=(HostMemory&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

HostMemory::~HostMemory() {
  if (!mapping_.empty()) munmap(mapping_.data(), mapping_.size());
}

}  // namespace lockstep::machine
