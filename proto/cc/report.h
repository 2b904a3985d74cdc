// The verdict of a run and its evidence: domain types of lockstep.v1/verdict.proto.
//
// A Report is complete: text, JSON and later HTML and JUnit are rendered from it alone.
// Plain values. Source: docs/design/report.md.
#ifndef PROTO_CC_REPORT_H_
#define PROTO_CC_REPORT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/cc/mode.h"
#include "proto/cc/state.h"

namespace lockstep::report {

enum class Outcome : uint8_t { kIdentical, kDiverged, kTrouble };

// In the order of precedence when several apply at one instruction.
enum class Kind : uint8_t {
  kLength,
  kPc,
  kException,
  kInterrupt,
  kGpr,
  kFpr,
  kCsr,
  kMem,
  kConsole,
  kExit,
  kTlb,
};

// One instance of the run.
struct Instance {
  std::string name;
  std::string command;  // as started
  state::ProducerIdentity identity;
  bool outlier = false;
  uint64_t records = 0;  // ring slots received
  uint64_t blocks = 0;   // block states received
  std::string end;       // how its stream or process ended, one line; empty while unknown
};

// A place in guest code.
struct CodePlace {
  uint64_t pc = 0;
  std::string symbol;  // "memcpy+0x12", empty if unknown
  std::string source;  // "lib/string.c:123", empty if unknown
};

// One executed block of one instance.
struct HistoryBlock {
  uint64_t icount = 0;    // on entry
  uint64_t executed = 0;  // instructions begun in it, up to the next block
  CodePlace place;
  state::Space space;
  uint32_t n_insns = 0;    // nominal
  std::string first_insn;  // disassembly; empty if unknown
  std::string last_insn;
  state::Digests digests{};  // on entry
};

// One row of the aligned block history: the instances' blocks that begin at `icount`. An instance
// without one there is in the middle of a block (a split).
struct HistoryRow {
  uint64_t icount = 0;
  std::vector<std::optional<HistoryBlock>> blocks;  // one per instance
  bool agreed = false;                              // compared and equal
  bool last_agreed = false;                         // the last such row
  bool diverged = false;                            // the row of the divergence
};

enum class FillMark : uint8_t { kSame, kBenign, kSuspect };

// One row of the TLB trace, aligned as by `sdiff`: the same fill (or flush) of each instance, or
// its absence.
struct TlbRow {
  std::vector<std::optional<state::Event>> events;  // one per instance; kTlbFill or kTlbFlush
  FillMark mark = FillMark::kSame;
  std::string why;  // of a mark other than kSame
};

// Traps, interrupts, MMIO, inputs near the divergence, aligned like TlbRow.
struct EventRow {
  std::vector<std::optional<state::Event>> events;
  bool differs = false;
};

// A register whose value is known, one value per instance (absent: that instance does not supply
// it).
struct RegisterRow {
  state::RegisterName name;
  std::vector<std::optional<uint64_t>> values;
  bool differs = false;
};

// What one instance made of the differing instruction.
struct InstructionResult {
  std::string instance;
  std::vector<std::pair<std::string, uint64_t>>
      changed;                       // registers with new values, "a0" -> value
  std::optional<state::Event> trap;  // exception that it raised
  uint64_t next_pc = 0;
};

// The instruction named by narrowing: the first whose result differs.
struct NarrowedInstruction {
  uint64_t icount = 0;  // instructions begun before it
  CodePlace place;
  state::Space space;
  std::vector<uint8_t> bytes;
  std::string text;  // disassembly
  std::vector<std::pair<std::string, uint64_t>>
      operands;                            // registers that it read, with their values
  std::vector<InstructionResult> results;  // one per instance
};

struct Divergence {
  Kind kind = Kind::kPc;
  uint32_t vcpu = 0;
  uint64_t icount = 0;  // of the boundary where it was seen
  uint64_t step = 0;
  CodePlace place;                    // pc there, of the consensus (or the first instance)
  std::vector<std::string> outliers;  // instances named
  std::vector<std::vector<std::string>> groups;  // instances by equal state, largest first
  std::string detail;  // one line: what differs ("pc 0x80.. against 0x80..")
  uint64_t last_agreed_icount = 0;
  // The block that holds the faulty instruction: from the last agreed boundary, of the first
  // outlier.
  std::optional<HistoryBlock> suspect_block;
  std::vector<std::string> suspect_block_listing;  // disassembled, one instruction a line
  std::vector<HistoryRow> history;
  std::vector<TlbRow> tlb;
  std::vector<EventRow> events;
  std::vector<RegisterRow> registers;
  std::optional<NarrowedInstruction> instruction;
  std::string
      narrowing_note;  // why there is no instruction, or that the second pass did not repeat
  // Only sums over blocks differ, which depend on how they were cut: a run with blocks decides.
  bool tentative = false;
};

struct Trouble {
  std::string instance;         // empty when it is the run's
  std::string reason;           // one line
  bool nothing_proved = false;  // all agreed to their end, but see detect/vacuous.h
};

// Why one instance had a boundary where another had none, as far as the streams tell; numbers are
// those of the wire less one. See v1.SplitCause.
enum class SplitCause : uint8_t {
  kPageEnd,
  kWindow,
  kInterrupt,
  kException,
  kDevice,
  kCutShort,
  kLength,
  kOther,
};
inline constexpr int kSplitCauses = 8;
using SplitCauses = std::array<uint64_t, kSplitCauses>;  // counts by cause

// A split: a boundary that some instances had and others did not. Counted per instance.
struct SplitCount {
  std::string instance;
  uint64_t splits = 0;   // boundaries that this instance lacked
  SplitCauses causes{};  // the same by cause; all 0 where that is not known
};

// An interrupt that came apart within the policy's tolerance.
struct Skew {
  uint32_t vcpu = 0;
  uint64_t cause = 0;
  uint64_t distance_insns = 0;  // of interrupted code, between the first and the last
  std::vector<std::optional<uint64_t>> icounts;  // one per instance: when it took it
};
inline constexpr size_t kMaxListedSkews = 64;

struct Compared {
  state::GroupMask groups = 0;       // pc is always compared
  uint64_t insns = 0;                // verified to this icount (all vCPUs together)
  std::vector<uint64_t> vcpu_insns;  // the same by vCPU; empty if there is one
  uint64_t blocks = 0;               // boundaries compared
  uint64_t records = 0;              // of all instances
  uint64_t splits = 0;
  uint64_t skews = 0;
  std::vector<SplitCount> split_counts;
  uint64_t windows = 0;           // agreed on; 0 in a dense run
  uint64_t detailed_windows = 0;  // of which the records were asked for
  // Absent in reports of versions that did not say.
  std::optional<state::DigestAt> digest_at;
  std::optional<state::StreamMode> stream_mode;  // kDense or kSparse
  SplitCauses split_causes{};                    // of all instances
  std::vector<Skew> skew_list;                   // the first kMaxListedSkews
  uint64_t max_skew_insns = 0;                   // largest distance
  // Blocks were told of by sums alone, at least in part: `blocks` and `splits` are of the others.
  bool sums = false;
};

struct Report {
  uint32_t format_version = 1;
  std::string run_id;
  Outcome outcome = Outcome::kTrouble;
  Compared compared;
  uint32_t vcpus = 1;
  std::vector<Instance> instances;
  std::optional<Divergence> divergence;  // of kDiverged
  std::optional<Trouble> trouble;        // of kTrouble
  std::vector<std::string> notes;
  std::vector<std::string> next_commands;  // exact commands to go on with
  double elapsed_seconds = 0;
};

}  // namespace lockstep::report

#endif  // PROTO_CC_REPORT_H_
