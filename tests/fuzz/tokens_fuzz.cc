// The token file of a server: an error of one line that tells of no token, or a table that knows
// the tokens of the file and no others.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/server/auth.h"
#include "emulator/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lockstep::server::Action;
  using lockstep::server::TokenTable;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<TokenTable> table = TokenTable::Parse(text, "tokens");
  if (!table.ok()) {
    LOCKSTEP_CHECK(table.status().code() == absl::StatusCode::kInvalidArgument);
    LOCKSTEP_CHECK(table.status().message().find('\n') == absl::string_view::npos)
        << table.status();
    LOCKSTEP_CHECK(table.status().message().size() < 200) << table.status();
    return 0;
  }
  LOCKSTEP_CHECK(!table->Find("").ok());
  LOCKSTEP_CHECK(!table->Find("a token with spaces is in no table").ok());
  // The first word of the text, if it is a token's.
  const size_t begin = text.find_first_not_of(" \t\r\v\f\n");
  if (begin == absl::string_view::npos || text[begin] == '#') return 0;
  const absl::string_view token =
      text.substr(begin, text.find_first_of(" \t\r\v\f\n", begin) - begin);
  const auto grant = table->Find(token);
  LOCKSTEP_CHECK(grant.ok()) << grant.status();
  LOCKSTEP_CHECK((*grant)->actions != 0 && !(*grant)->runs.empty());
  return 0;
}
