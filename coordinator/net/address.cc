#include "coordinator/net/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lockstep::net {
namespace {

constexpr size_t kMaxHost = 253;  // RFC 1035
constexpr size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Bad(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no address (HOST:PORT, [IPV6]:PORT or unix:PATH): ", why));
}

bool IsIpv6(const std::string& host) {
  in6_addr parsed;
  return inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool IsHostname(const std::string& host) {
  for (char c : host) {
    const auto u = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(u) && c != '-' && c != '.' && c != '_') return false;
  }
  return !host.empty() && host.size() <= kMaxHost;
}

absl::StatusOr<Address> ParseUnix(absl::string_view text, absl::string_view path) {
  absl::ConsumePrefix(&path, "//");
  if (path.empty()) return Bad(text, "the path is empty");
  if (path.size() > kMaxPath) {
    return Bad(text, absl::StrCat("the path of a socket has at most ", kMaxPath, " bytes"));
  }
  if (path.find('\0') != absl::string_view::npos) return Bad(text, "the path has a null byte");
  Address address;
  address.path = std::string(path);
  return address;
}

}  // namespace

bool Address::is_local() const {
  if (is_unix()) return true;
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Address::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", path);
  if (IsIpv6(host)) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) return ParseUnix(text, rest);
  const size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos) return Bad(text, "the port is missing");
  Address address;
  uint32_t port = 0;
  const absl::string_view digits = rest.substr(colon + 1);
  const bool is_number =
      !digits.empty() && absl::ascii_isdigit(static_cast<unsigned char>(digits.front()));
  if (!is_number || !absl::SimpleAtoi(digits, &port) || port > 65535) {
    return Bad(text, "the port is no number from 0 to 65535");
  }
  address.port = static_cast<uint16_t>(port);
  absl::string_view host = rest.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    address.host = std::string(host);
    if (!IsIpv6(address.host)) return Bad(text, "what is in brackets is no IPv6 address");
    return address;
  }
  address.host = std::string(host);
  if (address.host.empty()) return Bad(text, "the host is missing (0.0.0.0 is every interface)");
  if (!IsHostname(address.host)) return Bad(text, "the host is neither a name nor an IP address");
  return address;
}

}  // namespace lockstep::net
