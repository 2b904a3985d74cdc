// What is refused before anything is sent. What a server makes of the credentials is tested with
// one: tests/remote.
#include "coordinator/ingest/channel.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "coordinator/net/certificate_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::ingest {
namespace {

using ::testing::HasSubstr;

constexpr char kToken[] = "0123456789abcdef";

ChannelOptions To(const std::string& address) {
  ChannelOptions options;
  options.address = address;
  return options;
}

std::string Refusal(const ChannelOptions& options) {
  auto channel = OpenChannel(options);
  EXPECT_FALSE(channel.ok());
  const std::string message(channel.status().message());
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(message.find(kToken), std::string::npos);
  return message;
}

TEST(Channel, OpensWithoutCredentials) {
  EXPECT_TRUE(OpenChannel(To("127.0.0.1:7070")).ok());
  EXPECT_TRUE(OpenChannel(To("build7:7070")).ok());
  EXPECT_TRUE(OpenChannel(To("unix:/tmp/s")).ok());
}

TEST(Channel, BadAddresses) {
  EXPECT_THAT(Refusal(To("build7")), HasSubstr("--coordinator: 'build7' is no address"));
  EXPECT_THAT(Refusal(To("build7:0")), HasSubstr("the port is 0"));
}

TEST(Channel, NoTokenInTheClear) {
  ChannelOptions options = To("build7:7070");
  options.token_file = net::WriteTestFile("token", absl::StrCat(kToken, "\n"));
  EXPECT_THAT(Refusal(options), HasSubstr("in the clear"));
  options.tls = true;
  EXPECT_TRUE(OpenChannel(options).ok());
  for (const char* local : {"127.0.0.1:7070", "[::1]:7070", "localhost:7070", "unix:/tmp/s"}) {
    options = To(local);
    options.token_file = net::WriteTestFile("token", absl::StrCat(kToken, "\n"));
    EXPECT_TRUE(OpenChannel(options).ok()) << local;
  }
}

TEST(Channel, BadTokenFiles) {
  ChannelOptions options = To("127.0.0.1:7070");
  options.token_file = "/no/such/file";
  EXPECT_THAT(Refusal(options), HasSubstr("--token-file: cannot read '/no/such/file'"));
  for (const std::string& content : {std::string(""), std::string("\n"), absl::StrCat(kToken, " *"),
                                     absl::StrCat("\x01", kToken)}) {
    options.token_file = net::WriteTestFile("bad_token", content);
    EXPECT_THAT(Refusal(options), HasSubstr("is not a token, one word"));
  }
  ASSERT_EQ(chmod(options.token_file.c_str(), 0644), 0);
  EXPECT_THAT(Refusal(options), HasSubstr("chmod 600"));
}

TEST(Channel, Tls) {
  net::TestAuthority authority("a");
  ChannelOptions options = To("127.0.0.1:7070");
  options.files.ca = net::WriteTestFile("ca.crt", authority.cert_pem());
  EXPECT_TRUE(OpenChannel(options).ok());
  options.address = "unix:/tmp/s";
  EXPECT_THAT(Refusal(options), HasSubstr("a unix socket has no TLS"));
  options = To("127.0.0.1:7070");
  options.files.cert = "x";
  EXPECT_THAT(Refusal(options), HasSubstr("--tls-cert needs --tls-key"));
}

}  // namespace
}  // namespace lockstep::ingest
