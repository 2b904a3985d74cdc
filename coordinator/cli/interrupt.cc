#include "coordinator/cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <initializer_list>

namespace lockstep::cli {
namespace {

sigset_t Interrupts() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

void BlockInterrupts() {
  const sigset_t set = Interrupts();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int TakeInterrupt() { return WaitForInterrupt(absl::ZeroDuration()); }

int WaitForInterrupt(absl::Duration timeout) {
  const sigset_t set = Interrupts();
  const timespec limit = absl::ToTimespec(timeout);
  const int number = sigtimedwait(&set, nullptr, &limit);
  return number > 0 ? number : 0;
}

void StopTakingInterrupts() {
  const sigset_t set = Interrupts();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace lockstep::cli
