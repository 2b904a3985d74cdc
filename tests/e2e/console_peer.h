// A program with a console on its standard input and output, driven by a console script.
//
// For QEMU, beside lockstep-emu's own `-serial script:`. Input is sent as soon as the expected
// output has appeared, by the host's clock.
#ifndef TESTS_E2E_CONSOLE_PEER_H_
#define TESTS_E2E_CONSOLE_PEER_H_

#include <string>
#include <vector>

namespace lockstep::testing {

struct ConsoleResult {
  int exit_code = -1;  // 128 + signal number when a signal ended it
  std::string output;
};

// Runs argv (argv[0] is searched in PATH) to its end and answers its output as `script` says (text
// of the script, see docs/formats/console-script.md; delay-insns is ignored). Killed after
// `timeout_seconds`.
ConsoleResult RunWithScript(const std::vector<std::string>& argv, const std::string& script,
                            int timeout_seconds);

// What both are given behind -cpu.
inline constexpr char kCommonCpu[] =
    "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0";

// Command line of QEMU 7.2 as the deterministic twin of lockstep-emu, console on stdio.
std::vector<std::string> QemuCommand(const std::vector<std::string>& extra);

}  // namespace lockstep::testing

#endif  // TESTS_E2E_CONSOLE_PEER_H_
