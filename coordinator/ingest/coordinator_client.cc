#include "coordinator/ingest/coordinator_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/mode_convert.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

constexpr std::chrono::seconds kDeadline(10);
// Of a report with a long history.
constexpr int kMaxReceiveBytes = 256 << 20;

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
}

}  // namespace

CoordinatorClient::CoordinatorClient(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // A proxy named by the environment has no business between this process and its coordinator.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  stub_ = v1::Coordinator::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

CoordinatorClient::CoordinatorClient(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(v1::Coordinator::NewStub(channel)) {}

absl::StatusOr<std::string> CoordinatorClient::CreateRun(const std::vector<std::string>& instances,
                                                         const RunSettings& settings) {
  NewRun run;
  static_cast<RunSettings&>(run) = settings;
  run.instances = instances;
  return CreateRun(run);
}

absl::StatusOr<std::string> CoordinatorClient::CreateRun(const NewRun& run) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateRunRequest request;
  request.set_run_id(run.id);
  for (const std::string& name : run.instances) request.add_instances(name);
  *request.mutable_policy() = wire::ToProto(run.policy);
  request.set_history_blocks(run.history_blocks);
  request.set_digest_at(wire::ToProto(run.digest_at));
  request.set_stream_mode(wire::ToProto(run.stream_mode));
  request.set_max_insns(run.max_insns);
  request.set_no_narrowing(!run.narrow);
  request.set_start_icount(run.start_icount);
  v1::Run made;
  grpc::Status status = stub_->CreateRun(&context, request, &made);
  if (!status.ok()) return FromGrpc(status);
  return made.run_id();
}

absl::StatusOr<RunPage> CoordinatorClient::ListRuns(const std::string& token) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListRunsRequest request;
  request.set_page_token(token);
  v1::ListRunsResponse response;
  grpc::Status status = stub_->ListRuns(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return PageFrom(response);
}

absl::StatusOr<RunInfo> CoordinatorClient::GetRun(const std::string& run_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::Run run;
  grpc::Status status = stub_->GetRun(&context, request, &run);
  if (!status.ok()) return FromGrpc(status);
  return InfoFrom(run);
}

absl::Status CoordinatorClient::CancelRun(const std::string& run_id, const std::string& reason) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CancelRunRequest request;
  request.set_run_id(run_id);
  request.set_reason(reason);
  v1::Run run;
  return FromGrpc(stub_->CancelRun(&context, request, &run));
}

absl::StatusOr<report::Report> CoordinatorClient::GetReport(const std::string& run_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetReportRequest request;
  request.set_run_id(run_id);
  v1::Report report;
  grpc::Status status = stub_->GetReport(&context, request, &report);
  if (!status.ok()) return FromGrpc(status);
  return wire::FromProto(report);
}

RunWatcher::RunWatcher(CoordinatorClient* client, const std::string& run_id,
                       absl::Duration interval) {
  request_.set_run_id(run_id);
  const int64_t nanos = absl::ToInt64Nanoseconds(interval);
  request_.mutable_interval()->set_seconds(nanos / 1'000'000'000);
  request_.mutable_interval()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  client->stub()->async()->WatchRun(&context_, &request_, this);
  StartRead(&incoming_);
  StartCall();
}

RunWatcher::~RunWatcher() {
  context_.TryCancel();
  Wait(absl::InfiniteDuration());
}

bool RunWatcher::Wait(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&done_), timeout);
  return done_;
}

uint64_t RunWatcher::messages() const {
  absl::MutexLock lock(&mutex_);
  return messages_;
}

RunProgress RunWatcher::progress() const {
  absl::MutexLock lock(&mutex_);
  return progress_;
}

absl::Status RunWatcher::status() const {
  absl::MutexLock lock(&mutex_);
  return FromGrpc(status_);
}

absl::StatusOr<report::Report> RunWatcher::Report() const {
  absl::MutexLock lock(&mutex_);
  if (report_.has_value()) return *report_;
  return absl::UnavailableError(
      absl::StrCat("the coordinator gave no report: ",
                   status_.ok() ? "no reason given" : status_.error_message()));
}

void RunWatcher::OnReadDone(bool ok) {
  if (!ok) return;
  RunProgress progress = ProgressFrom(incoming_);
  {
    absl::MutexLock lock(&mutex_);
    progress_ = std::move(progress);
    ++messages_;
    if (incoming_.has_report()) report_ = wire::FromProto(incoming_.report());
  }
  StartRead(&incoming_);
}

void RunWatcher::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
  done_ = true;
}

}  // namespace lockstep::ingest
