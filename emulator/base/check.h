// Invariant checks that stay on in release builds.
//
// LOCKSTEP_CHECK(cond) << "detail" aborts the process with file, line, the condition and the
// detail when `cond` is false. It is for bugs of this program only: a caller's or the
// environment's fault is an absl::Status, a guest's fault is a trap value.
#ifndef EMULATOR_BASE_CHECK_H_
#define EMULATOR_BASE_CHECK_H_

#include <sstream>

namespace lockstep::base {

// Collects the message of a failed check; its destructor prints it and aborts.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  [[noreturn]] ~CheckFailure();
  CheckFailure(const CheckFailure&) = delete;
  CheckFailure& operator=(const CheckFailure&) = delete;

  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Gives both arms of the conditional in LOCKSTEP_CHECK the type void.
struct Voidify {
  void operator&(std::ostream&) const {}
};

}  // namespace lockstep::base

#define LOCKSTEP_CHECK(condition)                      \
  __builtin_expect(static_cast<bool>(condition), true) \
      ? (void)0                                        \
      : ::lockstep::base::Voidify() &                  \
            ::lockstep::base::CheckFailure(__FILE__, __LINE__, #condition).stream()

#endif  // EMULATOR_BASE_CHECK_H_
