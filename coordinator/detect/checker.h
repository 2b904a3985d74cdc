// The verdict of a whole run: all vCPUs of all instances.
//
// One VcpuAligner per vCPU; a divergence is final when every other vCPU is verified up to its
// step, so that the first one is the one with the smallest step. Keeps what the report needs
// (history, TLB fills, events, registers near the divergence).
//
// A green run that proved nothing is trouble, see Finish().
//
// A pure value: no I/O, no clock, no threads; use from one thread at a time (the server locks).
// Source: docs/design/alignment.md; docs/design/product.md, "Command line contract".
#ifndef COORDINATOR_DETECT_CHECKER_H_
#define COORDINATOR_DETECT_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

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
  uint64_t verified_insns = 0;  // summed over vCPUs
  uint64_t boundaries = 0;
  uint64_t splits = 0;
  std::vector<InstanceSummary> instances;
};

// The groups that a run of these instances compares: what the policy demands, or all that every
// instance supplies when it demands none.
// Errors: FailedPrecondition names the instance that lacks a demanded group.
absl::StatusOr<state::GroupMask> AgreeGroups(const std::vector<InstanceSpec>& instances,
                                             const policy::Policy& policy);

// A report of a run that never began to compare: an instance that could not be started or did
// not say hello, or Create() that failed. `instance` may be empty.
report::Report TroubleReport(const Options& options, const std::string& instance,
                             const std::string& reason);

class Checker {
 public:
  // Errors: InvalidArgument for fewer than two instances, doubled names, unequal vCPU counts or
  // guest architectures; FailedPrecondition as AgreeGroups(); Unimplemented names a policy field
  // that no producer of this version can honour.
  static absl::StatusOr<std::unique_ptr<Checker>> Create(Options options);
  ~Checker();

  state::GroupMask groups() const;  // agreed
  uint32_t vcpus() const;

  // Takes the next batch of an instance; batch.vcpu names the stream.
  // Errors: InvalidArgument, one line that names the instance; the run is in trouble from then on.
  absl::Status Push(size_t instance, state::Batch batch);

  // The sequence number that Push() expects next on this stream.
  uint64_t NextSequence(size_t instance, uint32_t vcpu) const;

  // Records of this stream that are consumed: what credit is computed from.
  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const;
  uint64_t ReceivedRecords(size_t instance, uint32_t vcpu) const;

  // Compares as far as the batches allow.
  Progress Advance();

  Summary summary() const;

  // The instance will send no more: it crashed, vanished, or broke the protocol. `reason` is one
  // line ("exited with status 139 (SIGSEGV)"); the report adds how far it had come. What it sent
  // is still compared; it is trouble only when the comparison waits for more of it. Harmless
  // after the instance's End, or when a verdict is reached before.
  void InstanceFailed(size_t instance, const std::string& reason);

  // How an instance's process ended, one line, for the report's table of instances.
  void SetInstanceEnd(size_t instance, const std::string& text);

  // No more input comes. Without a final verdict the run is TROUBLE for `reason` ("timeout after
  // 60 s", "interrupted"), with what was verified so far. With kComplete it is IDENTICAL, unless
  // nothing was proved: see vacuous.h.
  void Finish(const std::string& reason);

  // The report, complete but for narrowing, next commands and elapsed time. REQUIRES: Finish()
  // was called.
  report::Report Report(const store::SymbolSource& symbols) const;

 private:
  class Impl;
  explicit Checker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_CHECKER_H_
