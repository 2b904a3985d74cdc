#include "coordinator/cli/serve_command.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/cli/interrupt.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/quiet_grpc.h"
#include "coordinator/net/address.h"
#include "coordinator/net/certificate.h"
#include "coordinator/net/files.h"
#include "coordinator/server/auth.h"
#include "coordinator/server/server.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::cli {
namespace {

constexpr size_t kMaxTokenFileBytes = 4 << 20;
constexpr absl::Duration kDrainLimit = absl::Seconds(10);
constexpr absl::Duration kForever = absl::Hours(24);

absl::StatusOr<server::TokenTable> LoadTokens(const std::string& path) {
  absl::StatusOr<std::string> text = net::ReadSecretFile(path, kMaxTokenFileBytes);
  absl::StatusOr<server::TokenTable> table =
      text.ok() ? server::TokenTable::Parse(*text, path) : text.status();
  if (table.ok()) return table;
  return absl::Status(table.status().code(),
                      absl::StrCat("--token-file: ", std::string(table.status().message())));
}

uint64_t HalfOfMemory() {
  const auto pages = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES));
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) / 2;
}

// What keeps others out must not be forgotten where others can knock.
absl::Status CheckSecurity(const ServeOptions& options, const net::Address& address) {
  const bool tls = !options.tls.cert.empty() || !options.tls.key.empty();
  if (tls && address.is_unix()) {
    return absl::InvalidArgumentError(
        "--tls-cert: a unix socket has no TLS; its file permissions say who may connect");
  }
  if (!tls && !options.tls.ca.empty()) {
    return absl::InvalidArgumentError("--tls-ca needs --tls-cert and --tls-key beside it");
  }
  if (address.is_local()) return absl::OkStatus();
  if (!tls) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen: ", address.ToString(),
        " can be reached from other machines: give --tls-cert and --tls-key, or listen on "
        "127.0.0.1:PORT or unix:PATH"));
  }
  if (options.tls.ca.empty() && options.token_file.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen: ", address.ToString(),
        " can be reached from other machines: say who may take part, with --token-file, or with "
        "--tls-ca for client certificates"));
  }
  return absl::OkStatus();
}

std::string DescribeSecurity(const ServeOptions& options, const net::Address& address) {
  std::string text;
  if (!options.tls.cert.empty()) {
    text = options.tls.ca.empty() ? "TLS" : "TLS with client certificates";
  } else {
    text = address.is_unix() ? "no encryption, this user only" : "no encryption, this machine only";
  }
  if (!options.token_file.empty()) return absl::StrCat(text, ", tokens");
  if (options.tls.ca.empty() && !address.is_unix()) {
    return absl::StrCat(text, ", everyone there may take part");
  }
  return text;
}

class ServeRunner {
 public:
  explicit ServeRunner(const ServeOptions& options) : options_(options) {}

  int Execute() {
    if (absl::Status status = Start(); !status.ok()) {
      PrintError(std::string(status.message()));
      return kExitTrouble;
    }
    const std::string where = server_->address().ToString();
    Say(absl::StrCat("listening on ", where, " (", DescribeSecurity(options_, server_->address()),
                     ")"));
    if (server_->metrics() != nullptr) {
      Say(absl::StrCat("metrics on http://", server_->metrics()->address().ToString(), "/metrics"));
    }
    const int signal = Serve();
    Say(absl::StrCat(strsignal(signal), ": ending all runs; again to end at once"));
    StopTakingInterrupts();
    server_->Drain("the coordinator was shut down", kDrainLimit);
    server_.reset();
    return 0;
  }

 private:
  absl::Status Start() {
    BlockInterrupts();
    QuietGrpc();
    KeepGrpc();
    umask(077);  // the socket and the files are this user's
    absl::StatusOr<net::Address> address = net::ParseAddress(options_.listen);
    if (!address.ok()) return address.status();
    if (absl::Status s = CheckSecurity(options_, *address); !s.ok()) return s;
    server::ServerOptions server;
    server.address = *std::move(address);
    absl::StatusOr<net::TlsIdentity> tls = net::LoadTls(options_.tls, absl::Now());
    if (!tls.ok()) return tls.status();
    server.tls = *std::move(tls);
    absl::StatusOr<server::TokenTable> tokens = absl::CancelledError();
    if (!options_.token_file.empty()) {
      tokens = LoadTokens(options_.token_file);
      if (!tokens.ok()) return tokens.status();
    }
    server.limits.max_active = options_.max_runs;
    server.limits.max_window_bytes =
        options_.max_memory != 0 ? options_.max_memory : HalfOfMemory();
    server.limits.idle_timeout = options_.idle_timeout;
    server.limits.reconnect_timeout = options_.reconnect_timeout;
    server.limits.narrow = true;
    server.state_dir = options_.state_dir;
    server.listeners.warn = [](const std::string& line) { PrintError(line); };
    if (options_.verbose) server.listeners.log = server.listeners.warn;
    if (!options_.metrics.empty()) {
      absl::StatusOr<net::Address> metrics = net::ParseAddress(options_.metrics);
      if (!metrics.ok()) return metrics.status();
      server.metrics = *std::move(metrics);
    }
    absl::StatusOr<std::unique_ptr<server::Server>> started =
        server::Server::Start(server, tokens.ok() ? &*tokens : nullptr, &symbols_);
    if (!started.ok()) return started.status();
    server_ = *std::move(started);
    return absl::OkStatus();
  }

  // Until a signal to end arrives, which it returns.
  int Serve() {
    for (;;) {
      const int signal = WaitForInterrupt(kForever);
      if (signal == SIGHUP) {
        ReloadTokens();
      } else if (signal != 0) {
        return signal;
      }
    }
  }

  void ReloadTokens() {
    if (options_.token_file.empty()) {
      Say("SIGHUP: there is no --token-file to read again");
      return;
    }
    absl::StatusOr<server::TokenTable> tokens = LoadTokens(options_.token_file);
    if (!tokens.ok()) {
      PrintError(absl::StrCat("SIGHUP: ", std::string(tokens.status().message()),
                              "; the tokens stay as they were"));
      return;
    }
    const size_t count = tokens->size();
    server_->access()->SetTokens(*std::move(tokens));
    Say(absl::StrCat("SIGHUP: ", count, " tokens"));
  }

  void Say(const std::string& text) const {
    if (!options_.quiet) PrintError(text);
  }

  const ServeOptions& options_;
  store::NoSymbols symbols_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace

int ServeCommand(const ServeOptions& options) { return ServeRunner(options).Execute(); }

}  // namespace lockstep::cli
