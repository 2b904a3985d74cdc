#include "coordinator/cli/words.h"

#include <cctype>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lockstep::cli {
namespace {

constexpr absl::string_view kOperators = "|&;<>()";

absl::Status AtOffset(absl::string_view what, size_t offset) {
  return absl::InvalidArgumentError(absl::StrCat(what, " at character ", offset + 1));
}

// Reads one command string; `position_` is the next character.
class Splitter {
 public:
  explicit Splitter(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<std::string>> Split() {
    while (position_ < text_.size()) {
      absl::Status status = Next();
      if (!status.ok()) return status;
    }
    FinishWord();
    return std::move(words_);
  }

 private:
  absl::Status Next() {
    const char c = text_[position_];
    if (c == ' ' || c == '\t' || c == '\n') {
      FinishWord();
      ++position_;
      return absl::OkStatus();
    }
    if (kOperators.find(c) != absl::string_view::npos) {
      return AtOffset(
          absl::StrCat("'", std::string(1, c), "' needs a shell: quote it, or run sh -c '...';"),
          position_);
    }
    in_word_ = true;
    if (c == '\'') return SingleQuoted();
    if (c == '"') return DoubleQuoted();
    if (c == '\\') return Backslash();
    word_ += c;
    ++position_;
    return absl::OkStatus();
  }

  absl::Status SingleQuoted() {
    const size_t end = text_.find('\'', position_ + 1);
    if (end == absl::string_view::npos) return AtOffset("single quote is not closed", position_);
    word_ += std::string(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return absl::OkStatus();
  }

  absl::Status DoubleQuoted() {
    const size_t start = position_++;
    while (position_ < text_.size()) {
      const char c = text_[position_++];
      if (c == '"') return absl::OkStatus();
      if (c != '\\' || position_ == text_.size()) {
        word_ += c;
        continue;
      }
      // In double quotes a backslash quotes only these; before others it stands for itself.
      const char next = text_[position_++];
      if (next == '\n') continue;
      if (next != '$' && next != '`' && next != '"' && next != '\\') word_ += '\\';
      word_ += next;
    }
    return AtOffset("double quote is not closed", start);
  }

  absl::Status Backslash() {
    if (position_ + 1 == text_.size()) return AtOffset("nothing follows the backslash", position_);
    const char next = text_[position_ + 1];
    if (next != '\n') word_ += next;
    position_ += 2;
    return absl::OkStatus();
  }

  void FinishWord() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  absl::string_view text_;
  size_t position_ = 0;
  bool in_word_ = false;  // tells an empty quoted word from no word
  std::string word_;
  std::vector<std::string> words_;
};

bool IsPlain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         absl::string_view("_@%+=:,./-").find(c) != absl::string_view::npos;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitWords(absl::string_view command) {
  return Splitter(command).Split();
}

std::string QuoteWord(absl::string_view word) {
  bool plain = !word.empty();
  for (char c : word) plain = plain && IsPlain(c);
  if (plain) return std::string(word);
  std::string quoted = "'";
  for (char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += QuoteWord(word);
  }
  return joined;
}

}  // namespace lockstep::cli
