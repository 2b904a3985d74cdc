#include "coordinator/cli/watch_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
#include "absl/time/clock.h"
#include "coordinator/cli/interrupt.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/policy_file.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/quiet_grpc.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/cli/run_list.h"
#include "coordinator/cli/words.h"
#include "coordinator/ingest/channel.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"

namespace lockstep::cli {
namespace {

constexpr absl::Duration kLookAround = absl::Milliseconds(50);
constexpr absl::Duration kProgressInterval = absl::Milliseconds(500);
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(200);
constexpr absl::Duration kMaxBackoff = absl::Seconds(5);

std::string OneLine(const absl::Status& status) { return std::string(status.message()); }

// Says whom it was that could not be asked.
absl::Status About(const WatchOptions& options, const absl::Status& status) {
  return absl::Status(
      status.code(),
      absl::StrCat("coordinator ", options.connection.channel.address, ": ", OneLine(status)));
}

class WatchRunner {
 public:
  explicit WatchRunner(const WatchOptions& options)
      : options_(options), run_id_(options.run_id), start_(absl::Now()) {}

  int Execute() {
    if (absl::Status status = Prepare(); !status.ok()) return Fail(status);
    if (options_.cancel) return Cancel();
    if (run_id_.empty() && options_.create.empty()) return List();
    if (!options_.create.empty()) {
      if (absl::Status status = Create(); !status.ok()) return Fail(status);
    }
    return Follow();
  }

 private:
  static int Fail(const absl::Status& status) {
    PrintError(OneLine(status));
    return kExitTrouble;
  }

  absl::Status Prepare() {
    BlockInterrupts();
    QuietGrpc();
    KeepGrpc();
    if (!options_.out.empty()) {
      absl::StatusOr<RunDirectory> directory = RunDirectory::Create(options_.out);
      if (!directory.ok()) return directory.status();
      directory_ = *std::move(directory);
    }
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
        ingest::OpenChannel(options_.connection.channel);
    if (!channel.ok()) return channel.status();
    client_ = std::make_unique<ingest::CoordinatorClient>(*channel);
    return absl::OkStatus();
  }

  int Cancel() {
    absl::Status status = client_->CancelRun(run_id_, "cancelled");
    if (!status.ok()) return Fail(About(options_, status));
    Note(absl::StrCat("run ", run_id_, " is cancelled, if it had not ended before"));
    return 0;
  }

  int List() {
    std::vector<ingest::RunInfo> runs;
    std::string token;
    do {
      absl::StatusOr<ingest::RunPage> page = client_->ListRuns(token);
      if (!page.ok()) return Fail(About(options_, page.status()));
      for (ingest::RunInfo& run : page->runs) runs.push_back(std::move(run));
      token = page->next;
    } while (!token.empty());
    const std::string text =
        options_.json ? RunListJson(runs) + "\n" : FormatRunList(runs, absl::Now());
    if (fwrite(text.data(), 1, text.size(), stdout) != text.size() || fflush(stdout) != 0) {
      return Fail(
          absl::UnavailableError(absl::StrCat("cannot write to stdout: ", strerror(errno))));
    }
    return 0;
  }

  absl::Status Create() {
    absl::StatusOr<policy::Policy> policy = LoadPolicy(options_.policy_file);
    if (!policy.ok()) return policy.status();
    ingest::NewRun run;
    run.id = options_.run_id;
    run.instances = options_.create;
    run.policy = *std::move(policy);
    run.history_blocks = options_.history;
    run.max_insns = options_.max_insns;
    run.digest_at = options_.mode.digest_at;
    run.stream_mode = options_.mode.stream_mode;
    run.narrow = options_.narrow;
    absl::StatusOr<std::string> id = client_->CreateRun(run);
    if (!id.ok()) return About(options_, id.status());
    run_id_ = *std::move(id);
    Note(absl::StrCat("run ", run_id_, " is made; join it with"));
    for (const std::string& name : options_.create) PrintJoin(name);
    return absl::OkStatus();
  }

  // The command that joins, with the same credentials, for another terminal or machine.
  void PrintJoin(const std::string& name) const {
    if (options_.quiet) return;
    const ingest::ChannelOptions& channel = options_.connection.channel;
    std::vector<std::string> words = {options_.program, "join", "--coordinator", channel.address};
    const auto add = [&](const char* option, const std::string& value) {
      if (!value.empty()) words.insert(words.end(), {option, value});
    };
    if (channel.tls) words.push_back("--tls");
    add("--tls-ca", channel.files.ca);
    add("--tls-cert", channel.files.cert);
    add("--tls-key", channel.files.key);
    add("--token-file", channel.token_file);
    add("--run", run_id_);
    add("--instance", name);
    fprintf(stderr, "    %s -- CMD ARGS\n", JoinWords(words).c_str());
  }

  // Watches until the verdict, over as many connections as it takes.
  int Follow() {
    ProgressPrinter printer(
        ChooseProgressStyle(options_.quiet, isatty(STDERR_FILENO) == 1, getenv("TERM")),
        TerminalColumns, stderr);
    absl::Time last_contact = absl::Now();
    absl::Duration backoff = kFirstBackoff;
    bool connected_before = false;
    for (;;) {
      ingest::RunWatcher watcher(client_.get(), run_id_, kProgressInterval);
      const std::optional<int> status = WaitFor(watcher, printer, last_contact, connected_before);
      if (status.has_value()) return *status;
      const absl::Status ended = watcher.status();
      if (ended.ok()) return Deliver(watcher.Report());
      if (watcher.messages() > 0) backoff = kFirstBackoff;
      const bool lost = absl::IsUnavailable(ended) && connected_before;
      const absl::Duration gone = absl::Now() - last_contact;
      if (!lost || gone >= options_.connection.reconnect_timeout) {
        printer.Clear();
        if (!lost) return Fail(About(options_, ended));
        return Fail(absl::UnavailableError(
            absl::StrCat(OneLine(About(options_, ended)), "; given up after ",
                         absl::FormatDuration(options_.connection.reconnect_timeout))));
      }
      printer.Clear();
      if (backoff == kFirstBackoff) {
        Note(absl::StrCat(OneLine(About(options_, ended)), "; trying again"));
      }
      if (const std::optional<int> up = TimeIsUp(printer)) return *up;
      const int signal = WaitForInterrupt(backoff);
      if (signal != 0) return Interrupted(signal);
      backoff = std::min(2 * backoff, kMaxBackoff);
    }
  }

  // Until the watcher's call has ended; else the exit status with which to end before.
  std::optional<int> WaitFor(ingest::RunWatcher& watcher, ProgressPrinter& printer,
                             absl::Time& last_contact, bool& connected) {
    while (!watcher.Wait(kLookAround)) {
      if (const int signal = TakeInterrupt(); signal != 0) {
        printer.Clear();
        return Interrupted(signal);
      }
      if (const std::optional<int> status = TimeIsUp(printer)) return status;
      if (watcher.messages() == 0) continue;
      connected = true;
      last_contact = absl::Now();
      Show(watcher.progress(), printer);
    }
    if (watcher.messages() > 0) {
      connected = true;
      last_contact = absl::Now();
    }
    printer.Clear();
    return std::nullopt;
  }

  // The exit status with which to end because of --timeout.
  std::optional<int> TimeIsUp(ProgressPrinter& printer) const {
    if (absl::Now() - start_ < options_.timeout) return std::nullopt;
    printer.Clear();
    return Fail(absl::DeadlineExceededError(absl::StrCat("no verdict of run ", run_id_, " after ",
                                                         absl::FormatDuration(options_.timeout),
                                                         "; the run goes on")));
  }

  void Show(const ingest::RunProgress& progress, ProgressPrinter& printer) {
    std::string missing;
    for (const auto& instance : progress.instances) {
      if (!instance.connected) {
        absl::StrAppend(&missing, missing.empty() ? "" : ", ", instance.name);
      }
    }
    if (missing != missing_) {
      printer.Clear();
      Note(missing.empty() ? absl::StrCat("run ", run_id_, ": all instances are there")
                           : absl::StrCat("run ", run_id_, ": waiting for ", missing));
      missing_ = missing;
    }
    if (!missing.empty()) return;
    if (progress.narrowing && !narrowing_) {
      printer.Clear();
      Note(absl::StrCat("run ", run_id_,
                        ": instances disagree; they run again to name the instruction"));
      narrowing_ = true;
    }
    if (narrowing_) return;  // what there is to count is counted
    ProgressSample sample;
    sample.elapsed = absl::Now() - start_;
    sample.verified_insns = progress.verified_insns;
    sample.blocks = progress.blocks;
    for (const auto& instance : progress.instances) {
      sample.instances.push_back({instance.name, instance.insns});
    }
    printer.Update(sample);
  }

  int Interrupted(int signal) const {
    PrintError(absl::StrCat("interrupted; run ", run_id_, " goes on"));
    return StatusOfInterrupt(signal);
  }

  int Deliver(const absl::StatusOr<report::Report>& report) const {
    if (!report.ok()) return Fail(report.status());
    int status = StatusOf(report->outcome, /*bisect=*/false);
    for (const absl::Status& written :
         {WriteFiles(*report),
          PrintReport(*report, options_.json, options_.color, options_.history)}) {
      if (!written.ok()) status = Fail(written);
    }
    return status;
  }

  absl::Status WriteFiles(const report::Report& report) const {
    if (!directory_.has_value()) return absl::OkStatus();
    report::TextOptions text;
    text.history = options_.history;
    absl::Status status = directory_->Write("report.txt", report::RenderText(report, text));
    if (!status.ok()) return status;
    absl::StatusOr<std::string> json = report::RenderJson(report);
    if (!json.ok()) return json.status();
    return directory_->Write("report.json", *json + "\n");
  }

  void Note(const std::string& text) const {
    if (!options_.quiet) PrintError(text);
  }

  const WatchOptions& options_;
  std::string run_id_;
  const absl::Time start_;
  std::string missing_;     // instances that were said to be waited for
  bool narrowing_ = false;  // it was said
  std::optional<RunDirectory> directory_;
  std::unique_ptr<ingest::CoordinatorClient> client_;
};

}  // namespace

int WatchCommand(const WatchOptions& options) { return WatchRunner(options).Execute(); }

}  // namespace lockstep::cli
