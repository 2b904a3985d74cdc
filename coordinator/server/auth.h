// Who may do what: bearer tokens, each bound to runs.
//
// Pure: parses the text of a token file (docs/formats/tokens.md) and answers. A table keeps SHA-256
// digests of the tokens and never a token; no error text and nothing that is printed holds one.
#ifndef COORDINATOR_SERVER_AUTH_H_
#define COORDINATOR_SERVER_AUTH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::server {

enum class Action : uint8_t {
  kCreate = 1,  // make and cancel runs
  kJoin = 2,    // stream as an instance
  kWatch = 4,   // see progress, reports and lists
};

// `pattern` matches the whole of `text`: '*' is any sequence, '?' any character. Takes time in
// proportion to the product of the lengths at most.
bool MatchesGlob(absl::string_view pattern, absl::string_view text);

// What one token allows.
struct Grant {
  uint8_t actions = 0;            // Action values or-ed
  std::vector<std::string> runs;  // patterns of run ids

  bool Allows(Action action, absl::string_view run_id) const;
};

// Immutable, so thread-safe.
class TokenTable {
 public:
  // Errors: InvalidArgument, one line "FILE:LINE: what is wrong", without any token.
  static absl::StatusOr<TokenTable> Parse(absl::string_view text, absl::string_view filename);

  size_t size() const { return entries_.size(); }

  // The grant of a token, which lives as long as the table. Takes the same time for every token
  // of a length. Errors: Unauthenticated for an empty or unknown one.
  absl::StatusOr<const Grant*> Find(absl::string_view token) const;

  // Errors: Unauthenticated; PermissionDenied when the token is for other runs or actions.
  absl::Status Check(absl::string_view token, Action action, absl::string_view run_id) const;

 private:
  using Digest = std::array<uint8_t, 32>;
  struct Entry {
    Digest digest{};
    int line = 0;
    Grant grant;
  };
  std::vector<Entry> entries_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_AUTH_H_
