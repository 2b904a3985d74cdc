#include "coordinator/ingest/channel.h"

#include <grpcpp/support/client_interceptor.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/net/address.h"
#include "coordinator/net/files.h"

namespace lockstep::ingest {
namespace {

// Of a report with a long history.
constexpr int kMaxReceiveBytes = 256 << 20;
constexpr size_t kMaxTokenFileBytes = 64 << 10;
constexpr int kKeepaliveMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kFirstBackoffMs = 200;
constexpr int kMaxBackoffMs = 5'000;

// Adds the token to each call of a channel without TLS, where gRPC's own call credentials refuse to
// work.
class TokenInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit TokenInterceptor(const std::string* header) : header_(header) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", *header_);
    }
    methods->Proceed();
  }

 private:
  const std::string* const header_;
};

class TokenInterceptorFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenInterceptorFactory(const std::string& token)
      : header_(absl::StrCat("Bearer ", token)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new TokenInterceptor(&header_);
  }

 private:
  const std::string header_;
};

absl::StatusOr<std::string> LoadToken(const std::string& path) {
  if (path.empty()) return "";
  absl::StatusOr<std::string> content = net::ReadSecretFile(path, kMaxTokenFileBytes);
  if (!content.ok()) {
    return absl::Status(content.status().code(),
                        absl::StrCat("--token-file: ", std::string(content.status().message())));
  }
  const std::string token(
      absl::StripAsciiWhitespace(absl::string_view(*content).substr(0, content->find('\n'))));
  bool ok = !token.empty();
  for (char c : token) ok = ok && absl::ascii_isgraph(static_cast<unsigned char>(c));
  if (ok) return token;
  return absl::InvalidArgumentError(
      absl::StrCat("--token-file: the first line of '", path, "' is not a token, one word"));
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // A proxy named by the environment has no business between this process and its coordinator.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  return arguments;
}

std::shared_ptr<grpc::Channel> PlainChannel(const std::string& target, const std::string& token) {
  const auto credentials = grpc::InsecureChannelCredentials();
  if (token.empty()) return grpc::CreateCustomChannel(target, credentials, Arguments());
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<TokenInterceptorFactory>(token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(target, credentials, Arguments(),
                                                                 std::move(factories));
}

std::shared_ptr<grpc::Channel> TlsChannel(const std::string& target,
                                          const net::TlsIdentity& identity,
                                          const std::string& token) {
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = identity.ca_pem;
  ssl.pem_cert_chain = identity.cert_pem;
  ssl.pem_private_key = identity.key_pem;
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::SslCredentials(ssl);
  if (!token.empty()) {
    credentials =
        grpc::CompositeChannelCredentials(credentials, grpc::AccessTokenCredentials(token));
  }
  return grpc::CreateCustomChannel(target, credentials, Arguments());
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ChannelOptions& options) {
  absl::StatusOr<net::Address> address = net::ParseAddress(options.address);
  if (!address.ok()) {
    return absl::Status(address.status().code(),
                        absl::StrCat("--coordinator: ", std::string(address.status().message())));
  }
  if (!address->is_unix() && address->port == 0) {
    return absl::InvalidArgumentError("--coordinator: the port is 0, but has to be the server's");
  }
  const bool tls = options.tls || !options.files.ca.empty() || !options.files.cert.empty() ||
                   !options.files.key.empty();
  if (tls && address->is_unix()) {
    return absl::InvalidArgumentError(
        "a unix socket has no TLS: leave the --tls options out, or give HOST:PORT");
  }
  absl::StatusOr<net::TlsIdentity> identity = net::LoadTls(options.files, absl::Now());
  if (!identity.ok()) return identity.status();
  absl::StatusOr<std::string> token = LoadToken(options.token_file);
  if (!token.ok()) return token.status();
  if (!token->empty() && !tls && !address->is_local()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--token-file: the token would travel to ", address->ToString(),
        " in the clear: give --tls-ca FILE, or --tls if a public authority signed for it"));
  }
  const std::string target = address->ToString();
  return tls ? TlsChannel(target, *identity, *token) : PlainChannel(target, *token);
}

}  // namespace lockstep::ingest
