// The interpreter's run loop.
#ifndef EMULATOR_INTERP_ENGINE_H_
#define EMULATOR_INTERP_ENGINE_H_

#include <cstdint>
#include <memory>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/interp/block_cache.h"
#include "emulator/interp/native.h"

namespace lockstep::interp {

// Runs one hart. Not thread-safe. `hart` outlives the engine.
class Engine {
 public:
  explicit Engine(HartState* hart);

  // Runs blocks in host code from now on, where there is some. REQUIRES: before the first run.
  void UseNative(std::unique_ptr<NativeCode> native);
  // cpu::Hart::Run().
  cpu::RunStop Run(uint64_t limit_icount);
  // After the observer, step mode or digests changed, and at reset.
  void Restart(bool step);
  cpu::InsnCounts insn_counts() const;
  void Invalidate(uint64_t pa, uint64_t size_bytes) { blocks_.Invalidate(pa, size_bytes); }

 private:
  // With kWatched digests are kept and the observer, if any, is told of blocks; with kCounted what
  // runs is counted.
  template <bool kWatched, bool kCounted>
  cpu::RunStop Loop(uint64_t limit_icount);
  bool IsWatched() const;
  // Handles hart.attention. True: return *stop.
  bool Attend(uint64_t limit_icount, cpu::RunStop* stop);
  void TakePendingTrap();
  bool TakePendingInterrupt();
  Block* FindNext(Block* previous);
  template <bool kCounted, bool kSums>
  Block* RunLinked(Block* block, uint64_t bound);
  Block* LastRun(uint32_t begun) const;
  void Count(Block* block, uint32_t begun);
  // The block in host code. False: it is for the interpreter.
  template <bool kWatched>
  bool RunNative(Block* block, uint64_t bound);
  uint32_t RunPart(const Block& block, uint64_t n_insns);
  void TellEntry(Block* block);
  void SettleDigests(const Block& block);
  void RefreshDigests();
  // Ahead of what is told by itself.
  void FinishSum();

  HartState& hart_;
  std::unique_ptr<NativeCode> native_;       // null: all is interpreted
  jit::Reason reason_ = jit::Reason::kCold;  // why a block is interpreted
  // How host code was left, until the next block is known; 0: nothing to connect.
  NativeCode::Exit native_exit_ = 0;
  BlockCache blocks_;
  bool step_ = false;
  bool digests_stale_ = true;  // with lazy_digests: to be made right before a block is told
  // Planted fault timer-late: the icount at which a held-back interrupt may be taken.
  uint64_t timer_release_ = 0;
  bool timer_held_ = false;
};

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_ENGINE_H_
