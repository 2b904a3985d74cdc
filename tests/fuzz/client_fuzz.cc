// What a hostile coordinator may answer to `lockstep watch` and `join`: runs, pages of them,
// progress, reports. An error of one line, or text and JSON that do not command a terminal.
//
// Input: one byte (0 Run, 1 ListRunsResponse, 2 RunProgress, 3 Report; modulo 4), then the message.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/cli/run_list.h"
#include "coordinator/ingest/run_info.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "emulator/base/check.h"
#include "proto/cc/report_convert.h"

namespace {

namespace ingest = lockstep::ingest;
namespace v1 = lockstep::v1;

void CheckOneLine(const absl::Status& status) {
  LOCKSTEP_CHECK(status.message().find('\n') == absl::string_view::npos) << status;
}

void CheckHarmless(const std::string& text) {
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    LOCKSTEP_CHECK(u == '\n' || (u >= 0x20 && u != 0x7f)) << static_cast<int>(u);
  }
}

void CheckRuns(const std::vector<ingest::RunInfo>& runs) {
  const std::string text = lockstep::cli::FormatRunList(runs, absl::FromUnixSeconds(1'700'000'000));
  CheckHarmless(text);
  const std::string json = lockstep::cli::RunListJson(runs);
  LOCKSTEP_CHECK(nlohmann::json::accept(json)) << json;
}

void CheckRun(const uint8_t* data, int size) {
  v1::Run proto;
  if (!proto.ParseFromArray(data, size)) return;
  absl::StatusOr<ingest::RunInfo> run = ingest::InfoFrom(proto);
  if (!run.ok()) return CheckOneLine(run.status());
  // As an emulator is started for it.
  const struct lockstep_request request = ingest::RequestFor(run->settings);
  LOCKSTEP_CHECK(request.digest_at <= LOCKSTEP_DIGEST_AT_INSN);
  LOCKSTEP_CHECK(ingest::RingSlotsFor(run->settings, ingest::Reach::kNetwork) != 0);
  CheckRuns({*std::move(run)});
}

void CheckPage(const uint8_t* data, int size) {
  v1::ListRunsResponse proto;
  if (!proto.ParseFromArray(data, size)) return;
  const absl::StatusOr<ingest::RunPage> page = ingest::PageFrom(proto);
  if (!page.ok()) return CheckOneLine(page.status());
  CheckRuns(page->runs);
}

void CheckReport(const v1::Report& proto) {
  const absl::StatusOr<lockstep::report::Report> report = lockstep::wire::FromProto(proto);
  if (!report.ok()) return CheckOneLine(report.status());
  CheckHarmless(lockstep::report::RenderText(*report, {}));
  LOCKSTEP_CHECK(lockstep::report::RenderJson(*report).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t* const message = data + 1;
  const int bytes = static_cast<int>(size - 1);
  v1::RunProgress progress;
  v1::Report report;
  switch (data[0] % 4) {
    case 0:
      CheckRun(message, bytes);
      break;
    case 1:
      CheckPage(message, bytes);
      break;
    case 2:
      if (!progress.ParseFromArray(message, bytes)) break;
      LOCKSTEP_CHECK(ingest::ProgressFrom(progress).instances.size() ==
                     static_cast<size_t>(progress.instances_size()));
      if (progress.has_report()) CheckReport(progress.report());
      break;
    default:
      if (report.ParseFromArray(message, bytes)) CheckReport(report);
  }
  return 0;
}
