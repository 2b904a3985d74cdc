// What an assembly test expects, and how that compares with what it printed.
#ifndef TESTS_ASM_EXPECTATIONS_H_
#define TESTS_ASM_EXPECTATIONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::testing {

using NamedValues = std::map<std::string, uint64_t>;

// Reads the "# expect: name=value ..." lines of a source file; values are C-style numbers.
// Errors: InvalidArgument names the word that is malformed or the name that occurs twice, or says
// that there is no expectation at all.
absl::StatusOr<NamedValues> ParseExpectations(absl::string_view source);

// Compares with the console's "name=0xvalue" lines. Returns one line for each difference: a
// wrong or missing value, an unexpected name that is not a register's, and any other line (a
// message about a trap, for example). Registers that are not mentioned may hold anything.
std::vector<std::string> Differences(const NamedValues& expected, absl::string_view console);

// The -cpu of a program: Sstc off, which a line "# cpu: sstc=on,svinval=on" in its head changes.
std::string CpuOf(absl::string_view source);

}  // namespace lockstep::testing

#endif  // TESTS_ASM_EXPECTATIONS_H_
