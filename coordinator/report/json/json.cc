#include "coordinator/report/json/json.h"

#include "absl/strings/string_view.h"
#include "proto/cc/report_convert.h"

namespace lockstep::report {

absl::StatusOr<std::string> RenderJson(const Report& report, bool pretty) {
  return wire::ReportToJson(report, pretty);
}

absl::StatusOr<Report> ParseJson(std::string_view json) {
  return wire::ReportFromJson(absl::string_view(json.data(), json.size()));
}

}  // namespace lockstep::report
