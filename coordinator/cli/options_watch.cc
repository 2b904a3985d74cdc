// Options of `lockstep watch`.
#include "absl/strings/str_split.h"
#include "coordinator/cli/option_parts.h"

namespace lockstep::cli {

void DeclareWatch(CLI::App& app, RawWatch& raw) {
  WatchOptions& watch = raw.options;
  DeclareConnection(app, raw.connection);
  app.add_option("--run", watch.run_id, "The run to follow (default: list the runs)")
      ->type_name("ID");
  CLI::Option* create =
      app.add_option("--create", raw.create, "Make a run of these instances first, and follow it")
          ->type_name("A,B[,C]");
  app.add_option("--policy", watch.policy_file,
                 "What it compares and tolerates: a file, or default, qemu or strict")
      ->type_name("FILE.txtpb")
      ->needs(create);
  DeclareMode(app, raw.mode, create);
  app.add_option("--max-insns", raw.max_insns, "Its instances end after N instructions")
      ->type_name("N")
      ->needs(create);
  app.add_flag("--no-narrow", raw.no_narrow,
               "Its instances do not run again to find the single instruction")
      ->needs(create);
  app.add_flag("--cancel", watch.cancel, "Cancel the run, do not follow it")->excludes(create);
  app.add_option("--out", watch.out, "Directory for report.json and report.txt")->type_name("DIR");
  app.add_flag("--json", watch.json, "Print the report, or the list, as one JSON object");
  app.add_option("--timeout", raw.timeout, "Stop to watch after D; the run goes on")
      ->type_name("D");
  app.add_option("--history", raw.history, "Blocks of history in the report (default 16)")
      ->type_name("N");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
  CLI::Option* verbose = app.add_flag("-v,--verbose", watch.verbose, "Say more on stderr");
  app.add_flag("-q,--quiet", watch.quiet, "No progress on stderr")->excludes(verbose);
  app.footer(
      "Exit status, of a run: 0 identical, 1 diverged, 2 trouble, 130 interrupted (the run goes "
      "on).\n"
      "Example: lockstep watch --coordinator build7:7070 --tls-ca ca.crt --create old,new");
}

absl::StatusOr<WatchOptions> FinishWatch(const RawWatch& raw) {
  WatchOptions watch = raw.options;
  watch.program = raw.program;
  watch.narrow = !raw.no_narrow;
  if (!raw.create.empty()) {
    watch.create = absl::StrSplit(raw.create, ',');
    if (watch.create.size() < 2) {
      return absl::InvalidArgumentError("--create: a run has two instances at least: A,B");
    }
  }
  if (watch.cancel && watch.run_id.empty()) {
    return absl::InvalidArgumentError("--cancel: say which run: --run ID");
  }
  if (watch.run_id.empty() && watch.create.empty() && !watch.out.empty()) {
    return absl::InvalidArgumentError("--out: a list of runs has no report; say which: --run ID");
  }
  absl::Status status = FinishConnection(raw.connection, watch.connection);
  if (status.ok()) status = ParseCount("--max-insns", raw.max_insns, watch.max_insns);
  if (status.ok()) status = FinishMode(raw.mode, watch.mode);
  if (status.ok()) status = ParseDuration("--timeout", raw.timeout, watch.timeout);
  if (status.ok()) status = ParseHistory(raw.history, watch.history);
  if (status.ok()) status = ParseColor(raw.color, watch.color);
  if (!status.ok()) return status;
  return watch;
}

}  // namespace lockstep::cli
