// Guests and programs that bazel/fetch_guests.sh has fetched, for tests that are skipped without.
#ifndef TESTS_SUPPORT_GUESTS_H_
#define TESTS_SUPPORT_GUESTS_H_

#include <string>

namespace lockstep::testing {

// For GTEST_SKIP().
inline constexpr char kGuestsMissing[] =
    "skipped: what it needs was not fetched (export LOCKSTEP_GUESTS=$(bazel/fetch_guests.sh))";

// Path of `name` in $LOCKSTEP_GUESTS ("linux/Image"); empty if it is not there.
std::string FetchedGuest(const std::string& name);

}  // namespace lockstep::testing

#endif  // TESTS_SUPPORT_GUESTS_H_
