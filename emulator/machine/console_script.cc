#include "emulator/machine/console_script.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep::machine {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Resolves the escape that begins after a backslash at `*position`; false for an unknown one.
bool ResolveEscape(absl::string_view text, size_t* position, std::string* out) {
  char c = text[(*position)++];
  switch (c) {
    case 'n':
      *out += '\n';
      return true;
    case 'r':
      *out += '\r';
      return true;
    case 't':
      *out += '\t';
      return true;
    case 'e':
      *out += '\x1b';
      return true;
    case '0':
      *out += '\0';
      return true;
    case '\\':
    case '"':
      *out += c;
      return true;
    case 'x': {
      if (*position + 2 > text.size()) return false;
      int high = HexDigit(text[*position]), low = HexDigit(text[*position + 1]);
      if (high < 0 || low < 0) return false;
      *out += static_cast<char>(high << 4 | low);
      *position += 2;
      return true;
    }
    default:
      return false;
  }
}

// Parses the argument of a step: "text" in double quotes with nothing after it, or bare text.
absl::StatusOr<std::string> ParseString(absl::string_view text) {
  bool is_quoted = !text.empty() && text.front() == '"';
  std::string out;
  size_t position = is_quoted ? 1 : 0;
  while (position < text.size() && !(is_quoted && text[position] == '"')) {
    if (text[position] != '\\') {
      out += text[position++];
      continue;
    }
    ++position;
    if (position == text.size() || !ResolveEscape(text, &position, &out)) {
      return absl::InvalidArgumentError(
          "unknown escape; known are \\n \\r \\t \\e \\0 \\\\ \\\" \\xHH");
    }
  }
  if (is_quoted) {
    if (position == text.size()) {
      return absl::InvalidArgumentError("the string has no closing quote");
    }
    if (position + 1 != text.size()) return absl::InvalidArgumentError("text after the string");
  }
  if (out.empty()) return absl::InvalidArgumentError("a text is needed");
  return out;
}

}  // namespace

absl::StatusOr<std::vector<ScriptStep>> ParseConsoleScript(absl::string_view script) {
  std::vector<ScriptStep> steps;
  unsigned line_number = 0;
  for (absl::string_view line : absl::StrSplit(script, '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    size_t word_end = line.find_first_of(" \t");
    absl::string_view word = line.substr(0, word_end);
    absl::string_view rest = word_end == absl::string_view::npos
                                 ? absl::string_view()
                                 : absl::StripLeadingAsciiWhitespace(line.substr(word_end));
    auto bad = [line_number](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_number, ": ", what));
    };
    ScriptStep step;
    step.line = line_number;
    if (word == "delay-insns") {
      step.kind = ScriptStep::Kind::kDelay;
      if (!absl::SimpleAtoi(rest, &step.delay_insns)) return bad("delay-insns needs a number");
    } else if (word == "expect" || word == "send") {
      step.kind = word == "send" ? ScriptStep::Kind::kSend : ScriptStep::Kind::kExpect;
      absl::StatusOr<std::string> text = ParseString(rest);
      if (!text.ok()) return bad(text.status().message());
      step.text = *std::move(text);
    } else {
      return bad(absl::StrCat("unknown word '", word, "'; known are expect, send, delay-insns"));
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace lockstep::machine
