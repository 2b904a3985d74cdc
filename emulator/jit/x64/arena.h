// The code cache's memory: one range, mapped twice, so that no mapping is writable and executable.
//
// Addresses that callers hold are those of the executable mapping. Not thread-safe.
#ifndef EMULATOR_JIT_X64_ARENA_H_
#define EMULATOR_JIT_X64_ARENA_H_

#include <asmjit/core.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

namespace lockstep::jit::x64 {

class CodeArena {
 public:
  // Fails when the host gives no such memory. REQUIRES: size_bytes below 2^31.
  static absl::StatusOr<std::unique_ptr<CodeArena>> Create(size_t size_bytes);
  ~CodeArena();
  CodeArena(const CodeArena&) = delete;
  CodeArena& operator=(const CodeArena&) = delete;

  // Copies finished code (asmjit's, not yet relocated) to the end. Null: no room.
  uint8_t* Add(asmjit::CodeHolder* code);
  // Overwrites 32 bits of code.
  void Patch(uint8_t* place, uint32_t value);
  // Overwrites code with a jump to `target`, five bytes.
  void PatchJump(uint8_t* place, const uint8_t* target);

  size_t used_bytes() const { return used_; }
  // Drops everything behind the first `used` bytes.
  void Truncate(size_t used) { used_ = used; }

 private:
  CodeArena(asmjit::VirtMem::DualMapping mapping, size_t size_bytes)
      : mapping_(mapping), size_(size_bytes) {}
  uint8_t* Writable(uint8_t* place) const {
    return static_cast<uint8_t*>(mapping_.rw) + (place - static_cast<uint8_t*>(mapping_.rx));
  }

  asmjit::VirtMem::DualMapping mapping_;
  size_t size_;
  size_t used_ = 0;
};

}  // namespace lockstep::jit::x64

#endif  // EMULATOR_JIT_X64_ARENA_H_
