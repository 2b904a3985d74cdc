#include "coordinator/ingest/join_info.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "proto/cc/mode_convert.h"
#include "proto/cc/policy_convert.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

constexpr std::chrono::seconds kDeadline(10);

absl::Status Bad(const absl::Status& status) {
  return absl::InternalError(
      absl::StrCat("it describes the run as no coordinator may: ", std::string(status.message())));
}

}  // namespace

absl::StatusOr<JoinInfo> GetJoinInfo(CoordinatorClient* client, const std::string& run_id) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::Run run;
  const grpc::Status status = client->stub()->GetRun(&context, request, &run);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  JoinInfo info;
  info.ended = run.state() == v1::RUN_STATE_ENDED;
  info.instances.assign(run.instances().begin(), run.instances().end());
  const absl::StatusOr<policy::Policy> policy = wire::FromProto(run.policy());
  if (!policy.ok()) return Bad(policy.status());
  const absl::StatusOr<state::DigestAt> digest_at = wire::FromProto(run.digest_at());
  if (!digest_at.ok()) return Bad(digest_at.status());
  const absl::StatusOr<state::StreamMode> mode = wire::FromProto(run.stream_mode());
  if (!mode.ok()) return Bad(mode.status());
  info.settings.policy = *policy;
  info.settings.max_insns = run.max_insns();
  info.settings.digest_at = *digest_at;
  info.settings.stream_mode = *mode;
  return info;
}

}  // namespace lockstep::ingest
