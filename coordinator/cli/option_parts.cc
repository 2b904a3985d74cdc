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

}  // namespace lockstep::cli
