#include "coordinator/cli/show_command.h"

#include <sys/stat.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/report/json/json.h"

namespace lockstep::cli {
namespace {

constexpr size_t kMaxReportBytes = size_t{256} << 20;

absl::StatusOr<report::Report> LoadReport(const std::string& path) {
  struct stat info;
  const bool directory = stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  const std::string file = directory ? absl::StrCat(path, "/report.json") : path;
  absl::StatusOr<std::string> text = ReadFile(file, kMaxReportBytes);
  if (!text.ok()) return text.status();
  absl::StatusOr<report::Report> report = report::ParseJson(*text);
  if (!report.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot show '", file, "': ", std::string(report.status().message())));
  }
  return report;
}

}  // namespace

int ShowCommand(const ShowOptions& options) {
  absl::StatusOr<report::Report> report = LoadReport(options.path);
  if (!report.ok()) {
    PrintError(std::string(report.status().message()));
    return kExitTrouble;
  }
  absl::Status status = PrintReport(*report, options.json, options.color, options.history);
  if (!status.ok()) {
    PrintError(std::string(status.message()));
    return kExitTrouble;
  }
  return StatusOf(report->outcome, /*bisect=*/false);
}

}  // namespace lockstep::cli
