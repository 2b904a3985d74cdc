// Translation blocks: made from guest code, found again by address, dropped when code changes.
//
// A block belongs to one virtual address, physical address and address space. `epoch` says under
// which mapping it was last verified (HartState::map_epoch), so that a block found through a link
// or the jump cache needs no translation of its address. Blocks stay in memory until Clear(), also
// dropped ones (epoch 0), so links never dangle. Not thread-safe.
#ifndef EMULATOR_INTERP_BLOCK_CACHE_H_
#define EMULATOR_INTERP_BLOCK_CACHE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/memory.h"
#include "emulator/interp/block.h"
#include "emulator/interp/native.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {

class BlockCache : public cpu::CodeListener {
 public:
  // `hart` outlives the cache. Its code listener must be this object.
  explicit BlockCache(HartState* hart);
  // Null: none. Outlives the cache, or the last use of it.
  void set_native(NativeCode* native) { native_ = native; }

  // The block at hart.pc, made if need be. Null: the fetch faults, with hart.trap set.
  Block* Find();
  // The block at `pc`, an address in the page of `near`, in the same address space and the same
  // memory; null if there is none. What it is a block of is mapped while `near` is.
  Block* Peek(const Block& near, uint64_t pc) const;
  // Drops everything.
  void Clear();
  // How often that has happened: pointers to blocks do not survive it.
  uint64_t clears() const { return clears_; }
  // Longest block to make from now on, and whether the handlers that end one may go on to the next
  // (slot.h); Clear() must follow a change.
  void set_max_insns(uint32_t max_insns) { max_insns_ = max_insns; }
  void set_chains(bool chains) { chains_ = chains; }
  // The block being run, whose own change is reported by CodeWritten().
  void set_running(const Block* block) { hart_.running = const_cast<Block*>(block); }  // our own

  bool CodeWritten(uint64_t pa, uint64_t size_bytes) override;
  bool PageHasCode(uint64_t page_pa) const override { return pages_.contains(page_pa); }
  // A device wrote memory.
  void Invalidate(uint64_t pa, uint64_t size_bytes);

  // For counting what runs: of the last entry of a block, counted in Block::runs, only the first
  // `begun` instructions began.
  void RanPart(const Block& block, uint32_t begun);
  // All that ran since the cache was made.
  cpu::InsnCounts Counts() const;

  // The handler that carries out the slot's instruction and no other.
  Handler SingleHandler(const Slot& slot) const;

  // Contents of a block for observers. The spans are valid until the next call.
  observe::BlockView View(const Block& block);

 private:
  struct Key {
    uint64_t pc;
    uint64_t pa;
    uint64_t space;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.pc, k.pa, k.space);
    }
  };
  // Translated code of one physical page.
  struct CodePage {
    uint64_t lines = 0;  // bit per 64 bytes that hold translated code
    std::vector<Block*> blocks;
  };
  // Bytes of one instruction as fetched.
  struct Fetched {
    uint32_t word = 0;
    uint64_t second_page_pa = Block::kNoPage;
  };
  static constexpr size_t kMaxBlocks = size_t{1} << 17;
  static constexpr size_t kSlotsPerChunk = size_t{1} << 14;
  static constexpr size_t kMaxChunks = 64;

  Block* FindSlow();
  void AddRuns(cpu::InsnCounts* counts) const;
  // Room for one block. False: none left, Clear() first.
  bool Reserve();
  Block* Translate(const cpu::Place& place, bool is_split_page);
  Handler HandlerOf(const isa::Instruction& inst) const;
  void Fuse(Block* block);
  void Decode(Block* block, const isa::Instruction& inst, uint32_t offset);
  bool CrossingHalf(uint64_t va, uint16_t* half, uint64_t* page_pa);
  void Watch(Block* block, uint64_t pa, uint64_t n_bytes);
  bool DropOverlapping(uint64_t pa, uint64_t size_bytes);

  HartState& hart_;
  uint32_t max_insns_;
  bool chains_ = false;
  NativeCode* native_ = nullptr;
  std::array<Block*, kJumpCacheEntries> jump_cache_{};
  absl::flat_hash_map<Key, Block*> by_key_;
  absl::flat_hash_map<uint64_t, CodePage> pages_;
  // Addresses of blocks and slots never move. Clear() keeps the memory.
  std::deque<Block> blocks_;
  size_t n_blocks_ = 0;
  std::vector<std::unique_ptr<Slot[]>> chunks_;
  size_t chunk_ = 0;    // the one being filled
  size_t n_slots_ = 0;  // used in it
  uint64_t clears_ = 0;
  // What ran in blocks that are gone, less what did not begin of those that are there; modulo 2^64.
  cpu::InsnCounts counts_;
  std::vector<isa::Op> base_ops_;  // of the block being made
  std::vector<uint16_t> view_offsets_;
  std::vector<uint8_t> view_code_;
};

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_BLOCK_CACHE_H_
