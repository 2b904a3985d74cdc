// The `lockstep` command.
#include <stdio.h>

#include <string>
#include <variant>
#include <vector>

#include "coordinator/cli/canon_command.h"
#include "coordinator/cli/join_command.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/run_command.h"
#include "coordinator/cli/serve_command.h"
#include "coordinator/cli/show_command.h"
#include "coordinator/cli/watch_command.h"

namespace lockstep::cli {
namespace {

int Execute(const RunOptions& options) { return RunCommand(options); }
int Execute(const ShowOptions& options) { return ShowCommand(options); }
int Execute(const CanonOptions& options) { return CanonCommand(options); }
int Execute(const ServeOptions& options) { return ServeCommand(options); }
int Execute(const WatchOptions& options) { return WatchCommand(options); }
int Execute(const JoinOptions& options) { return JoinCommand(options); }
int Execute(const PrintAndExit& print) {
  fputs(print.out.c_str(), stdout);
  fputs(print.err.c_str(), stderr);
  return print.status;
}

}  // namespace
}  // namespace lockstep::cli

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv, argv + argc);
  return std::visit([](const auto& command) { return lockstep::cli::Execute(command); },
                    lockstep::cli::ParseCommandLine(args));
}
