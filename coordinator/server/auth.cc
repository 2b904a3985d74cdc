#include "coordinator/server/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep::server {
namespace {

constexpr size_t kMinToken = 16;
constexpr size_t kMaxToken = 512;
constexpr size_t kMaxTokens = 10000;
constexpr size_t kMaxPatterns = 100;
constexpr size_t kMaxPattern = 64;

// RFC 6750, b64token: what an Authorization header can carry.
bool IsTokenText(absl::string_view text) {
  const size_t tail = text.find_last_not_of('=');
  if (tail == absl::string_view::npos) return false;
  return std::all_of(text.begin(), text.begin() + tail + 1, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::string_view("-._~+/").find(c) != absl::string_view::npos;
  });
}

absl::Status CheckToken(absl::string_view token) {
  if (token.size() < kMinToken || token.size() > kMaxToken) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the token has ", token.size(), " characters, not ", kMinToken, " to ", kMaxToken));
  }
  if (!IsTokenText(token)) {
    return absl::InvalidArgumentError(
        "the token has characters other than letters, digits and -._~+/ (and = at its end)");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ParseRuns(absl::string_view text) {
  std::vector<std::string> patterns = absl::StrSplit(text, ',');
  if (patterns.size() > kMaxPatterns) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMaxPatterns, " patterns of runs"));
  }
  for (const std::string& pattern : patterns) {
    bool ok = !pattern.empty() && pattern.size() <= kMaxPattern;
    for (char c : pattern) {
      ok = ok && (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("-_.*?").find(c) != absl::string_view::npos);
    }
    if (!ok) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a pattern of runs has 1 to ", kMaxPattern,
          " letters, digits, '-', '_', '.', '*' or '?'; several are joined by commas"));
    }
  }
  return patterns;
}

absl::StatusOr<uint8_t> ParseActions(absl::string_view text) {
  uint8_t actions = 0;
  for (absl::string_view word : absl::StrSplit(text, ',')) {
    if (word == "create") {
      actions |= static_cast<uint8_t>(Action::kCreate);
    } else if (word == "join") {
      actions |= static_cast<uint8_t>(Action::kJoin);
    } else if (word == "watch") {
      actions |= static_cast<uint8_t>(Action::kWatch);
    } else {
      return absl::InvalidArgumentError("an action is create, join or watch");
    }
  }
  return actions;
}

absl::StatusOr<Grant> ParseGrant(const std::vector<absl::string_view>& words) {
  if (words.size() < 2) {
    return absl::InvalidArgumentError("the runs that the token is for are missing ('*' is all)");
  }
  if (words.size() > 3) return absl::InvalidArgumentError("more than TOKEN RUNS ACTIONS");
  absl::StatusOr<std::vector<std::string>> runs = ParseRuns(words[1]);
  if (!runs.ok()) return runs.status();
  absl::StatusOr<uint8_t> actions =
      ParseActions(words.size() == 3 ? words[2] : absl::string_view("create,join,watch"));
  if (!actions.ok()) return actions.status();
  Grant grant;
  grant.actions = *actions;
  grant.runs = *std::move(runs);
  return grant;
}

std::array<uint8_t, 32> DigestOf(absl::string_view token) {
  std::array<uint8_t, 32> digest{};
  static_assert(SHA256_DIGEST_LENGTH == 32);
  SHA256(reinterpret_cast<const uint8_t*>(token.data()), token.size(), digest.data());
  return digest;
}

const char* NameOf(Action action) {
  switch (action) {
    case Action::kCreate:
      return "create or cancel";
    case Action::kJoin:
      return "join";
    case Action::kWatch:
      break;
  }
  return "watch";
}

}  // namespace

bool MatchesGlob(absl::string_view pattern, absl::string_view text) {
  size_t p = 0, t = 0;
  size_t star = absl::string_view::npos, resume = 0;  // the last '*', and where its match ends
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Grant::Allows(Action action, absl::string_view run_id) const {
  if ((actions & static_cast<uint8_t>(action)) == 0) return false;
  return std::any_of(runs.begin(), runs.end(),
                     [&](const std::string& pattern) { return MatchesGlob(pattern, run_id); });
}

absl::StatusOr<TokenTable> TokenTable::Parse(absl::string_view text, absl::string_view filename) {
  TokenTable table;
  int line = 0;
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(filename, ":", line, ": ", why));
  };
  for (absl::string_view row : absl::StrSplit(text, '\n')) {
    ++line;
    row = absl::StripAsciiWhitespace(row);
    if (row.empty() || row.front() == '#') continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(row, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (absl::Status s = CheckToken(words[0]); !s.ok()) return bad(s.message());
    absl::StatusOr<Grant> grant = ParseGrant(words);
    if (!grant.ok()) return bad(grant.status().message());
    if (table.entries_.size() == kMaxTokens) {
      return bad(absl::StrCat("more than ", kMaxTokens, " tokens"));
    }
    table.entries_.push_back({DigestOf(words[0]), line, *std::move(grant)});
  }
  // Which of two grants would count?
  std::vector<const Entry*> sorted;
  for (const Entry& entry : table.entries_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->digest, a->line) < std::tie(b->digest, b->line);
  });
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->digest != sorted[i - 1]->digest) continue;
    line = sorted[i]->line;
    return bad(absl::StrCat("the token of line ", sorted[i - 1]->line, " comes again"));
  }
  return table;
}

absl::StatusOr<const Grant*> TokenTable::Find(absl::string_view token) const {
  if (token.empty()) {
    return absl::UnauthenticatedError("no token: this coordinator demands one (--token-file)");
  }
  const Digest digest = DigestOf(token);
  const Grant* found = nullptr;
  for (const Entry& entry : entries_) {  // all of them, whichever it is
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = &entry.grant;
  }
  if (found == nullptr) {
    return absl::UnauthenticatedError("this coordinator does not know the token");
  }
  return found;
}

absl::Status TokenTable::Check(absl::string_view token, Action action,
                               absl::string_view run_id) const {
  absl::StatusOr<const Grant*> grant = Find(token);
  if (!grant.ok()) return grant.status();
  if ((*grant)->Allows(action, run_id)) return absl::OkStatus();
  if (run_id.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the token may not ", NameOf(action), " runs of any name: name the run"));
  }
  return absl::PermissionDeniedError(
      absl::StrCat("the token may not ", NameOf(action), " run '", run_id, "'"));
}

}  // namespace lockstep::server
