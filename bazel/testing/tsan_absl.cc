// What TSan is told of the system's Abseil, for --config=tsan only (.bazelrc links it into every
// binary). The library is not instrumented, so TSan sees nothing of absl::Mutex, CondVar and
// Notification, and would report all that they protect. Here the same symbols are defined in the
// binary, which is asked first by the dynamic linker, for our calls as for gRPC's; each calls the
// library's function and says what happens before what. Nothing is suppressed by this: an access
// without the mutex is reported as before.
//
// Waiting conditions are evaluated by whichever thread unlocks, so each is wrapped to have the
// mutex's order as well.

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#define LOCKSTEP_TSAN_STRING_(x) #x
#define LOCKSTEP_TSAN_STRING(x) LOCKSTEP_TSAN_STRING_(x)

namespace lockstep::tsan {
namespace {

constexpr std::string_view kNamespace = LOCKSTEP_TSAN_STRING(ABSL_OPTION_INLINE_NAMESPACE_NAME);

// The library's definition: absl::`mangled` with the inline namespace of this installation.
// `nested` is what stands between "_Z" and the name: "N", or "NK" of a const member function.
void* Library(const char* nested, const char* mangled) {
  const std::string name = std::string("_Z") + nested + "4absl" +
                           std::to_string(kNamespace.size()) + std::string(kNamespace) + mangled;
  void* const symbol = dlsym(RTLD_NEXT, name.c_str());
  if (symbol == nullptr) {
    std::fprintf(stderr, "tsan_absl: the system's Abseil has no %s\n", name.c_str());
    std::abort();
  }
  return symbol;
}

// A condition of `mutex`, evaluated with the mutex's order.
struct Ordered {
  void* mutex;
  const absl::Condition* condition;

  bool Eval() const {
    __tsan_acquire(mutex);
    const bool result = condition->Eval();
    __tsan_release(mutex);
    return result;
  }
};

}  // namespace
}  // namespace lockstep::tsan

// Calls the library's member function, of the type `Result(Self*, ...)`.
#define LOCKSTEP_TSAN_REAL(nested, mangled, type) \
  static const auto real = reinterpret_cast<type>(::lockstep::tsan::Library(nested, mangled))

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  LOCKSTEP_TSAN_REAL("N", "5Mutex4LockEv", void (*)(Mutex*));
  real(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  LOCKSTEP_TSAN_REAL("N", "5Mutex7TryLockEv", bool (*)(Mutex*));
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  LOCKSTEP_TSAN_REAL("N", "5Mutex6UnlockEv", void (*)(Mutex*));
  __tsan_release(this);
  real(this);
}

void Mutex::ReaderLock() {
  LOCKSTEP_TSAN_REAL("N", "5Mutex10ReaderLockEv", void (*)(Mutex*));
  real(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  LOCKSTEP_TSAN_REAL("N", "5Mutex12ReaderUnlockEv", void (*)(Mutex*));
  __tsan_release(this);
  real(this);
}

void Mutex::Await(const Condition& condition) {
  LOCKSTEP_TSAN_REAL("N", "5Mutex5AwaitERKNS0_9ConditionE", void (*)(Mutex*, const Condition&));
  const lockstep::tsan::Ordered ordered{this, &condition};
  __tsan_release(this);
  real(this, Condition(&ordered, &lockstep::tsan::Ordered::Eval));
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  LOCKSTEP_TSAN_REAL("N", "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE",
                     bool (*)(Mutex*, const Condition&, Duration));
  const lockstep::tsan::Ordered ordered{this, &condition};
  __tsan_release(this);
  const bool met = real(this, Condition(&ordered, &lockstep::tsan::Ordered::Eval), timeout);
  __tsan_acquire(this);
  return met;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  LOCKSTEP_TSAN_REAL("N", "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
                     bool (*)(Mutex*, const Condition&, Time));
  const lockstep::tsan::Ordered ordered{this, &condition};
  __tsan_release(this);
  const bool met = real(this, Condition(&ordered, &lockstep::tsan::Ordered::Eval), deadline);
  __tsan_acquire(this);
  return met;
}

void Mutex::LockWhen(const Condition& condition) {
  LOCKSTEP_TSAN_REAL("N", "5Mutex8LockWhenERKNS0_9ConditionE", void (*)(Mutex*, const Condition&));
  const lockstep::tsan::Ordered ordered{this, &condition};
  real(this, Condition(&ordered, &lockstep::tsan::Ordered::Eval));
  __tsan_acquire(this);
}

void CondVar::Wait(Mutex* mutex) {
  LOCKSTEP_TSAN_REAL("N", "7CondVar4WaitEPNS0_5MutexE", void (*)(CondVar*, Mutex*));
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  LOCKSTEP_TSAN_REAL("N", "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
                     bool (*)(CondVar*, Mutex*, Duration));
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  LOCKSTEP_TSAN_REAL("N", "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
                     bool (*)(CondVar*, Mutex*, Time));
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

void Notification::Notify() {
  LOCKSTEP_TSAN_REAL("N", "12Notification6NotifyEv", void (*)(Notification*));
  __tsan_release(this);
  real(this);
}

void Notification::WaitForNotification() const {
  LOCKSTEP_TSAN_REAL("NK", "12Notification19WaitForNotificationEv", void (*)(const Notification*));
  real(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  LOCKSTEP_TSAN_REAL("NK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
                     bool (*)(const Notification*, Duration));
  const bool notified = real(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
