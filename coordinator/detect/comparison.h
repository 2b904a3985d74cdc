// How a run compares its instances: what dense mode (checker.h) and sparse mode (sparse_checker.h)
// have in common, and all that a server knows of either.
//
// Pure values: no I/O, no clock, no threads; use from one thread at a time (the server locks).
// Source: docs/design/alignment.md, docs/design/sparse.md; docs/design/product.md, "Command line
// contract".
#ifndef COORDINATOR_DETECT_COMPARISON_H_
#define COORDINATOR_DETECT_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/mode.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::detect {

struct InstanceSpec {
  std::string name;
  std::string command;  // as started, for the report
  state::ProducerIdentity identity;
};

struct Options {
  std::string run_id;
  std::vector<InstanceSpec> instances;  // 2 to 64, distinct names
  policy::Policy policy;
  uint32_t history_blocks = 16;  // rows of block history in the report
  uint32_t history_fills = 64;   // rows of the TLB trace
  uint32_t history_events = 32;  // rows of the events
  uint64_t max_insns = 0;        // the run's limit, for the notes; 0: none
  uint64_t start_icount = 0;     // comparing begins there; of one vCPU only
  // As asked of the producers (lockstep_request).
  state::DigestAt digest_at = state::DigestAt::kBlock;
  uint32_t window_insns = state::kWindowInsns;
  state::StreamMode stream_mode = state::StreamMode::kAuto;  // what was asked for
};

enum class Progress : uint8_t {
  kNeedMore,
  kDiverged,  // final
  kComplete,  // final: every stream ended and all agree; Finish() still looks for vacuous green
  kTrouble,   // final
};

// A snapshot of the counters, for progress lines, credit and metrics.
struct Summary {
  struct InstanceSummary {
    uint64_t records_received = 0;
    uint64_t blocks_received = 0;
    uint64_t received_insns = 0;  // largest icount received, summed over vCPUs
    bool ended = false;           // End received on every vCPU
    bool dropped = false;         // an outlier that takes no part any more
  };
  uint64_t verified_insns = 0;       // summed over vCPUs
  std::vector<uint64_t> vcpu_insns;  // verified, by vCPU
  uint64_t boundaries = 0;
  uint64_t splits = 0;
  bool sums = false;  // some blocks are told of by sums alone
  std::vector<InstanceSummary> instances;
};

// What is wrong with a policy whoever the instances are, beyond what FromProto() refuses.
// Errors: InvalidArgument, one line that names the fields which do not go together.
absl::Status CheckPolicy(const policy::Policy& policy);

// Why a run could not begin to compare: an error of AgreeGroups() or CreateComparison(), with the
// instance that it begins with apart.
report::Trouble TroubleOf(const std::vector<InstanceSpec>& instances, const absl::Status& status);

// The groups that a run of these instances compares: what the policy demands, or all that every
// instance supplies when it demands none.
// Errors: FailedPrecondition names the instance that lacks a demanded group, or an ability that a
// field of the policy needs where its group is compared.
absl::StatusOr<state::GroupMask> AgreeGroups(const std::vector<InstanceSpec>& instances,
                                             const policy::Policy& policy);

// A report of a run that never began to compare: an instance that could not be started or did
// not say hello, or Create() that failed. `instance` may be empty.
report::Report TroubleReport(const Options& options, const std::string& instance,
                             const std::string& reason);

// An agent is to be asked for this.
struct WantedDetail {
  size_t instance = 0;
  state::DetailRequest request;
};

class Comparison {
 public:
  virtual ~Comparison() = default;

  // What the instances are told at the start.
  virtual state::StreamTerms terms() const = 0;
  virtual uint32_t vcpus() const = 0;

  // Takes the next batch of an instance; batch.vcpu names the stream. Dense only.
  // Errors: InvalidArgument, one line that names the instance; the run is in trouble from then on.
  virtual absl::Status Push(size_t instance, state::Batch batch) = 0;
  // The same of windows. Sparse only.
  virtual absl::Status PushWindows(size_t instance, state::WindowBatch batch) = 0;
  // A part of the answer to a request of TakeDetailRequests(). One that nobody waits for any more
  // is ignored. Sparse only.
  virtual absl::Status PushDetail(size_t instance, state::DetailReply reply) = 0;

  // Records of this stream that are consumed: what credit is computed from. Dense only.
  virtual uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const = 0;
  // Windows of this vCPU whose records no instance needs to keep; UINT64_MAX: nobody looks at this
  // vCPU any more. Never falls. Sparse only.
  virtual uint64_t AgreedWindows(uint32_t vcpu) const = 0;

  // Requests that have come up since the last call.
  virtual std::vector<WantedDetail> TakeDetailRequests() = 0;
  // Those of an instance that are not answered in full, to be sent again over a new connection.
  virtual std::vector<state::DetailRequest> OpenDetailRequests(size_t instance) const = 0;

  // Nothing has come for a while: asks for the records of windows that are not complete, so that a
  // divergence in them is found though an instance hangs. True if there is anything to ask for.
  virtual bool LookInside() = 0;

  // Compares as far as the batches allow.
  virtual Progress Advance() = 0;

  virtual Summary summary() const = 0;

  // The instance will send no more: it crashed, vanished, or broke the protocol. `reason` is one
  // line ("exited with status 139 (SIGSEGV)"), of which the first counts; the report adds how far
  // it had come. What it sent is still compared; it is trouble only when the comparison waits for
  // more of it. Harmless after the instance's End, or when a verdict is reached before.
  // `reachable`: its agent is still there and answers detail requests; false is for good.
  virtual void InstanceFailed(size_t instance, const std::string& reason, bool reachable) = 0;

  // How an instance's process ended, one line, for the report's table of instances.
  virtual void SetInstanceEnd(size_t instance, const std::string& text) = 0;

  // No more input comes. Without a final verdict the run is TROUBLE for `reason` ("timeout after
  // 60 s", "interrupted"), with what was verified so far. With kComplete it is IDENTICAL, unless
  // nothing was proved: see vacuous.h.
  virtual void Finish(const std::string& reason) = 0;

  // The report, complete but for narrowing, next commands and elapsed time. REQUIRES: Finish()
  // was called.
  virtual report::Report Report(const store::SymbolSource& symbols) const = 0;
};

// Whether these instances can be compared window by window, and the policy too.
// Errors: FailedPrecondition names the instance or the field that stands in the way.
absl::Status CheckSparse(const Options& options);

// Dense or sparse, as the options ask and the instances can: docs/design/sparse.md, "Which of the
// two".
// Errors: those of Checker::Create(); FailedPrecondition names an instance that lacks an ability;
// InvalidArgument for digests at window ends in dense mode.
absl::StatusOr<std::unique_ptr<Comparison>> CreateComparison(Options options);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_COMPARISON_H_
