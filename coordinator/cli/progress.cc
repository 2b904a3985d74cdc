#include "coordinator/cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/cli/quantity.h"

namespace lockstep::cli {
namespace {

constexpr absl::Duration kLiveInterval = absl::Milliseconds(200);
constexpr absl::Duration kLineInterval = absl::Seconds(10);
constexpr int kColumns = 80;  // of a terminal that does not say

double Rate(uint64_t now, uint64_t before, absl::Duration interval) {
  const double seconds = absl::ToDoubleSeconds(interval);
  return seconds > 0 && now > before ? static_cast<double>(now - before) / seconds : 0;
}

std::string FormatLag(const std::vector<ProgressSample::Instance>& instances) {
  uint64_t furthest = 0;
  for (const auto& instance : instances) furthest = std::max(furthest, instance.insns);
  std::string text;
  for (const auto& instance : instances) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", instance.name, " ",
                    FormatCount(static_cast<double>(furthest - instance.insns)));
  }
  return text;
}

}  // namespace

int TerminalColumns() {
  winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string FormatProgress(const ProgressSample& now, const ProgressSample* before) {
  static const ProgressSample kStart;
  const ProgressSample& from = before != nullptr ? *before : kStart;
  const absl::Duration interval = now.elapsed - from.elapsed;
  return absl::StrCat(
      FormatClock(now.elapsed), "  ", FormatCount(static_cast<double>(now.verified_insns)),
      " insns verified  ",
      absl::StrFormat("%.2f", Rate(now.verified_insns, from.verified_insns, interval) / 1e6),
      " MIPS  ",
      // In a run by sums nobody knows.
      now.blocks == 0
          ? ""
          : absl::StrCat(FormatCount(Rate(now.blocks, from.blocks, interval)), " blocks/s  "),
      "lag: ", FormatLag(now.instances));
}

ProgressStyle ChooseProgressStyle(bool quiet, bool is_terminal, const char* term) {
  if (quiet) return ProgressStyle::kSilent;
  const bool smart = term != nullptr && *term != '\0' && strcmp(term, "dumb") != 0;
  return is_terminal && smart ? ProgressStyle::kLive : ProgressStyle::kLines;
}

ProgressPrinter::ProgressPrinter(ProgressStyle style, std::function<int()> columns, FILE* out)
    : style_(style), columns_(std::move(columns)), out_(out) {}

ProgressPrinter::~ProgressPrinter() { Clear(); }

void ProgressPrinter::Update(const ProgressSample& now) {
  if (style_ == ProgressStyle::kSilent) return;
  const absl::Duration since = last_.has_value() ? now.elapsed - last_->elapsed : now.elapsed;
  if (since < (style_ == ProgressStyle::kLive ? kLiveInterval : kLineInterval)) return;
  std::string line = FormatProgress(now, last_.has_value() ? &*last_ : nullptr);
  if (style_ == ProgressStyle::kLive) {
    const int columns = columns_();
    line = line.substr(0, static_cast<size_t>((columns > 0 ? columns : kColumns) - 1));
    fprintf(out_, "\r%s\033[K", line.c_str());
    line_shown_ = true;
  } else {
    fprintf(out_, "lockstep: %s\n", line.c_str());
  }
  fflush(out_);
  last_ = now;
}

void ProgressPrinter::Clear() {
  if (!line_shown_) return;
  fputs("\r\033[K", out_);
  fflush(out_);
  line_shown_ = false;
}

}  // namespace lockstep::cli
