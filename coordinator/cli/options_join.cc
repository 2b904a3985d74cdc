// Options of `lockstep join`.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/cli/option_parts.h"

namespace lockstep::cli {
namespace {

constexpr size_t kMaxNameLength = 64;

// The names are also those of files.
absl::Status CheckName(const std::string& option, const std::string& name) {
  bool ok = !name.empty() && name.size() <= kMaxNameLength && name[0] != '.' && name[0] != '-';
  for (char c : name) {
    ok = ok &&
         (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-');
  }
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": '", name, "' is not a name: 1 to ", kMaxNameLength,
                   " letters, digits, '_', '.' or '-', not beginning with '.' or '-'"));
}

}  // namespace

void DeclareJoin(CLI::App& app, RawJoin& raw) {
  JoinOptions& join = raw.options;
  DeclareConnection(app, raw.connection);
  app.add_option("--run", join.run_id, "The run to take part in")->type_name("ID")->required();
  app.add_option("--instance", join.instance, "As which of its instances")
      ->type_name("NAME")
      ->required();
  app.add_option("--wait", raw.wait, "Wait so long for the coordinator and the run (default 60s)")
      ->type_name("D");
  app.add_flag("--no-narrow", raw.no_narrow,
               "Do not start the emulator again to find the single instruction");
  app.add_option("--out", join.out,
                 "Directory of the report (default lockstep-out/<run id>-<instance>)")
      ->type_name("DIR");
  CLI::Option* verbose = app.add_flag("-v,--verbose", join.verbose, "Say more on stderr");
  app.add_flag("-q,--quiet", join.quiet, "No progress on stderr")->excludes(verbose);
  app.footer(
      "The words after -- are the emulator's command.\n"
      "Exit status: 0 identical, 1 diverged, 2 trouble, 130 interrupted (the run is in trouble "
      "then).\n"
      "Example: lockstep join --coordinator build7:7070 --tls-ca ca.crt --run 42 --instance old "
      "-- ./emu-old -M virt -bios fw.elf");
}

absl::StatusOr<JoinOptions> FinishJoin(const RawJoin& raw, const std::vector<std::string>& argv) {
  JoinOptions join = raw.options;
  join.argv = argv;
  join.narrow = !raw.no_narrow;
  if (join.argv.empty()) {
    return absl::InvalidArgumentError("no emulator given: write its command after --");
  }
  absl::Status status = CheckName("--run", join.run_id);
  if (status.ok()) status = CheckName("--instance", join.instance);
  if (status.ok()) status = FinishConnection(raw.connection, join.connection);
  if (status.ok()) status = ParseDuration("--wait", raw.wait, join.wait);
  if (!status.ok()) return status;
  return join;
}

}  // namespace lockstep::cli
