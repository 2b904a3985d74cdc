// Writes what the harts do as lines of text: the log of -d and the lines of --trace.
//
// Thread: that of the harts. The lines are in docs/howto/emulator.md.
#ifndef EMULATOR_TRACE_TRACER_H_
#define EMULATOR_TRACE_TRACER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "emulator/image/symbols.h"
#include "emulator/observe/observer.h"
#include "emulator/trace/log_file.h"
#include "emulator/trace/spec.h"

namespace lockstep::trace {

class Tracer : public observe::Observer {
 public:
  // `log` outlives the tracer.
  Tracer(const Spec& spec, image::SymbolTable symbols, LogFile* log);

  bool wants_blocks() const override { return spec_.wants_blocks(); }
  void BlockTranslated(uint32_t hart, const observe::BlockView& block) override;
  void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount,
                    const observe::Digests& digests) override;
  void Event(uint32_t hart, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}

 private:
  // A block as announced.
  struct Block {
    uint64_t pc = 0;
    uint64_t space = 0;
    uint32_t n_insns = 0;
    uint32_t n_bytes = 0;
    uint64_t last_byte() const { return pc + n_bytes - 1; }
  };
  struct Hart {
    std::vector<Block> blocks;  // by id
    // Of the block that was announced last and not entered yet, for in_asm.
    bool has_new = false;
    std::vector<uint16_t> new_offsets;
    std::vector<uint8_t> new_code;
  };

  // Appends a line's beginning: kind, hart, icount.
  std::string& Begin(std::string_view kind, uint32_t hart, uint64_t icount);
  void End();

  void Fill(uint32_t hart, uint64_t icount, std::span<const uint64_t> fields);
  void Flush(uint32_t hart, uint64_t icount, std::span<const uint64_t> fields);
  void Mmio(uint32_t hart, uint64_t icount, std::span<const uint64_t> fields);
  void Trap(uint32_t hart, uint64_t icount, bool is_interrupt, std::span<const uint64_t> fields);
  void Reset(uint32_t hart, uint64_t icount, std::span<const uint64_t> fields);
  void LogCode(uint32_t hart, const Block& block);
  void LogEntry(uint32_t hart, uint64_t icount, const Block& block);
  void TraceEntry(uint32_t hart, uint64_t icount, const Block& block);

  const Spec spec_;
  const image::SymbolTable symbols_;
  LogFile& log_;
  std::vector<Hart> harts_;  // by number
};

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_TRACER_H_
