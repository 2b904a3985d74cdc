// What a coordinator remembers of a run over a restart: domain type of lockstep.v1/journal.proto.
//
// A plain value. Source: docs/formats/journal.md.
#ifndef PROTO_CC_JOURNAL_H_
#define PROTO_CC_JOURNAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/cc/policy.h"
#include "proto/cc/report.h"

namespace lockstep::journal {

struct Record {
  std::string run_id;
  std::vector<std::string> instances;
  std::vector<bool> joined;  // one per instance
  policy::Policy policy;
  uint32_t history_blocks = 0;
  uint64_t max_insns = 0;
  int64_t create_time_unix_ns = 0;
  bool running = false;              // all instances had joined, and it had not ended
  uint64_t verified_insns = 0;       // of all vCPUs together
  std::vector<uint64_t> vcpu_insns;  // verified, by vCPU; empty if it was not compared
  uint64_t blocks = 0;
  uint64_t splits = 0;
  std::optional<report::Report> report;  // present: it had ended
};

}  // namespace lockstep::journal

#endif  // PROTO_CC_JOURNAL_H_
