// What `lockstep show` may be given as report.json: an error of one line, or a report that can be
// written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "emulator/base/check.h"
#include "proto/cc/report_convert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view json(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lockstep::report::Report> report = lockstep::wire::ReportFromJson(json);
  if (!report.ok()) {
    LOCKSTEP_CHECK(report.status().message().find('\n') == absl::string_view::npos)
        << report.status();
    return 0;
  }
  const absl::StatusOr<std::string> once = lockstep::wire::ReportToJson(*report);
  LOCKSTEP_CHECK(once.ok()) << once.status();
  const absl::StatusOr<lockstep::report::Report> again = lockstep::wire::ReportFromJson(*once);
  LOCKSTEP_CHECK(again.ok()) << again.status();
  LOCKSTEP_CHECK(lockstep::wire::ReportToJson(*again).value() == *once);
  return 0;
}
