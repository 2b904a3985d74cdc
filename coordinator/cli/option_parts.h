// Parts of the command line that several commands have. For the parsers of options.h only: this and
// its users know CLI11.
#ifndef COORDINATOR_CLI_OPTION_PARTS_H_
#define COORDINATOR_CLI_OPTION_PARTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/cli/options.h"

namespace lockstep::cli {

// "OPTION: message".
absl::Status Invalid(const std::string& option, const absl::Status& status);

// Values of --color and --history, and of durations; empty texts leave the value alone.
absl::Status ParseColor(const std::string& text, ColorMode& color);
absl::Status ParseHistory(const std::string& text, uint32_t& history);
absl::Status ParseDuration(const std::string& option, const std::string& text,
                           absl::Duration& duration);
absl::Status ParseCount(const std::string& option, const std::string& text, uint64_t& count);

// --digest and --stream; both need the option `needs`, if it is not null.
struct RawMode {
  std::string digest = "block", stream = "auto";
};
void DeclareMode(CLI::App& app, RawMode& raw, CLI::Option* needs = nullptr);
absl::Status FinishMode(const RawMode& raw, Mode& mode);

// --coordinator, --tls, --tls-ca, --tls-cert, --tls-key, --token-file, --reconnect-timeout.
struct RawConnection {
  ingest::ChannelOptions channel;
  std::string reconnect_timeout;
};
void DeclareConnection(CLI::App& app, RawConnection& raw);
absl::Status FinishConnection(const RawConnection& raw, ConnectionOptions& connection);

// `serve`, `watch` and `join`: their option values as text, before they are checked.
struct RawServe {
  ServeOptions options;
  std::string max_runs, max_memory, idle_timeout, reconnect_timeout;
};
void DeclareServe(CLI::App& app, RawServe& raw);
absl::StatusOr<ServeOptions> FinishServe(const RawServe& raw);

struct RawWatch {
  WatchOptions options;
  RawConnection connection;
  RawMode mode;
  std::string create, timeout, history, max_insns, color = "auto";
  bool no_narrow = false;
  std::string program;
};
void DeclareWatch(CLI::App& app, RawWatch& raw);
absl::StatusOr<WatchOptions> FinishWatch(const RawWatch& raw);

struct RawJoin {
  JoinOptions options;
  RawConnection connection;
  std::string wait;
  bool no_narrow = false;
};
void DeclareJoin(CLI::App& app, RawJoin& raw);
// `argv` is the emulator's command.
absl::StatusOr<JoinOptions> FinishJoin(const RawJoin& raw, const std::vector<std::string>& argv);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_OPTION_PARTS_H_
