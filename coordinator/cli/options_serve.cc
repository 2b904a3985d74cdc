// Options of `lockstep serve`.
#include "absl/strings/str_cat.h"
#include "coordinator/cli/option_parts.h"
#include "coordinator/net/address.h"

namespace lockstep::cli {
namespace {

constexpr uint64_t kMaxRuns = 10000;

}  // namespace

void DeclareServe(CLI::App& app, RawServe& raw) {
  ServeOptions& serve = raw.options;
  app.add_option("--listen", serve.listen, "Where to listen; port 0: one that is free")
      ->type_name("HOST:PORT|unix:PATH")
      ->required();
  app.add_option("--tls-cert", serve.tls.cert, "Encrypt, with this certificate")->type_name("FILE");
  app.add_option("--tls-key", serve.tls.key, "Its key")->type_name("FILE");
  app.add_option("--tls-ca", serve.tls.ca,
                 "Let only those in who have a certificate of these authorities")
      ->type_name("FILE");
  app.add_option("--token-file", serve.token_file,
                 "Let only those in who have one of these tokens; read again on SIGHUP")
      ->type_name("FILE");
  app.add_option("--metrics", serve.metrics, "Answer Prometheus there")->type_name("HOST:PORT");
  app.add_option("--state-dir", serve.state_dir,
                 "Keep there what was verified, for after a restart")
      ->type_name("DIR");
  app.add_option("--max-runs", raw.max_runs, "Runs that have not ended (default 256)")
      ->type_name("N");
  app.add_option("--max-memory", raw.max_memory,
                 "Bytes for the windows of the runs that compare (default half of the machine's)")
      ->type_name("BYTES");
  app.add_option("--idle-timeout", raw.idle_timeout,
                 "End a run that instances have not joined after D (default 1h)")
      ->type_name("D");
  app.add_option("--reconnect-timeout", raw.reconnect_timeout,
                 "Give up an instance that lost its connection after D (default 30s)")
      ->type_name("D");
  CLI::Option* verbose =
      app.add_flag("-v,--verbose", serve.verbose, "Say when runs begin and end, on stderr");
  app.add_flag("-q,--quiet", serve.quiet, "Only errors on stderr")->excludes(verbose);
  app.footer(
      "Without --tls-cert it listens on loopback or a unix socket only.\n"
      "SIGTERM or Ctrl-C ends all runs in order, with their reports; a second one ends at once.\n"
      "Example: lockstep serve --listen 0.0.0.0:7070 --tls-cert server.crt --tls-key server.key "
      "\\\n"
      "             --token-file tokens");
}

absl::StatusOr<ServeOptions> FinishServe(const RawServe& raw) {
  ServeOptions serve = raw.options;
  for (const auto& [option, text] : {std::pair<const char*, std::string>("--listen", serve.listen),
                                     {"--metrics", serve.metrics}}) {
    if (text.empty()) continue;
    absl::StatusOr<net::Address> address = net::ParseAddress(text);
    if (!address.ok()) return Invalid(option, address.status());
    if (option == std::string("--metrics") && address->is_unix()) {
      return absl::InvalidArgumentError("--metrics: it is HOST:PORT, not a unix socket");
    }
  }
  if (absl::Status s = ParseCount("--max-runs", raw.max_runs, serve.max_runs); !s.ok()) return s;
  if (serve.max_runs > kMaxRuns) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-runs: ", raw.max_runs, " is more than ", kMaxRuns));
  }
  absl::Status status = ParseCount("--max-memory", raw.max_memory, serve.max_memory);
  if (!status.ok()) return status;
  status = ParseDuration("--idle-timeout", raw.idle_timeout, serve.idle_timeout);
  if (!status.ok()) return status;
  status = ParseDuration("--reconnect-timeout", raw.reconnect_timeout, serve.reconnect_timeout);
  if (!status.ok()) return status;
  return serve;
}

}  // namespace lockstep::cli
