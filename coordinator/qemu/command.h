// What `lockstep run` knows of QEMU's command line: which program is a QEMU, how the plugin is
// given to it, and without which options it does not repeat itself (docs/design/qemu.md).
//
// Pure functions of words; nothing is looked at on the disk. Source: QEMU's manual, 7.2 to 10.0.
#ifndef COORDINATOR_QEMU_COMMAND_H_
#define COORDINATOR_QEMU_COMMAND_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::qemu {

// File name of the plugin.
inline constexpr char kPluginName[] = "liblockstep_qemu.so";

struct Emulator {
  size_t word = 0;  // its place in argv
  bool user_mode = false;
  std::string target;  // "riscv64"
};

// The QEMU that a command runs, told by the file name: qemu-system-TARGET or qemu-TARGET; also
// behind a program that only arranges things for another (env, nice, taskset, ...). nullopt: the
// command runs none.
std::optional<Emulator> FindEmulator(const std::vector<std::string>& argv);

struct PrepareOptions {
  std::string plugin;          // path of the plugin; not used if the command has it already
  std::string plugin_options;  // "regs=block,start=main", or empty
  bool deterministic = false;  // add what is missing
  // The address of a guest symbol, for start=SYMBOL and stop=SYMBOL.
  std::function<std::optional<uint64_t>(const std::string&)> address_of;
};

struct Command {
  std::vector<std::string> argv;
  // Options without which QEMU does not repeat itself, as they should be: "-seed 1". They are in
  // argv if that was asked for.
  std::vector<std::string> missing;
  bool plugin_added = false;  // false: the command had it
};

// The command with the plugin in it. Errors, InvalidArgument, one sentence: several vCPUs, an
// accelerator other than TCG, a symbol that no image has, an option of QEMU without its value.
absl::StatusOr<Command> PrepareCommand(const std::vector<std::string>& argv,
                                       const Emulator& emulator, const PrepareOptions& options);

}  // namespace lockstep::qemu

#endif  // COORDINATOR_QEMU_COMMAND_H_
