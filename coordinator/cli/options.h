// The command line of `lockstep`, parsed. The only place that knows CLI11; every error of the
// command line ends as one line of text and exit status 2.
#ifndef COORDINATOR_CLI_OPTIONS_H_
#define COORDINATOR_CLI_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "coordinator/ingest/channel_options.h"
#include "proto/cc/mode.h"

namespace lockstep::cli {

inline constexpr char kVersion[] = "0.1.0";

enum class ColorMode : uint8_t { kAuto, kAlways, kNever };

struct InstanceOptions {
  std::string name;               // letters, digits, '_', '.', '-'; at most 32; names files
  std::vector<std::string> argv;  // the command split into words, and the words after `--`
};

// How often states are digested, and what is sent.
struct Mode {
  state::DigestAt digest_at = state::DigestAt::kBlock;
  state::StreamMode stream_mode = state::StreamMode::kAuto;
};

struct RunOptions {
  std::vector<InstanceOptions> instances;  // 2 to 64, distinct names
  std::string out;                         // empty: lockstep-out/<run id>
  bool json = false;
  std::string policy_file;  // empty: the default policy
  uint64_t max_insns = 0;   // 0: no limit
  Mode mode;
  absl::Duration timeout = absl::InfiniteDuration();
  uint32_t history = 16;
  ColorMode color = ColorMode::kAuto;
  bool verbose = false;
  bool quiet = false;
  bool bisect = false;
  bool narrow = true;
  std::vector<std::string> symbols;  // ELF files
  bool deterministic = false;        // QEMU: add the options that it needs to repeat itself
  std::string qemu_options;          // of the plugin, "regs=block,start=main"
  std::string command_line;          // quoted for a shell, to repeat the run
  std::string program;               // argv[0]
};

struct ShowOptions {
  std::string path;
  bool json = false;
  uint32_t history = 16;
  ColorMode color = ColorMode::kAuto;
};

struct CanonOptions {
  std::string bios, kernel, initrd, append, dtb, cpu;  // files, but for append; "": not given
  std::string out;
  uint64_t ram_bytes = uint64_t{512} << 20;
  unsigned harts = 1;
  std::string program;  // argv[0]
};

// How `join` and `watch` reach the coordinator.
struct ConnectionOptions {
  ingest::ChannelOptions channel;
  absl::Duration reconnect_timeout = absl::Minutes(1);
};

struct ServeOptions {
  std::string listen;  // "HOST:PORT" or "unix:PATH"
  net::TlsFiles tls;   // with a `ca`, clients must have a certificate of it
  std::string token_file;
  std::string metrics;      // "HOST:PORT"; empty: none
  std::string state_dir;    // empty: none
  uint64_t max_runs = 256;  // that have not ended
  uint64_t max_memory = 0;  // bytes, of records under way; 0: half of the machine's
  absl::Duration idle_timeout = absl::Hours(1);
  absl::Duration reconnect_timeout = absl::Seconds(30);
  bool verbose = false;
  bool quiet = false;
};

struct WatchOptions {
  ConnectionOptions connection;
  std::string run_id;               // empty: list the runs, or a run that is made gets one
  std::vector<std::string> create;  // names of the instances of a run to make; empty: none
  std::string policy_file;          // of `create`, as in RunOptions
  uint64_t max_insns = 0;           // of `create`; 0: no limit
  Mode mode;                        // of `create`
  bool narrow = true;               // of `create`
  uint32_t history = 16;
  bool cancel = false;
  std::string out;  // directory of the report; empty: none
  bool json = false;
  ColorMode color = ColorMode::kAuto;
  absl::Duration timeout = absl::InfiniteDuration();
  bool verbose = false;
  bool quiet = false;
  std::string program;  // argv[0]
};

struct JoinOptions {
  ConnectionOptions connection;
  std::string run_id;
  std::string instance;
  std::vector<std::string> argv;            // the emulator's command
  absl::Duration wait = absl::Seconds(60);  // for the coordinator and the run
  std::string out;                          // empty: lockstep-out/<run id>-<instance>
  bool narrow = true;                       // starts the emulator again to name the instruction
  bool verbose = false;
  bool quiet = false;
};

// Nothing to do but to print: help, version, or an error.
struct PrintAndExit {
  std::string out;  // for stdout
  std::string err;  // for stderr; whole lines
  int status = 0;
};

using Command = std::variant<RunOptions, ShowOptions, CanonOptions, ServeOptions, WatchOptions,
                             JoinOptions, PrintAndExit>;

// Never fails: what is wrong with the arguments is a PrintAndExit. `args` holds argv[0] too.
Command ParseCommandLine(const std::vector<std::string>& args);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_OPTIONS_H_
