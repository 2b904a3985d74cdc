#include "coordinator/cli/option_parts.h"

#include "absl/strings/str_cat.h"
#include "coordinator/cli/quantity.h"

namespace lockstep::cli {
namespace {

constexpr uint64_t kMaxHistory = 10000;

}  // namespace

absl::Status Invalid(const std::string& option, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(option, ": ", std::string(status.message())));
}

absl::Status ParseColor(const std::string& text, ColorMode& color) {
  if (text == "auto") {
    color = ColorMode::kAuto;
  } else if (text == "always") {
    color = ColorMode::kAlways;
  } else if (text == "never") {
    color = ColorMode::kNever;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--color: '", text, "' is not auto, always or never"));
  }
  return absl::OkStatus();
}

absl::Status ParseHistory(const std::string& text, uint32_t& history) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<uint64_t> count = ParsePositiveCount(text);
  if (!count.ok()) return Invalid("--history", count.status());
  if (*count > kMaxHistory) {
    return absl::InvalidArgumentError(
        absl::StrCat("--history: ", text, " is more than ", kMaxHistory));
  }
  history = static_cast<uint32_t>(*count);
  return absl::OkStatus();
}

absl::Status ParseDuration(const std::string& option, const std::string& text,
                           absl::Duration& duration) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<absl::Duration> parsed = ParsePositiveDuration(text);
  if (!parsed.ok()) return Invalid(option, parsed.status());
  duration = *parsed;
  return absl::OkStatus();
}

absl::Status ParseCount(const std::string& option, const std::string& text, uint64_t& count) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<uint64_t> parsed = ParsePositiveCount(text);
  if (!parsed.ok()) return Invalid(option, parsed.status());
  count = *parsed;
  return absl::OkStatus();
}

void DeclareConnection(CLI::App& app, RawConnection& raw) {
  app.add_option("--coordinator", raw.channel.address, "Where `lockstep serve` listens")
      ->type_name("HOST:PORT|unix:PATH")
      ->required();
  app.add_flag("--tls", raw.channel.tls, "Encrypt; the system's authorities vouch for the server");
  app.add_option("--tls-ca", raw.channel.files.ca,
                 "Encrypt; these authorities vouch for the server")
      ->type_name("FILE");
  app.add_option("--tls-cert", raw.channel.files.cert, "Certificate that says who we are")
      ->type_name("FILE");
  app.add_option("--tls-key", raw.channel.files.key, "Its key")->type_name("FILE");
  app.add_option("--token-file", raw.channel.token_file, "File with the token, on its first line")
      ->type_name("FILE");
  app.add_option("--reconnect-timeout", raw.reconnect_timeout,
                 "Give a lost coordinator up after D (default 1m)")
      ->type_name("D");
}

absl::Status FinishConnection(const RawConnection& raw, ConnectionOptions& connection) {
  connection.channel = raw.channel;
  return ParseDuration("--reconnect-timeout", raw.reconnect_timeout, connection.reconnect_timeout);
}

namespace {

absl::Status ParseDigest(const std::string& text, state::DigestAt& digest_at) {
  if (text == "window") {
    digest_at = state::DigestAt::kWindow;
  } else if (text == "block") {
    digest_at = state::DigestAt::kBlock;
  } else if (text == "insn") {
    digest_at = state::DigestAt::kInsn;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--digest: '", text, "' is not window, block or insn"));
  }
  return absl::OkStatus();
}

absl::Status ParseStream(const std::string& text, state::StreamMode& mode) {
  if (text == "auto") {
    mode = state::StreamMode::kAuto;
  } else if (text == "dense") {
    mode = state::StreamMode::kDense;
  } else if (text == "sparse") {
    mode = state::StreamMode::kSparse;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--stream: '", text, "' is not auto, dense or sparse"));
  }
  return absl::OkStatus();
}

}  // namespace

void DeclareMode(CLI::App& app, RawMode& raw, CLI::Option* needs) {
  CLI::Option* digest =
      app.add_option("--digest", raw.digest,
                     "How often states are digested: window, block (the default) or insn")
          ->type_name("WHEN");
  CLI::Option* stream =
      app.add_option("--stream", raw.stream,
                     "What is sent: dense (every block), sparse (windows of 65536 instructions), "
                     "or auto (the default)")
          ->type_name("MODE");
  if (needs == nullptr) return;
  digest->needs(needs);
  stream->needs(needs);
}

absl::Status FinishMode(const RawMode& raw, Mode& mode) {
  if (absl::Status s = ParseDigest(raw.digest, mode.digest_at); !s.ok()) return s;
  if (absl::Status s = ParseStream(raw.stream, mode.stream_mode); !s.ok()) return s;
  if (mode.digest_at == state::DigestAt::kWindow && mode.stream_mode == state::StreamMode::kDense) {
    return absl::InvalidArgumentError(
        "--digest=window cannot be compared block by block: leave out --stream=dense");
  }
  return absl::OkStatus();
}

}  // namespace lockstep::cli
