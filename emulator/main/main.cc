// lockstep-emu: the emulator's program.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/main/options.h"
#include "emulator/main/session.h"

namespace {

// Bad arguments, images or surroundings, as diff's "trouble".
constexpr int kTrouble = 2;

int Trouble(const absl::Status& status) {
  std::fprintf(stderr, "lockstep-emu: %s\n", std::string(status.message()).c_str());
  return kTrouble;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  absl::StatusOr<lockstep::emu::CommandLine> line = lockstep::emu::ParseCommandLine(args);
  if (!line.ok()) return Trouble(line.status());
  if (!line->options.has_value()) {
    std::fputs(line->text.c_str(), stdout);
    return 0;
  }
  absl::StatusOr<int> status = lockstep::emu::RunSession(*line->options);
  return status.ok() ? *status : Trouble(status.status());
}
