// Converters between the domain types of proto/cc/report.h, lockstep.v1/verdict.proto, and JSON.
//
// Pure functions. ToProto() replaces bytes that are not UTF-8 and trusts the rest; FromProto()
// trusts nothing: versions it does not know are refused, every row must have one cell per instance,
// and InvalidArgument names the field. This header needs no generated code.
#ifndef PROTO_CC_REPORT_CONVERT_H_
#define PROTO_CC_REPORT_CONVERT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/cc/report.h"

namespace lockstep::v1 {
class Report;
enum Outcome : int;
}  // namespace lockstep::v1

namespace lockstep::wire {

void ToProto(const report::Report& report, v1::Report* proto);
v1::Report ToProto(const report::Report& report);
absl::StatusOr<report::Report> FromProto(const v1::Report& proto);

// Bytes of the encoded message.
size_t EncodedBytes(const report::Report& report);

v1::Outcome ToProto(report::Outcome outcome);
// InvalidArgument for OUTCOME_UNSPECIFIED and unknown values.
absl::StatusOr<report::Outcome> FromProto(v1::Outcome outcome);

// The report as a JSON object, fields as in verdict.proto and always all of them, 64-bit integers
// as strings (protobuf's JSON mapping). With line breaks if `pretty`; ends without one.
absl::StatusOr<std::string> ReportToJson(const report::Report& report, bool pretty = true);

// Errors: InvalidArgument, one line, when it is no JSON, or no report, or of an unknown
// format_version. Unknown fields are ignored.
absl::StatusOr<report::Report> ReportFromJson(absl::string_view json);

}  // namespace lockstep::wire

#endif  // PROTO_CC_REPORT_CONVERT_H_
