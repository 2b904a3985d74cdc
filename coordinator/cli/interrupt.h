// Signals that end a run in order: SIGINT, SIGTERM, SIGHUP.
//
// They are blocked in all threads and asked for, so that no handler is needed.
#ifndef COORDINATOR_CLI_INTERRUPT_H_
#define COORDINATOR_CLI_INTERRUPT_H_

#include "absl/time/time.h"

namespace lockstep::cli {

// Blocks the signals in this thread and those that it starts from now on, and ignores SIGPIPE.
// A signal that was ignored before (nohup) stays ignored.
void BlockInterrupts();

// A signal that has arrived since the last call, or 0. REQUIRES: BlockInterrupts().
int TakeInterrupt();

// Waits for a signal until `timeout` is over; 0 if none arrives. REQUIRES: BlockInterrupts().
int WaitForInterrupt(absl::Duration timeout);

// The next signal ends the process, as if none had ever been blocked.
void StopTakingInterrupts();

// The exit status of a process that such a signal ended: 130 for SIGINT.
constexpr int StatusOfInterrupt(int signal) { return 128 + signal; }

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_INTERRUPT_H_
