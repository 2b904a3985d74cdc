#include "emulator/jit/x64/arena.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "emulator/base/check.h"

namespace lockstep::jit::x64 {
namespace {

constexpr size_t kAlignment = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<CodeArena>> CodeArena::Create(size_t size_bytes) {
  asmjit::VirtMem::DualMapping mapping{};
  const asmjit::Error error = asmjit::VirtMem::allocDualMapping(
      &mapping, size_bytes, asmjit::VirtMem::MemoryFlags::kAccessRWX);
  if (error != asmjit::kErrorOk) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for translated code (", size_bytes >> 20,
                     " MiB): ", asmjit::DebugUtils::errorAsString(error)));
  }
  return std::unique_ptr<CodeArena>(new CodeArena(mapping, size_bytes));
}

CodeArena::~CodeArena() { asmjit::VirtMem::releaseDualMapping(&mapping_, size_); }

uint8_t* CodeArena::Add(asmjit::CodeHolder* code) {
  LOCKSTEP_CHECK(code->flatten() == asmjit::kErrorOk);
  LOCKSTEP_CHECK(code->resolveUnresolvedLinks() == asmjit::kErrorOk);
  const size_t bytes = code->codeSize();
  if (bytes + kAlignment > size_ - used_) return nullptr;
  uint8_t* place = static_cast<uint8_t*>(mapping_.rx) + used_;
  LOCKSTEP_CHECK(code->relocateToBase(reinterpret_cast<uint64_t>(place)) == asmjit::kErrorOk);
  const size_t final_bytes = code->codeSize();
  LOCKSTEP_CHECK(code->copyFlattenedData(Writable(place), final_bytes) == asmjit::kErrorOk);
  used_ = (used_ + final_bytes + kAlignment - 1) & ~(kAlignment - 1);
  return place;
}

void CodeArena::Patch(uint8_t* place, uint32_t value) {
  std::memcpy(Writable(place), &value, sizeof(value));
}

void CodeArena::PatchJump(uint8_t* place, const uint8_t* target) {
  const int64_t distance = target - (place + 5);
  *Writable(place) = 0xe9;
  Patch(place + 1, static_cast<uint32_t>(distance));
}

}  // namespace lockstep::jit::x64
