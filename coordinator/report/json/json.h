// The JSON report: the lockstep.v1.Report message in protobuf's JSON mapping.
#ifndef COORDINATOR_REPORT_JSON_JSON_H_
#define COORDINATOR_REPORT_JSON_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "proto/cc/report.h"

namespace lockstep::report {

// One JSON object, with line breaks if `pretty`; ends without a newline.
// Bytes that are not UTF-8 are replaced. Errors: Internal, of the JSON library.
absl::StatusOr<std::string> RenderJson(const Report& report, bool pretty = true);

// Reads what RenderJson() wrote. Unknown fields are ignored; a format_version that is not known is
// refused. Errors: InvalidArgument, one line.
absl::StatusOr<Report> ParseJson(std::string_view json);

}  // namespace lockstep::report

#endif  // COORDINATOR_REPORT_JSON_JSON_H_
