#include "coordinator/cli/session.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/cli/interrupt.h"
#include "coordinator/cli/quiet_grpc.h"
#include "coordinator/cli/words.h"

namespace lockstep::cli {
namespace {

constexpr absl::Duration kLookAround = absl::Milliseconds(50);
constexpr absl::Duration kProgressInterval = absl::Milliseconds(200);
// A cancelled run has its verdict as soon as what has arrived is compared.
constexpr absl::Duration kVerdictGrace = absl::Seconds(10);
// When nothing has been agreed on for so long, a run by sums waits no longer; instances may take
// longer to come to the end of their first window.
constexpr absl::Duration kStill = absl::Seconds(3);
constexpr absl::Duration kStillAtFirst = absl::Seconds(10);
// Between the end of an instance's stream and the exit of its process.
constexpr absl::Duration kExitGrace = absl::Seconds(2);

// It takes blocks to see what an instance that hangs has done; without a window it is not known
// whether there are any.
bool IsStill(const ingest::RunProgress& progress, absl::Duration still) {
  if (progress.verified_insns == 0) return still >= kStillAtFirst;
  return progress.sums && still >= kStill;
}

// Whether all are started as a program of the same name. What a wrapper starts may be another one:
// then the sums differ at once, and the second run is all that there is.
bool AreAlike(const std::vector<InstanceOptions>& instances) {
  const auto name = [](const InstanceOptions& instance) {
    return std::filesystem::path(instance.argv.front()).filename();
  };
  return std::all_of(instances.begin(), instances.end(), [&](const InstanceOptions& instance) {
    return name(instance) == name(instances.front());
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const RunOptions& options,
                                                       const policy::Policy& policy,
                                                       const store::SymbolSource* symbols) {
  QuietGrpc();
  absl::StatusOr<std::string> temporary = MakePrivateDirectory();
  if (!temporary.ok()) return temporary.status();
  std::unique_ptr<Session> session(new Session(options, *temporary));
  session->settings_.policy = policy;
  session->settings_.history_blocks = options.history;
  session->settings_.max_insns = options.max_insns;
  session->settings_.digest_at = options.mode.digest_at;
  session->settings_.stream_mode = options.mode.stream_mode;
  session->settings_.sums = ingest::SumsGoWith(session->settings_, AreAlike(options.instances));
  absl::StatusOr<std::unique_ptr<ingest::Guard>> guard = ingest::Guard::Start(*temporary);
  if (!guard.ok()) return guard.status();
  session->guard_ = *std::move(guard);
  KeepGrpc();
  const std::string address = absl::StrCat("unix:", *temporary, "/coordinator.sock");
  absl::StatusOr<std::unique_ptr<server::Server>> server = server::Server::Start(address, symbols);
  if (!server.ok()) return server.status();
  session->server_ = *std::move(server);
  session->client_ = std::make_unique<ingest::CoordinatorClient>(address);
  if (absl::Status status = session->CreateRun(); !status.ok()) return status;
  return session;
}

absl::Status Session::CreateRun() {
  std::vector<std::string> names;
  for (const InstanceOptions& instance : options_.instances) names.push_back(instance.name);
  absl::StatusOr<std::string> run_id = client_->CreateRun(names, settings_);
  if (!run_id.ok()) return run_id.status();
  run_id_ = *std::move(run_id);
  return absl::OkStatus();
}

absl::Status Session::MakeSecondRun(uint64_t start_icount) {
  agents_.clear();  // before the sinks that they write to
  sinks_.clear();
  watcher_.reset();
  settings_.sums = false;
  settings_.start_icount = start_icount;
  return CreateRun();
}

Session::~Session() {
  StopInstances(/*in_order=*/false);
  agents_.clear();  // before the sinks that they write to
  sinks_.clear();
  watcher_.reset();
  server_.reset();
}

void Session::StartInstances(const RunDirectory& directory) {
  watcher_ = std::make_unique<ingest::RunWatcher>(client_.get(), run_id_, kProgressInterval);
  for (const InstanceOptions& instance : options_.instances) {
    sinks_.push_back(std::make_unique<ingest::StreamSink>(client_->stub(), run_id_, instance.name,
                                                          JoinWords(instance.argv)));
    ingest::AgentOptions agent_options;
    agent_options.name = instance.name;
    agent_options.argv = instance.argv;
    agent_options.request = ingest::RequestFor(settings_);
    agent_options.policy = settings_.policy;
    agent_options.ring_slots = ingest::RingSlotsFor(settings_, ingest::Reach::kProcess);
    agent_options.stdout_path = directory.File(absl::StrCat(instance.name, ".stdout"));
    agent_options.stderr_path = directory.File(absl::StrCat(instance.name, ".stderr"));
    absl::StatusOr<std::unique_ptr<ingest::Agent>> agent =
        ingest::Agent::Start(std::move(agent_options), sinks_.back().get(), guard_.get());
    agents_.push_back(agent.ok() ? *std::move(agent) : nullptr);
    if (!agent.ok()) {
      sinks_.back()->Close({.cause = ingest::StreamEnd::Cause::kNotStarted,
                            .text = std::string(agent.status().message())});
      return;  // the run has its verdict
    }
  }
}

Session::Outcome Session::WaitForVerdict(absl::Time limit, ProgressPrinter* printer) {
  Outcome outcome{absl::DeadlineExceededError("the coordinator does not end the run")};
  std::optional<absl::Time> cancelled;
  uint64_t verified = 0;
  absl::Time last_news = absl::Now();
  while (!watcher_->Wait(kLookAround)) {
    const absl::Time now = absl::Now();
    const ingest::RunProgress progress = watcher_->progress();
    if (!progress.running || progress.verified_insns != verified) last_news = now;
    verified = progress.verified_insns;
    std::string reason;
    if (outcome.interrupt == 0 && (outcome.interrupt = TakeInterrupt()) != 0) {
      reason = "interrupted";
    } else if (now >= limit) {
      reason = absl::StrCat("timeout after ", absl::FormatDuration(options_.timeout));
    } else if (settings_.sums && IsStill(progress, now - last_news)) {
      reason = absl::StrCat("nothing has come for ",
                            absl::FormatDuration(verified == 0 ? kStillAtFirst : kStill));
      outcome.stalled = !cancelled.has_value();
    }
    if (!reason.empty() && !cancelled.has_value()) {
      cancelled = now;
      outcome.cut = true;
      outcome.still = now - last_news;
      client_->CancelRun(run_id_, reason).IgnoreError();  // if it has gone, the watcher says so
    }
    if (cancelled.has_value() && now - *cancelled > kVerdictGrace) break;
    ProgressSample sample;
    sample.elapsed = now - start_;
    sample.verified_insns = progress.verified_insns;
    sample.blocks = progress.blocks;
    for (const auto& instance : progress.instances) {
      sample.instances.push_back({instance.name, instance.insns});
    }
    printer->Update(sample);
  }
  printer->Clear();
  if (watcher_->Wait(absl::ZeroDuration())) outcome.report = watcher_->Report();
  return outcome;
}

std::vector<std::optional<Session::InstanceEnd>> Session::StopInstances(bool in_order) {
  std::vector<std::optional<InstanceEnd>> ends(options_.instances.size());
  for (size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i] == nullptr) continue;
    ends[i] = InstanceEnd();
    ends[i]->by_us = !in_order && !agents_[i]->HasExited();
    if (!in_order) agents_[i]->RequestStop();
  }
  for (size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i] != nullptr) ends[i]->exit = agents_[i]->Finish(kExitGrace);
  }
  return ends;
}

}  // namespace lockstep::cli
