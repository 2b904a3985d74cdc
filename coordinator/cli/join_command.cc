#include "coordinator/cli/join_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "coordinator/cli/interrupt.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/quiet_grpc.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/cli/words.h"
#include "coordinator/ingest/agent.h"
#include "coordinator/ingest/channel.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/ingest/file_identity.h"
#include "coordinator/ingest/guard.h"
#include "coordinator/ingest/process.h"
#include "coordinator/ingest/request.h"
#include "coordinator/ingest/stream_sink.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "proto/cc/second_pass.h"
#include "proto/cc/session_convert.h"

namespace lockstep::cli {
namespace {

namespace v1 = ::lockstep::v1;

constexpr absl::Duration kLookAround = absl::Milliseconds(50);
constexpr absl::Duration kAskAgain = absl::Milliseconds(250);
constexpr absl::Duration kProgressInterval = absl::Milliseconds(500);
// Between the end of the instance's stream and the exit of its process.
constexpr absl::Duration kExitGrace = absl::Seconds(2);
// For the coordinator to hear that this instance was interrupted, and to say what that means.
constexpr absl::Duration kGoodbye = absl::Seconds(5);
// The verdict is known; the report is being written.
constexpr absl::Duration kReportGrace = absl::Seconds(30);

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

// Whether the coordinator may still come up, or the run be made.
bool MayStillCome(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsNotFound(status) ||
         absl::IsDeadlineExceeded(status);
}

// One `lockstep join`, step by step.
class JoinRunner {
 public:
  explicit JoinRunner(const JoinOptions& options) : options_(options) {}

  int Execute() {
    absl::Status status = Prepare();
    if (status.ok()) status = FindRun();
    if (status.ok() && interrupt_ == 0) status = StartFirstPass();
    if (!status.ok()) {
      PrintError(TextOf(status));
      return kExitTrouble;
    }
    if (interrupt_ != 0) return StatusOfInterrupt(interrupt_);
    FollowStream();
    const absl::Status ended = sink_->stream().status();
    stop_ = sink_->stream().stop();
    EndInstance();
    // The run is over when the coordinator has said so; else this side has lost it.
    if (stop_.has_value()) {
      if (stop_->has_rerun() && interrupt_ == 0) RunAgain(stop_->rerun());
      return DeliverReport();
    }
    if (interrupt_ != 0) {
      PrintError("interrupted; the run was told, but has no verdict yet");
      return StatusOfInterrupt(interrupt_);
    }
    // Its verdict may have come before this instance did.
    if (absl::IsFailedPrecondition(ended)) {
      const absl::StatusOr<report::Report> report = client_->GetReport(options_.run_id);
      if (report.ok()) return Deliver(*report);
    }
    return DeliverPartial(ended);
  }

 private:
  // --- Before the instance.

  absl::Status Prepare() {
    BlockInterrupts();
    QuietGrpc();
    absl::StatusOr<RunDirectory> directory =
        RunDirectory::Create(options_.out.empty() ? absl::StrCat("lockstep-out/", options_.run_id,
                                                                 "-", options_.instance)
                                                  : options_.out);
    if (!directory.ok()) return directory.status();
    directory_ = *std::move(directory);
    absl::StatusOr<std::string> temporary = MakePrivateDirectory();
    if (!temporary.ok()) return temporary.status();
    temporary_ = *std::move(temporary);
    // Before anything that has threads.
    absl::StatusOr<std::unique_ptr<ingest::Guard>> guard = ingest::Guard::Start(temporary_);
    if (!guard.ok()) return guard.status();
    guard_ = *std::move(guard);
    KeepGrpc();
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
        ingest::OpenChannel(options_.connection.channel);
    if (!channel.ok()) return channel.status();
    client_ = std::make_unique<ingest::CoordinatorClient>(*channel);
    return absl::OkStatus();
  }

  const std::string& address() const { return options_.connection.channel.address; }

  // Waits until there is a coordinator that has the run.
  absl::Status FindRun() {
    const absl::Time limit = absl::Now() + options_.wait;
    for (bool told = false;; told = true) {
      absl::StatusOr<ingest::RunInfo> run = client_->GetRun(options_.run_id);
      if (run.ok()) {
        run_ = *std::move(run);
        return CheckRun();
      }
      const absl::Status status(
          run.status().code(), absl::StrCat("coordinator ", address(), ": ", TextOf(run.status())));
      if (!MayStillCome(status)) return status;
      if (absl::Now() >= limit) {
        return absl::Status(status.code(),
                            absl::StrCat(TextOf(status), "; waited ",
                                         absl::FormatDuration(options_.wait), " (--wait)"));
      }
      if (!told) Say(absl::StrCat("waiting for run ", options_.run_id, ": ", TextOf(status)));
      const absl::Time next = std::min(absl::Now() + kAskAgain, limit);
      do {
        if ((interrupt_ = TakeInterrupt()) != 0) return absl::OkStatus();
        absl::SleepFor(std::min(kLookAround, next - absl::Now()));
      } while (absl::Now() < next);
    }
  }

  absl::Status CheckRun() const {
    if (run_.state == ingest::RunInfo::State::kEnded) {
      return absl::FailedPreconditionError(absl::StrCat("run ", options_.run_id,
                                                        " has ended: 'lockstep watch --run ",
                                                        options_.run_id, "' shows its report"));
    }
    const std::vector<std::string>& names = run_.instances;
    if (std::find(names.begin(), names.end(), options_.instance) != names.end()) {
      return absl::OkStatus();
    }
    return absl::NotFoundError(absl::StrCat("--instance: run ", options_.run_id,
                                            " has no instance named '", options_.instance,
                                            "'; its instances are ", absl::StrJoin(names, ", ")));
  }

  // Files that cannot be read are the emulator's to complain of.
  ingest::Participant WhoJoins() const {
    ingest::Participant who;
    who.run_id = options_.run_id;
    who.instance = options_.instance;
    who.command = JoinWords(options_.argv);
    who.can_rerun = options_.narrow;
    if (absl::StatusOr<std::string> program = ingest::FindProgram(options_.argv[0]); program.ok()) {
      if (auto executable = ingest::IdentifyFile(*program); executable.ok()) {
        who.executable = *std::move(executable);
      }
    }
    for (const std::string& path : ingest::FilesNamedIn(options_.argv)) {
      if (auto image = ingest::IdentifyFile(path); image.ok()) {
        who.guest_images.push_back(*std::move(image));
      }
    }
    return who;
  }

  absl::Status StartFirstPass() {
    who_ = WhoJoins();
    absl::Status status = StartInstance(
        ingest::RequestFor(run_.settings),
        ingest::RingSlotsFor(run_.settings, ingest::Reach::kNetwork), directory_->File(""));
    if (!status.ok()) return status;
    Say(absl::StrCat("joined run ", options_.run_id, " as ", options_.instance, "; report in ",
                     directory_->path()));
    return absl::OkStatus();
  }

  // Starts the emulator and its stream. What it prints goes to files in `output`, a path with its
  // last slash.
  absl::Status StartInstance(const struct lockstep_request& request, uint64_t ring_slots,
                             const std::string& output) {
    ingest::ReliableStreamOptions stream;
    stream.reconnect_timeout = options_.connection.reconnect_timeout;
    stream.note = [](const std::string& note) { PrintError(note); };
    sink_ = std::make_unique<ingest::StreamSink>(client_->stub(), who_, std::move(stream));
    ingest::AgentOptions agent;
    agent.name = options_.instance;
    agent.argv = options_.argv;
    agent.request = request;
    agent.policy = run_.settings.policy;
    agent.ring_slots = ring_slots;
    agent.stdout_path = absl::StrCat(output, options_.instance, ".stdout");
    agent.stderr_path = absl::StrCat(output, options_.instance, ".stderr");
    absl::StatusOr<std::unique_ptr<ingest::Agent>> started =
        ingest::Agent::Start(std::move(agent), sink_.get(), guard_.get());
    if (started.ok()) {
      agent_ = *std::move(started);
      return absl::OkStatus();
    }
    // The run is told too, or it would wait.
    sink_->Close(
        {.cause = ingest::StreamEnd::Cause::kNotStarted, .text = TextOf(started.status())});
    sink_->stream().Wait(kGoodbye);
    return started.status();
  }

  // --- With the instance.

  void FollowStream() {
    ProgressPrinter printer(
        ChooseProgressStyle(options_.quiet, isatty(STDERR_FILENO) == 1, getenv("TERM")),
        TerminalColumns, stderr);
    const absl::Time start = absl::Now();
    absl::Time limit = absl::InfiniteFuture();
    std::unique_ptr<ingest::RunWatcher> watcher;
    absl::Time next_watch = start;
    while (!sink_->stream().Wait(kLookAround) && absl::Now() < limit) {
      if (interrupt_ == 0 && (interrupt_ = TakeInterrupt()) != 0) {
        printer.Clear();
        agent_->RequestStop();
        limit = absl::Now() + kGoodbye;
      }
      if (options_.quiet) continue;
      if (watcher != nullptr && watcher->Wait(absl::ZeroDuration())) watcher.reset();
      if (watcher == nullptr && absl::Now() >= next_watch) {
        watcher =
            std::make_unique<ingest::RunWatcher>(client_.get(), options_.run_id, kProgressInterval);
        next_watch = absl::Now() + absl::Seconds(2);
      }
      if (watcher != nullptr) Show(watcher->progress(), absl::Now() - start, printer);
    }
    printer.Clear();
  }

  static void Show(const ingest::RunProgress& progress, absl::Duration elapsed,
                   ProgressPrinter& printer) {
    if (progress.instances.empty()) return;
    ProgressSample sample;
    sample.elapsed = elapsed;
    sample.verified_insns = progress.verified_insns;
    sample.blocks = progress.blocks;
    for (const auto& instance : progress.instances) {
      sample.instances.push_back({instance.name, instance.insns});
    }
    printer.Update(sample);
  }

  void EndInstance() {
    if (agent_ == nullptr) return;
    const std::optional<v1::Stop> stop = sink_->stream().stop();
    const bool in_order = stop.has_value() && stop->reason() == v1::STOP_REASON_COMPLETE;
    if (!in_order) agent_->RequestStop();
    agent_->Finish(kExitGrace);
    agent_.reset();
  }

  // --- With the instance once more, to name the instruction.

  // Whatever goes wrong, the run has its verdict, and its report says why no instruction is named.
  void RunAgain(const v1::Rerun& proto) {
    const absl::StatusOr<state::Rerun> rerun = wire::FromProto(proto);
    if (!rerun.ok()) {
      PrintError(absl::StrCat("the coordinator sends what no coordinator may send: ",
                              TextOf(rerun.status())));
      return;
    }
    Say(absl::StrCat("instances disagree; running again from icount ",
                     rerun->pass.silent_until_icount, " to name the instruction"));
    who_.run_id = rerun->run_id;
    const absl::Status started =
        StartInstance(ingest::RequestFor(rerun->pass), ingest::kDenseRingSlots, temporary_ + "/");
    if (!started.ok()) return PrintError(TextOf(started));
    absl::Time limit = absl::InfiniteFuture();
    while (!sink_->stream().Wait(kLookAround) && absl::Now() < limit) {
      if (interrupt_ != 0 || (interrupt_ = TakeInterrupt()) == 0) continue;
      agent_->RequestStop();
      limit = absl::Now() + kGoodbye;
    }
    interrupted_again_ = interrupt_ != 0;
    EndInstance();
  }

  // --- After it.

  absl::StatusOr<report::Report> FetchReport() {
    const absl::Time limit =
        absl::Now() + std::max(options_.connection.reconnect_timeout, kReportGrace);
    for (;;) {
      absl::StatusOr<report::Report> report = client_->GetReport(options_.run_id);
      if (report.ok() || absl::Now() >= limit) return report;
      if (!absl::IsUnavailable(report.status()) && !absl::IsFailedPrecondition(report.status()) &&
          !absl::IsDeadlineExceeded(report.status())) {
        return report;
      }
      if (TakeInterrupt() != 0) return absl::CancelledError("interrupted");
      absl::SleepFor(kLookAround);
    }
  }

  int DeliverReport() {
    absl::StatusOr<report::Report> report = FetchReport();
    if (!report.ok()) {
      PrintError(absl::StrCat("the run is over: ", stop_->text(),
                              "; its report does not come: ", TextOf(report.status())));
      return absl::IsPermissionDenied(report.status()) ? StatusOfStop() : kExitTrouble;
    }
    const int status = Deliver(*report);
    const bool not_whole = interrupted_again_ || report->outcome == report::Outcome::kTrouble;
    return interrupt_ != 0 && not_whole ? StatusOfInterrupt(interrupt_) : status;
  }

  // For one whose token is not for reports.
  int StatusOfStop() const {
    switch (stop_->reason()) {
      case v1::STOP_REASON_COMPLETE:
        return kExitIdentical;
      case v1::STOP_REASON_DIVERGED:
        return kExitDiverged;
      default:
        return kExitTrouble;
    }
  }

  // The coordinator is out of reach, or refuses: what this side knows.
  int DeliverPartial(const absl::Status& why) {
    report::Report report;
    report.run_id = options_.run_id;
    report.outcome = report::Outcome::kTrouble;
    const uint64_t verified = sink_->VerifiedInsns();
    report.trouble =
        report::Trouble{"", absl::StrCat(TextOf(why), "; verified to ", verified,
                                         " as far as instance ", options_.instance, " was told")};
    report.compared.insns = verified;
    report::Instance self;
    self.name = options_.instance;
    self.command = JoinWords(options_.argv);
    self.end = "ended by lockstep";
    report.instances.push_back(std::move(self));
    report.notes.push_back(absl::StrCat(
        "This is a partial report, made by 'lockstep join' of instance ", options_.instance,
        " without its coordinator ", address(), ": it knows of no other instance."));
    PrintError(report.trouble->reason);
    return Deliver(report);
  }

  // Writes the files, prints the verdict's line, and gives the exit status.
  int Deliver(const report::Report& report) const {
    printf("%s\n", report::VerdictLine(report).c_str());
    int status = StatusOf(report.outcome, /*bisect=*/false);
    absl::Status written = directory_->Write("report.txt", report::RenderText(report));
    if (written.ok()) {
      absl::StatusOr<std::string> json = report::RenderJson(report);
      written = json.ok() ? directory_->Write("report.json", *json + "\n") : json.status();
    }
    if (written.ok() && fflush(stdout) != 0) {
      written = absl::UnavailableError("cannot write to stdout");
    }
    if (written.ok()) return status;
    PrintError(TextOf(written));
    return kExitTrouble;
  }

  void Say(const std::string& text) const {
    if (!options_.quiet) PrintError(text);
  }

  const JoinOptions& options_;
  std::optional<RunDirectory> directory_;
  std::string temporary_;  // a directory that goes with guard_
  std::unique_ptr<ingest::Guard> guard_;
  std::unique_ptr<ingest::CoordinatorClient> client_;
  ingest::RunInfo run_;
  ingest::Participant who_;
  std::unique_ptr<ingest::StreamSink> sink_;
  std::unique_ptr<ingest::Agent> agent_;  // before sink_, to which it writes
  std::optional<v1::Stop> stop_;          // of the first pass
  int interrupt_ = 0;
  bool interrupted_again_ = false;  // in the second pass
};

}  // namespace

int JoinCommand(const JoinOptions& options) { return JoinRunner(options).Execute(); }

}  // namespace lockstep::cli
