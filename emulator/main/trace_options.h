// The options of -d, --trace and --stats.
#ifndef EMULATOR_MAIN_TRACE_OPTIONS_H_
#define EMULATOR_MAIN_TRACE_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "emulator/trace/spec.h"

namespace lockstep::emu {

// Option values as they were written; "" for none.
struct RawTrace {
  std::string items;    // -d
  std::string path;     // -D
  std::string kinds;    // --trace
  std::string icount;   // --trace-icount
  std::string address;  // --trace-address, -dfilter
};

// What -d help or --trace=help asks for.
std::optional<std::string> TraceHelpText(const RawTrace& raw);

// Errors: InvalidArgument, with the option's name.
absl::StatusOr<trace::Spec> ParseTrace(const RawTrace& raw);

struct StatsOptions {
  enum class Form {
    kNone,
    kBrief,  // one line, of what is counted anyway
    kText,
    kJson,
  } form = Form::kNone;
  std::string path;  // "": stderr

  // More is counted than what is counted anyway.
  bool counts() const { return form == Form::kText || form == Form::kJson; }
};

// "", "text", "brief" or "json", each with ",file=PATH". Errors: InvalidArgument, without the
// option's name.
absl::StatusOr<StatsOptions> ParseStats(absl::string_view text);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_TRACE_OPTIONS_H_
