// Host code for translation blocks, as the run loop uses it. Implemented by emulator/jit.
//
// Host code carries out whole blocks, one or many, and leaves to the run loop for everything else.
// It counts as the interpreter does: on return hart.pc and hart.icount are exact. Not thread-safe.
#ifndef EMULATOR_INTERP_NATIVE_H_
#define EMULATOR_INTERP_NATIVE_H_

#include <cstdint>

namespace lockstep::interp {

struct Block;
class BlockCache;

class NativeCode {
 public:
  // How host code was left. The run loop hands it back to Connect() when it knows the next block.
  using Exit = uint64_t;

  virtual ~NativeCode() = default;

  // `blocks` outlives this object.
  virtual void Attach(BlockCache* blocks) = 0;
  // The block is entered, without host code: may make it (block->native).
  virtual void Consider(Block* block) = 0;
  // No more code can be made: the block cache must be cleared.
  virtual bool IsFull() const = 0;
  // Enters the block's host code. REQUIRES: there is some; icount + n_insns <= bound. With
  // *needs_interpreter nothing was done, and the block is for the interpreter this time.
  virtual Exit Run(Block* block, uint64_t bound, bool* needs_interpreter) = 0;
  // Execution went on at `next` after Run() gave `exit`; later it may go there directly. REQUIRES:
  // no Clear() since.
  virtual void Connect(Exit exit, const Block& next) = 0;
  // The block is not valid any more; its code must not be entered again.
  virtual void Drop(const Block& block) = 0;
  // All blocks are gone.
  virtual void Clear() = 0;
};

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_NATIVE_H_
