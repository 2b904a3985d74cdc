#include "coordinator/cli/run_command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
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
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "coordinator/cli/images.h"
#include "coordinator/cli/interrupt.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/policy_file.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/qemu_instances.h"
#include "coordinator/cli/quantity.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/cli/second_run.h"
#include "coordinator/cli/session.h"
#include "coordinator/cli/words.h"
#include "coordinator/ingest/agent.h"
#include "coordinator/ingest/narrowing.h"
#include "coordinator/narrow/narrow.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"

namespace lockstep::cli {
namespace {

constexpr absl::Duration kLookAround = absl::Milliseconds(50);
// A run by sums that times out after nothing has come for so long may hang.
constexpr absl::Duration kStoodStill = absl::Seconds(1);

absl::StatusOr<std::unique_ptr<LazySymbols>> LoadSymbols(const RunOptions& options) {
  std::vector<std::vector<std::string>> commands;
  for (const InstanceOptions& instance : options.instances) commands.push_back(instance.argv);
  auto symbols = std::make_unique<LazySymbols>(FindImages(commands));
  for (const std::string& path : options.symbols) {
    if (absl::Status s = symbols->AddNow(path); !s.ok()) {
      return absl::Status(s.code(), absl::StrCat("--symbols: ", std::string(s.message())));
    }
  }
  return symbols;
}

// One `lockstep run`, step by step.
class RunCommandRunner {
 public:
  explicit RunCommandRunner(const RunOptions& options) : options_(options) {}

  int Execute() {
    deadline_ = absl::Now() + options_.timeout;
    if (absl::Status status = Prepare(); !status.ok()) {
      PrintError(std::string(status.message()));
      return StatusOf(report::Outcome::kTrouble, options_.bisect);
    }
    Note(absl::StrCat("run ", session_->run_id(), ", report in ", directory_->path()));
    ProgressPrinter printer(
        ChooseProgressStyle(options_.quiet, isatty(STDERR_FILENO) == 1, getenv("TERM")),
        TerminalColumns, stderr);
    Pass pass = RunOnce(absl::Now() + options_.timeout, &printer);
    if (!pass.report.ok()) {
      PrintError(std::string(pass.report.status().message()));
      return StatusOf(report::Outcome::kTrouble, options_.bisect);
    }
    if (WantsSecondRun(pass)) pass = RunAgain(std::move(pass), &printer);
    if (IsTentative(*pass.report)) *pass.report = Undecided(*std::move(pass.report), "interrupted");
    report_ = *std::move(pass.report);
    ends_ = std::move(pass.ends);
    Narrow();
    Complete();
    if (pass.interrupt != 0 && (report_.outcome == report::Outcome::kTrouble || pass.second)) {
      interrupt_ = pass.interrupt;
    }
    return Deliver();
  }

 private:
  // One run of the instances.
  struct Pass {
    absl::StatusOr<report::Report> report;
    std::vector<std::optional<Session::InstanceEnd>> ends;
    bool sums = false;
    bool second = false;
    int interrupt = 0;  // as of Session::Outcome
    bool cut = false;
    bool stalled = false;
    absl::Duration still;
  };

  Pass RunOnce(absl::Time limit, ProgressPrinter* printer) {
    Pass pass;
    pass.sums = session_->sums();
    session_->StartInstances(*directory_);
    Session::Outcome outcome = session_->WaitForVerdict(limit, printer);
    pass.report = std::move(outcome.report);
    pass.interrupt = outcome.interrupt;
    pass.cut = outcome.cut;
    pass.stalled = outcome.stalled;
    pass.still = outcome.still;
    pass.ends = session_->StopInstances(pass.report.ok() &&
                                        pass.report->outcome == report::Outcome::kIdentical);
    if (!pass.report.ok()) return pass;
    if (outcome.interrupt != 0 && pass.report->trouble.has_value()) {
      pass.report->trouble->instance.clear();  // whoever was being waited for did no wrong
    }
    QuoteLastWords(pass.ends, &*pass.report);
    return pass;
  }

  static bool WantsSecondRun(const Pass& pass) {
    if (!pass.sums || pass.interrupt != 0) return false;
    const report::Outcome outcome = pass.report->outcome;
    if (pass.stalled && outcome == report::Outcome::kTrouble) return true;
    // One that had gone on until the timeout needs longer.
    const bool late = pass.cut && pass.still < kStoodStill && outcome == report::Outcome::kTrouble;
    return !late && NeedsSecondRun(*pass.report);
  }

  // With blocks, after a run by sums that has found something: the verdict of both.
  Pass RunAgain(Pass first, ProgressPrinter* printer) {
    const absl::Time start = absl::Now();
    const bool diverged = first.report->outcome == report::Outcome::kDiverged;
    // A hang must be met again before it can be looked at.
    const absl::Duration went_on = absl::Seconds(first.report->elapsed_seconds) - first.still;
    const absl::Time limit =
        diverged ? deadline_ : std::max(deadline_, start + TimeToComeBack(went_on));
    uint64_t from = StartOfSecondRun(*first.report);
    Pass second = RunFrom(from, limit, printer);
    if ((first.cut || IsTentative(*first.report)) && from != 0 && ProvedNothing(second)) {
      second = RunFrom(from = 0, limit, printer);  // nothing is wrong, and what is left is short
    }
    if (!second.report.ok()) {
      const std::string reason =
          absl::StrCat("in a second run ", std::string(second.report.status().message()));
      if (IsTentative(*first.report)) {
        *first.report = Undecided(*std::move(first.report), reason);
      } else {
        narrow::NoteNotNarrowed(reason, &*first.report);
      }
      return first;
    }
    const double seconds =
        first.report->elapsed_seconds + absl::ToDoubleSeconds(absl::Now() - start);
    const bool cut = second.cut || second.interrupt != 0;
    report::Report report = VerdictOfBoth({*first.report, first.cut}, {*second.report, cut}, from);
    if (report.outcome != second.report->outcome) second.ends = std::move(first.ends);
    report.elapsed_seconds = seconds;
    second.report = std::move(report);
    return second;
  }

  Pass RunFrom(uint64_t icount, absl::Time limit, ProgressPrinter* printer) {
    Note(absl::StrCat("running again, with blocks from icount ", icount, " on"));
    Pass pass;
    if (absl::Status made = session_->MakeSecondRun(icount); made.ok()) {
      pass = RunOnce(limit, printer);
    } else {
      pass.report = made;
    }
    pass.second = true;
    return pass;
  }

  static bool ProvedNothing(const Pass& pass) {
    return pass.report.ok() && pass.report->trouble.has_value() &&
           pass.report->trouble->nothing_proved;
  }

  absl::Status Prepare() {
    BlockInterrupts();
    absl::StatusOr<policy::Policy> policy = LoadPolicy(options_.policy_file);
    if (!policy.ok()) return policy.status();
    policy_ = *policy;
    absl::StatusOr<std::unique_ptr<LazySymbols>> symbols = LoadSymbols(options_);
    if (!symbols.ok()) return symbols.status();
    symbols_ = *std::move(symbols);
    absl::StatusOr<std::vector<std::string>> advice = PrepareQemus(*symbols_, options_);
    if (!advice.ok()) return advice.status();
    for (const std::string& line : *advice) PrintError(line);
    if (!options_.out.empty()) {  // before anything is started
      if (absl::Status s = MakeDirectory(options_.out); !s.ok()) return s;
    }
    absl::StatusOr<std::unique_ptr<Session>> session =
        Session::Open(options_, *policy, symbols_.get());
    if (!session.ok()) return session.status();
    session_ = *std::move(session);
    if (directory_.has_value()) return absl::OkStatus();
    return MakeDirectory(absl::StrCat("lockstep-out/", session_->run_id()));
  }

  absl::Status MakeDirectory(const std::string& path) {
    absl::StatusOr<RunDirectory> directory = RunDirectory::Create(path);
    if (!directory.ok()) return directory.status();
    directory_ = *std::move(directory);
    return absl::OkStatus();
  }

  void Note(const std::string& text) const {
    if (options_.verbose) PrintError(text);
  }

  // Runs again to name the instruction; the report says why where that cannot be.
  void Narrow() {
    if (report_.outcome != report::Outcome::kDiverged || !report_.divergence.has_value()) return;
    std::string& note = report_.divergence->narrowing_note;
    if (!options_.narrow) {
      note = "not narrowed to one instruction: --no-narrow was given";
      return;
    }
    absl::StatusOr<narrow::Plan> plan = narrow::PlanFrom(report_);
    if (!plan.ok()) {
      note = std::string(plan.status().message());
      return;
    }
    Note(absl::StrCat("narrowing from icount ", plan->silent_until_icount));
    std::vector<ingest::NarrowingPass::Instance> instances;
    for (const InstanceOptions& instance : options_.instances) {
      instances.push_back({instance.name, instance.argv});
    }
    ingest::NarrowingPass pass(report_, policy_, instances, session_->temporary_directory(),
                               session_->guard());
    const absl::Duration allowed = absl::Seconds(narrow::AllowedSeconds(report_.elapsed_seconds));
    const absl::Time limit = absl::Now() + allowed;
    while (!pass.Wait(kLookAround)) {
      if (const int number = TakeInterrupt(); number != 0) {
        interrupt_ = number;
        pass.GiveUp("interrupted");
      }
      if (absl::Now() >= deadline_) pass.GiveUp(TimeoutText());
      if (absl::Now() >= limit) pass.GiveUp("the second pass took too long");
    }
    pass.Stop();
    pass.Finish(*symbols_, &report_);
  }

  std::string TimeoutText() const {
    return absl::StrCat("timeout after ", absl::FormatDuration(options_.timeout));
  }

  // What the coordinator does not know.
  void Complete() {
    for (size_t i = 0; i < report_.instances.size() && i < options_.instances.size(); ++i) {
      report::Instance& instance = report_.instances[i];
      if (instance.command.empty()) instance.command = JoinWords(options_.instances[i].argv);
      if (!instance.end.empty() || !ends_[i].has_value()) continue;
      instance.end = ends_[i]->by_us ? "ended by lockstep" : ingest::Describe(ends_[i]->exit);
    }
    report_.next_commands.push_back(options_.command_line);
    report_.next_commands.push_back(JoinWords({options_.program, "show", directory_->path()}));
  }

  // An instance that ended by itself in the middle usually says why on stderr. One that never
  // opened its ring was quoted by its agent.
  void QuoteLastWords(const std::vector<std::optional<Session::InstanceEnd>>& ends,
                      report::Report* report) const {
    if (!report->trouble.has_value()) return;
    for (size_t i = 0; i < options_.instances.size() && i < report->instances.size(); ++i) {
      const std::string& name = options_.instances[i].name;
      const bool opened = !report->instances[i].identity.producer.empty();
      if (name != report->trouble->instance || !opened) continue;
      if (!ends[i].has_value() || ends[i]->by_us) continue;
      const std::string line = ingest::LastLine(directory_->File(absl::StrCat(name, ".stderr")));
      // Its stream may have told the same ("NAME: text").
      const std::string text =
          line.substr(line.find(": ") == std::string::npos ? 0 : line.find(": ") + 2);
      if (line.empty() || report->trouble->reason.find(text) != std::string::npos) continue;
      absl::StrAppend(&report->trouble->reason, "; it said: ", line);
    }
  }

  // Writes the files, prints, and gives the exit status. What was found is printed also when the
  // files cannot be written.
  int Deliver() const {
    int status = StatusOf(report_.outcome, options_.bisect);
    if (interrupt_ != 0) status = StatusOfInterrupt(interrupt_);
    if (report_.outcome == report::Outcome::kTrouble) PrintError(TroubleLine());
    const absl::Status stored = WriteFiles();
    const absl::Status printed =
        PrintReport(report_, options_.json, options_.color, options_.history);
    if (options_.verbose) PrintUsage();
    for (const absl::Status& written : {stored, printed}) {
      if (written.ok()) continue;
      PrintError(std::string(written.message()));
      status = StatusOf(report::Outcome::kTrouble, options_.bisect);
    }
    return status;
  }

  std::string TroubleLine() const {
    if (!report_.trouble.has_value()) return "trouble";
    const report::Trouble& trouble = *report_.trouble;
    return trouble.instance.empty()
               ? trouble.reason
               : absl::StrCat("instance ", trouble.instance, ": ", trouble.reason);
  }

  absl::Status WriteFiles() const {
    report::TextOptions text;
    text.history = options_.history;
    absl::Status status = directory_->Write("report.txt", report::RenderText(report_, text));
    if (!status.ok()) return status;
    absl::StatusOr<std::string> json = report::RenderJson(report_);
    if (!json.ok()) return json.status();
    return directory_->Write("report.json", *json + "\n");
  }

  // Peak memory of each process, and the rate, for figures.
  void PrintUsage() const {
    rusage own = {};
    getrusage(RUSAGE_SELF, &own);
    std::string memory =
        absl::StrCat("coordinator ", FormatBytes(static_cast<uint64_t>(own.ru_maxrss) * 1024));
    for (size_t i = 0; i < ends_.size(); ++i) {
      if (!ends_[i].has_value()) continue;
      absl::StrAppend(&memory, ", ", options_.instances[i].name, " ",
                      FormatBytes(ends_[i]->exit.peak_rss_bytes), " (",
                      absl::StrFormat("%.2f", absl::ToDoubleSeconds(ends_[i]->exit.cpu_time)),
                      " s cpu)");
    }
    PrintError(absl::StrCat("peak memory: ", memory));
    uint64_t states = 0;
    for (const report::Instance& instance : report_.instances) states += instance.blocks;
    const double seconds = std::max(report_.elapsed_seconds, 1e-9);
    if (report_.compared.sums) {
      PrintError(
          absl::StrFormat("end to end: %d windows compared in %.2f s: %s instructions/s",
                          report_.compared.windows, report_.elapsed_seconds,
                          FormatCount(static_cast<double>(report_.compared.insns) / seconds)));
      return;
    }
    PrintError(absl::StrFormat(
        "end to end: %d blocks compared and %d block states received in %.2f s: %s blocks/s, %s "
        "block states/s",
        report_.compared.blocks, states, report_.elapsed_seconds,
        FormatCount(static_cast<double>(report_.compared.blocks) / seconds),
        FormatCount(static_cast<double>(states) / seconds)));
  }

  RunOptions options_;
  std::unique_ptr<LazySymbols> symbols_;
  policy::Policy policy_;
  std::optional<RunDirectory> directory_;
  std::unique_ptr<Session> session_;
  std::vector<std::optional<Session::InstanceEnd>> ends_;
  report::Report report_;
  absl::Time deadline_;  // of the whole command
  int interrupt_ = 0;    // the signal that kept the report from being whole
};

}  // namespace

int RunCommand(const RunOptions& options) { return RunCommandRunner(options).Execute(); }

}  // namespace lockstep::cli
