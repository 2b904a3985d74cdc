// The command line of lockstep-emu.
#ifndef EMULATOR_MAIN_OPTIONS_H_
#define EMULATOR_MAIN_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/machine/machine.h"
#include "emulator/main/device_options.h"
#include "emulator/main/trace_options.h"
#include "emulator/main/values.h"

namespace lockstep::emu {

inline constexpr char kVersion[] = "0.1.0";

struct Options {
  machine::MachineConfig machine;
  DeviceOptions devices;
  SerialSpec serial;
  std::string dump_dtb;  // "" for none
  uint64_t max_insns = UINT64_MAX;
  trace::Spec trace;
  StatsOptions stats;
  bool verbose = false;
};

// What the command line comes to: options to run with, or text to print and be done.
struct CommandLine {
  std::optional<Options> options;
  std::string text;  // for stdout, when there are no options
};

// `args` without the program's name. InvalidArgument: one line, with the option's name.
absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& args);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_OPTIONS_H_
