#include "coordinator/cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"

namespace lockstep::cli {
namespace {

constexpr int kMinColumns = 60;
constexpr int kDefaultColumns = 100;

// Of the terminal on stdout, or the default.
int Columns() {
  winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::max<int>(size.ws_col, kMinColumns);
  }
  return kDefaultColumns;
}

}  // namespace

int StatusOf(report::Outcome outcome, bool bisect) {
  switch (outcome) {
    case report::Outcome::kIdentical:
      return kExitIdentical;
    case report::Outcome::kDiverged:
      return kExitDiverged;
    case report::Outcome::kTrouble:
      break;
  }
  return bisect ? kExitBisectSkip : kExitTrouble;
}

void PrintError(const std::string& message) {
  std::string line = message;
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  fprintf(stderr, "lockstep: %s\n", line.c_str());
}

bool UseColor(ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  const char* no_color = getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = getenv("TERM");
  if (term == nullptr || *term == '\0' || strcmp(term, "dumb") == 0) return false;
  return isatty(STDOUT_FILENO) == 1;
}

absl::Status PrintReport(const report::Report& report, bool json, ColorMode color,
                         uint32_t history) {
  std::string text;
  if (json) {
    absl::StatusOr<std::string> object = report::RenderJson(report);
    if (!object.ok()) return object.status();
    text = *object + "\n";
  } else {
    report::TextOptions options;
    options.color = UseColor(color);
    options.width = Columns();
    options.history = history;
    text = report::RenderText(report, options);
  }
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() || fflush(stdout) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot write to stdout: ", strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace lockstep::cli
