// Words of a command given as one string, split and quoted as a POSIX shell does.
//
// Covers quoting only (POSIX.1-2017 XCU 2.2: backslash, single and double quotes; comments are
// not recognised); nothing is expanded. Words are separated by blanks and newlines. An operator
// of the shell (| & ; < > ( )) outside quotes is refused, so that a command which needs a shell is
// not silently run without one. Pure functions.
#ifndef COORDINATOR_CLI_WORDS_H_
#define COORDINATOR_CLI_WORDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::cli {

// The words of `command`; none when it is blank. Errors: InvalidArgument for a quote that is not
// closed, a backslash at the end, or an unquoted shell operator.
absl::StatusOr<std::vector<std::string>> SplitWords(absl::string_view command);

// `word` in the shortest quoting that a shell reads back as the same word.
std::string QuoteWord(absl::string_view word);

// The words quoted and joined by blanks: SplitWords(JoinWords(w)) == w.
std::string JoinWords(const std::vector<std::string>& words);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_WORDS_H_
