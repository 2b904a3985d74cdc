// Refines a block-level divergence until it names one instruction.
//
// Every instance is started again, runs silently to the last boundary on which all agreed, and
// from there executes one instruction per block and sends its registers before each. The first
// instruction after which the states differ is the answer. The processes are the caller's; this
// is a pure library: no I/O, no clock, no threads; use from one thread at a time.
// Source: docs/design/alignment.md, "Narrowing".
#ifndef COORDINATOR_NARROW_NARROW_H_
#define COORDINATOR_NARROW_NARROW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/second_pass.h"
#include "proto/cc/state.h"

namespace lockstep::narrow {

// What the second pass asks of each producer; its events are exceptions, interrupts and MMIO.
using Plan = state::SecondPass;

// Errors: FailedPrecondition when the report is not of a divergence, or of one of TLB fills alone
// (kTlb), or names the instances that cannot step, or repeats the note that the divergence has of
// the first pass; the text is fit for Divergence::narrowing_note.
absl::StatusOr<Plan> PlanFrom(const report::Report& report);

// How long a second pass may take after a first one of so many seconds: it runs faster, but for the
// last few instructions.
double AllowedSeconds(double first_pass_seconds);

// Notes in the report of the first pass that no instruction was named for this reason, one clause.
void NoteNotNarrowed(const std::string& reason, report::Report* report);

class Narrower {
 public:
  // `report` is the first pass's, `csr_masks` those of its policy. REQUIRES: PlanFrom(report) is
  // ok.
  explicit Narrower(const report::Report& report, std::vector<policy::CsrMask> csr_masks = {});
  ~Narrower();

  const Plan& plan() const;

  // Takes the next batch of an instance's second pass. Batches of other vCPUs are ignored.
  // Errors: InvalidArgument as VcpuAligner::Push(); the second pass is then of no use.
  absl::Status Push(size_t instance, state::Batch batch);

  // Compares as far as the batches allow. True when the second pass has answered (found, or will
  // not repeat): the processes can be stopped.
  bool Advance();

  // The instance's second pass failed; one line.
  void InstanceFailed(size_t instance, const std::string& reason);

  // Records of this stream that are consumed, for credit; a number larger than any for a vCPU whose
  // batches are ignored.
  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const;

  // Fills `report` (the one given before, or an equal one) in place: the instruction, registers
  // of every instance, kind and outliers as the instruction shows them; or a note that the second
  // pass did not repeat, with the instance that disagrees with its own first pass.
  void Finish(const store::SymbolSource& symbols, report::Report* report) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::narrow

#endif  // COORDINATOR_NARROW_NARROW_H_
