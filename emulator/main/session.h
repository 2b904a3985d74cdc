// One run of the emulator, from the parsed command line to its exit status.
#ifndef EMULATOR_MAIN_SESSION_H_
#define EMULATOR_MAIN_SESSION_H_

#include "absl/status/statusor.h"
#include "emulator/main/options.h"

namespace lockstep::emu {

// Builds the machine, runs it to its end, tells the ring (when started by `lockstep run`) and
// prints what was asked for. Returns the exit status: the guest's when it powered off; 0 when a
// limit was reached or nothing could wake the guest; 128 + number for a signal. An error is the
// user's or the environment's: one line.
absl::StatusOr<int> RunSession(const Options& options);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_SESSION_H_
