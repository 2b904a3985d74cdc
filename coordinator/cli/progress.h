// The progress of a run on stderr: a live line on a terminal, else a line now and then.
#ifndef COORDINATOR_CLI_PROGRESS_H_
#define COORDINATOR_CLI_PROGRESS_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace lockstep::cli {

// The counters of a run at one moment.
struct ProgressSample {
  struct Instance {
    std::string name;
    uint64_t insns = 0;  // received from it
  };
  absl::Duration elapsed;
  uint64_t verified_insns = 0;
  uint64_t blocks = 0;  // boundaries compared
  std::vector<Instance> instances;
};

// "0:12  81.2 M insns verified  6.77 MIPS  1.20 M blocks/s  lag: jit 0, interp 12.3 k". Rates are
// since `before`, or since the start. Lag is in instructions behind the furthest instance.
std::string FormatProgress(const ProgressSample& now, const ProgressSample* before);

enum class ProgressStyle : uint8_t {
  kSilent,
  kLines,  // one line every ten seconds
  kLive,   // one line that is written again and again
};

// kLive when stderr is a terminal that can move its cursor (TERM is neither empty nor "dumb").
ProgressStyle ChooseProgressStyle(bool quiet, bool is_terminal, const char* term);

// Of the terminal on stderr as it is now; 0 if there is none.
int TerminalColumns();

// Not thread-safe.
class ProgressPrinter {
 public:
  // `columns` gives the width of the terminal, for kLive; it is asked each time, as a window may
  // change. 0: unknown.
  ProgressPrinter(ProgressStyle style, std::function<int()> columns, FILE* out);
  // Clears the live line.
  ~ProgressPrinter();
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  // Prints if it is time to.
  void Update(const ProgressSample& now);

  // Clears the live line, so that something else can be printed.
  void Clear();

 private:
  const ProgressStyle style_;
  const std::function<int()> columns_;
  FILE* const out_;
  bool line_shown_ = false;
  std::optional<ProgressSample> last_;
};

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_PROGRESS_H_
