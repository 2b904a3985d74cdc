#include "coordinator/ingest/run_info.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/cc/mode_convert.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

absl::Status Bad(const absl::Status& status) {
  return absl::InternalError(
      absl::StrCat("it describes a run as no coordinator may: ", std::string(status.message())));
}

absl::StatusOr<RunSettings> SettingsFrom(const v1::Run& run) {
  absl::StatusOr<policy::Policy> policy = wire::FromProto(run.policy());
  if (!policy.ok()) return policy.status();
  const absl::StatusOr<state::DigestAt> digest_at = wire::FromProto(run.digest_at());
  if (!digest_at.ok()) return digest_at.status();
  const absl::StatusOr<state::StreamMode> mode = wire::FromProto(run.stream_mode());
  if (!mode.ok()) return mode.status();
  RunSettings settings;
  settings.policy = *std::move(policy);
  settings.max_insns = run.max_insns();
  settings.digest_at = *digest_at;
  settings.stream_mode = *mode;
  settings.start_icount = run.start_icount();
  return settings;
}

}  // namespace

absl::StatusOr<RunInfo> InfoFrom(const v1::Run& run) {
  RunInfo info;
  info.id = run.run_id();
  info.state = run.state() == v1::RUN_STATE_ENDED     ? RunInfo::State::kEnded
               : run.state() == v1::RUN_STATE_RUNNING ? RunInfo::State::kRunning
                                                      : RunInfo::State::kWaiting;
  info.instances.assign(run.instances().begin(), run.instances().end());
  info.joined.assign(run.joined().begin(), run.joined().end());
  if (info.state == RunInfo::State::kEnded) {
    absl::StatusOr<report::Outcome> outcome = wire::FromProto(run.outcome());
    if (!outcome.ok()) return Bad(outcome.status());
    info.outcome = *outcome;
  }
  info.verified_insns = run.verified_insns();
  info.create_time = run.has_create_time() ? absl::FromUnixSeconds(run.create_time().seconds()) +
                                                 absl::Nanoseconds(run.create_time().nanos())
                                           : absl::InfinitePast();
  absl::StatusOr<RunSettings> settings = SettingsFrom(run);
  if (!settings.ok()) return Bad(settings.status());
  info.settings = *std::move(settings);
  return info;
}

absl::StatusOr<RunPage> PageFrom(const v1::ListRunsResponse& response) {
  RunPage page;
  page.next = response.next_page_token();
  for (const v1::Run& run : response.runs()) {
    absl::StatusOr<RunInfo> info = InfoFrom(run);
    if (!info.ok()) return info.status();
    page.runs.push_back(*std::move(info));
  }
  return page;
}

RunProgress ProgressFrom(const v1::RunProgress& message) {
  RunProgress progress;
  progress.verified_insns = message.verified_insns();
  progress.blocks = message.blocks();
  progress.splits = message.splits();
  progress.running = message.state() == v1::RUN_STATE_RUNNING;
  progress.sums = message.sums();
  progress.narrowing = message.narrowing();
  for (const v1::InstanceProgress& instance : message.instances()) {
    progress.instances.push_back({instance.name(), instance.insns(), instance.connected()});
  }
  return progress;
}

}  // namespace lockstep::ingest
