// The parts of report_convert.cc that convert a divergence and its evidence.
#ifndef PROTO_CC_REPORT_EVIDENCE_H_
#define PROTO_CC_REPORT_EVIDENCE_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "proto/cc/report.h"
#include "proto/lockstep/v1/verdict.pb.h"

namespace lockstep::wire {

void ToProto(const report::Divergence& divergence, v1::Divergence* proto);

// `instances`: the number of the report's instances.
absl::StatusOr<report::Divergence> FromProto(const v1::Divergence& proto, size_t instances);

}  // namespace lockstep::wire

#endif  // PROTO_CC_REPORT_EVIDENCE_H_
