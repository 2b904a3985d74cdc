#include "coordinator/server/service.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "coordinator/detect/comparison.h"
#include "coordinator/server/stream_reactor.h"
#include "coordinator/server/watch_reactor.h"
#include "proto/cc/mode_convert.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

constexpr uint32_t kDefaultHistory = 16;
constexpr uint32_t kMaxHistory = 10000;
constexpr uint32_t kDefaultPage = 100;
constexpr uint32_t kMaxPage = 1000;
constexpr absl::Duration kDefaultInterval = absl::Seconds(1);
constexpr absl::Duration kMinInterval = absl::Milliseconds(100);
constexpr size_t kMaxReason = 500;

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

v1::Run Describe(const Run& run) {
  v1::Run message;
  const Snapshot snapshot = run.snapshot();
  message.set_run_id(run.config().id);
  message.set_state(StateOf(snapshot.phase));
  for (size_t i = 0; i < run.config().instances.size(); ++i) {
    message.add_instances(run.config().instances[i]);
    if (snapshot.joined[i]) message.add_joined(run.config().instances[i]);
  }
  *message.mutable_policy() = wire::ToProto(run.config().policy);
  message.set_max_insns(run.config().max_insns);
  message.set_start_icount(run.config().start_icount);
  message.set_verified_insns(snapshot.summary.verified_insns);
  const int64_t nanos = absl::ToUnixNanos(run.create_time());
  message.mutable_create_time()->set_seconds(nanos / 1'000'000'000);
  message.mutable_create_time()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  if (snapshot.outcome.has_value()) message.set_outcome(wire::ToProto(*snapshot.outcome));
  message.set_digest_at(wire::ToProto(run.config().digest_at));
  message.set_stream_mode(wire::ToProto(snapshot.stream_mode));
  return message;
}

absl::StatusOr<RunConfig> ConfigFrom(const v1::CreateRunRequest& request) {
  RunConfig config;
  config.id = request.run_id();
  config.instances.assign(request.instances().begin(), request.instances().end());
  if (request.has_policy()) {
    absl::StatusOr<policy::Policy> policy = wire::FromProto(request.policy());
    if (!policy.ok()) return policy.status();
    if (absl::Status s = detect::CheckPolicy(*policy); !s.ok()) return s;
    config.policy = *std::move(policy);
  }
  if (request.history_blocks() > kMaxHistory) {
    return absl::InvalidArgumentError(
        absl::StrCat("history_blocks: ", request.history_blocks(), " is more than ", kMaxHistory));
  }
  if (request.start_icount() % state::kWindowInsns != 0) {
    return absl::InvalidArgumentError(absl::StrCat("start_icount: ", request.start_icount(),
                                                   " is no multiple of ", state::kWindowInsns));
  }
  config.start_icount = request.start_icount();
  config.max_insns = request.max_insns();
  config.history_blocks =
      request.history_blocks() == 0 ? kDefaultHistory : request.history_blocks();
  const absl::StatusOr<state::DigestAt> digest_at = wire::FromProto(request.digest_at());
  if (!digest_at.ok()) return digest_at.status();
  const absl::StatusOr<state::StreamMode> mode = wire::FromProto(request.stream_mode());
  if (!mode.ok()) return mode.status();
  config.digest_at = *digest_at;
  config.stream_mode = *mode;
  config.narrowing = request.no_narrowing() ? Narrowing::kUnwanted : Narrowing::kHere;
  return config;
}

// Refuses every message of a watch that cannot begin.
class FailedWatch final : public grpc::ServerWriteReactor<v1::RunProgress> {
 public:
  explicit FailedWatch(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

absl::StatusOr<std::shared_ptr<Run>> CoordinatorService::FindFor(
    const grpc::CallbackServerContext& context, Action action, const std::string& run_id) const {
  // First of all, so that the answer does not tell which runs there are.
  absl::Status allowed = access_->Check(BearerToken(context), action, FirstRunOf(run_id));
  if (!allowed.ok()) return allowed;
  return registry_->Find(run_id);
}

grpc::ServerUnaryReactor* CoordinatorService::CreateRun(grpc::CallbackServerContext* context,
                                                        const v1::CreateRunRequest* request,
                                                        v1::Run* response) {
  absl::Status allowed = access_->Check(BearerToken(*context), Action::kCreate, request->run_id());
  if (!allowed.ok()) return Answer(context, allowed);
  absl::StatusOr<RunConfig> config = ConfigFrom(*request);
  if (!config.ok()) return Answer(context, config.status());
  absl::StatusOr<std::shared_ptr<Run>> run = registry_->Create(*std::move(config));
  if (run.ok()) *response = Describe(**run);
  return Answer(context, run.status());
}

grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* CoordinatorService::Stream(
    grpc::CallbackServerContext* context) {
  const std::string bearer = BearerToken(*context);
  return NewStreamReactor(registry_, context, [this, bearer](const v1::Hello& hello) {
    const std::string& token = bearer.empty() ? hello.token() : bearer;
    absl::Status status = access_->Check(token, Action::kJoin, FirstRunOf(hello.run_id()));
    if (!status.ok() || !hello.has_identity()) return status;
    return registry_->Reserve(hello.run_id(), hello.identity().vcpus());
  });
}

grpc::ServerWriteReactor<v1::RunProgress>* CoordinatorService::WatchRun(
    grpc::CallbackServerContext* context, const v1::WatchRunRequest* request) {
  absl::StatusOr<std::shared_ptr<Run>> run = FindFor(*context, Action::kWatch, request->run_id());
  if (!run.ok()) return new FailedWatch(run.status());
  absl::Duration interval = kDefaultInterval;
  if (request->has_interval()) {
    interval = std::max(kMinInterval, absl::Seconds(request->interval().seconds()) +
                                          absl::Nanoseconds(request->interval().nanos()));
  }
  return NewWatchReactor(*std::move(run), interval);
}

grpc::ServerUnaryReactor* CoordinatorService::GetReport(grpc::CallbackServerContext* context,
                                                        const v1::GetReportRequest* request,
                                                        v1::Report* response) {
  absl::StatusOr<std::shared_ptr<Run>> run = FindFor(*context, Action::kWatch, request->run_id());
  if (!run.ok()) return Answer(context, run.status());
  absl::StatusOr<report::Report> report = (*run)->Report();
  if (report.ok()) *response = wire::ToProto(*report);
  return Answer(context, report.status());
}

grpc::ServerUnaryReactor* CoordinatorService::GetRun(grpc::CallbackServerContext* context,
                                                     const v1::GetRunRequest* request,
                                                     v1::Run* response) {
  absl::StatusOr<std::shared_ptr<Run>> run = FindFor(*context, Action::kWatch, request->run_id());
  // Who joins must know how to start its emulator.
  if (!run.ok()) run = FindFor(*context, Action::kJoin, request->run_id());
  if (run.ok()) *response = Describe(**run);
  return Answer(context, run.status());
}

grpc::ServerUnaryReactor* CoordinatorService::ListRuns(grpc::CallbackServerContext* context,
                                                       const v1::ListRunsRequest* request,
                                                       v1::ListRunsResponse* response) {
  auto visible = access_->Visible(BearerToken(*context));
  if (!visible.ok()) return Answer(context, visible.status());
  uint64_t before = 0;
  if (!request->page_token().empty() &&
      (!absl::SimpleAtoi(request->page_token(), &before) || before == 0)) {
    return Answer(context, absl::InvalidArgumentError("page_token: not of this server"));
  }
  const size_t size =
      request->page_size() == 0 ? kDefaultPage : std::min(request->page_size(), kMaxPage);
  // One more, to know whether there is another page.
  auto runs = registry_->List(before, size + 1, *visible);
  if (runs.size() > size) {
    runs.pop_back();
    response->set_next_page_token(absl::StrCat(runs.back().first));
  }
  for (const auto& [number, run] : runs) *response->add_runs() = Describe(*run);
  return Answer(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* CoordinatorService::CancelRun(grpc::CallbackServerContext* context,
                                                        const v1::CancelRunRequest* request,
                                                        v1::Run* response) {
  absl::StatusOr<std::shared_ptr<Run>> run = FindFor(*context, Action::kCreate, request->run_id());
  if (!run.ok()) return Answer(context, run.status());
  std::string reason = request->reason().substr(0, kMaxReason);
  for (char& c : reason) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  (*run)->Cancel(reason.empty() ? "cancelled" : reason);
  *response = Describe(**run);
  return Answer(context, absl::OkStatus());
}

}  // namespace lockstep::server
