// What an agent tells in sparse mode: one row per window of instructions, in place of its blocks;
// and what it is asked and answers. Domain types of lockstep.v1/window.proto and of Welcome,
// DetailRequest and DetailReply of session.proto.
//
// Window number n (from 0) of a vCPU's stream begins where window n - 1 ended (the first where the
// stream began), and ends at the next multiple of the window size, or at the stream's end.
// Plain values without behaviour. Source: docs/design/sparse.md.
#ifndef PROTO_CC_WINDOW_H_
#define PROTO_CC_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/cc/state.h"

namespace lockstep::state {

// A run of consecutive windows of one vCPU of one instance. The columns have equal length.
struct WindowBatch {
  uint32_t vcpu = 0;
  uint64_t first_window = 0;  // number of the first row's window; also says what is due next
  uint64_t start_icount = 0;  // where the first row's window begins
  Digests start_digests{};    // there; of window 0 only, and 0 if they are not right there

  // The state at the window's end.
  std::vector<uint64_t> icounts;  // rising
  std::vector<uint64_t> steps;
  std::vector<uint64_t> pcs;     // of the instruction that begins there; 0 at the stream's end
  std::vector<Digests> digests;  // 0 for a group that is not compared

  // What happened in the window; independent of how it was cut into blocks.
  std::vector<uint64_t> flow_digests;  // of the pcs of its instructions
  std::vector<uint64_t> trap_digests;  // of the exceptions and interrupts
  std::vector<uint32_t> trap_counts;

  // How it was cut: equal in two instances only if they have the same blocks.
  std::vector<uint64_t> block_digests;  // of the states on entry to its blocks; 0 if not asked for
  std::vector<uint32_t> block_counts;   // blocks in which an instruction began

  std::optional<End> end;  // the stream's: the last row ends there

  // Since the batch before.
  uint64_t infos = 0;    // translations described
  uint64_t records = 0;  // ring slots read
  // So far some blocks were told of by sums alone (LOCKSTEP_REC_SUM): no records of windows can be
  // asked for, and block_counts have only the other blocks.
  bool sums = false;

  size_t rows() const { return icounts.size(); }
};

// The coordinator's answer: the records of so many windows, from the stream's start, are not needed
// any more. Absolute, so that a lost or repeated one does no harm.
struct WindowCredit {
  uint32_t vcpu = 0;
  uint64_t agreed_windows = 0;
};

// How an instance's stream shall be: the coordinator's answer when all have said hello.
struct StreamTerms {
  GroupMask groups = 0;            // that are compared
  uint32_t window_insns = 0;       // 0: dense
  bool block_digests = false;      // sparse: sum up the states at block entries too
  bool compare_tlb_fills = false;  // sparse: TLB fills count as part of these

  bool sparse() const { return window_insns != 0; }
};

// Asks an agent for the records of one window that it retains.
struct DetailRequest {
  uint64_t request_id = 0;  // rises with each request to an instance; from 1
  uint32_t vcpu = 0;
  uint64_t first_icount = 0;  // the window's beginning
  uint64_t end_icount = 0;    // its end: a block entered there is part of the records
};

// A part of the answer. In the last one `more` is false; it may be empty.
struct DetailReply {
  uint64_t request_id = 0;
  std::vector<Batch> batches;  // in order; `sequence` has no meaning
  bool more = false;
};

}  // namespace lockstep::state

#endif  // PROTO_CC_WINDOW_H_
