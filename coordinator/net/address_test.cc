#include "coordinator/net/address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::net {
namespace {

using ::testing::HasSubstr;

Address Parse(absl::string_view text) {
  auto address = ParseAddress(text);
  EXPECT_TRUE(address.ok()) << address.status();
  return address.value_or(Address());
}

TEST(Address, HostAndPort) {
  const Address address = Parse("build7.example.org:7070");
  EXPECT_EQ(address.host, "build7.example.org");
  EXPECT_EQ(address.port, 7070);
  EXPECT_FALSE(address.is_unix());
  EXPECT_EQ(address.ToString(), "build7.example.org:7070");
}

TEST(Address, Ipv6) {
  const Address address = Parse("[fe80::1]:0");
  EXPECT_EQ(address.host, "fe80::1");
  EXPECT_EQ(address.ToString(), "[fe80::1]:0");
}

TEST(Address, UnixSockets) {
  EXPECT_EQ(Parse("unix:/run/s").path, "/run/s");
  EXPECT_EQ(Parse("unix:///run/s").path, "/run/s");
  EXPECT_EQ(Parse("unix:s").ToString(), "unix:s");
}

TEST(Address, Local) {
  for (const char* text :
       {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "LOCALHOST:1", "[::1]:1", "unix:/run/s"}) {
    EXPECT_TRUE(Parse(text).is_local()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "example.org:1",
                           "localhost.example.org:1", "127.0.0.1.example.org:1", "[::2]:1"}) {
    EXPECT_FALSE(Parse(text).is_local()) << text;
  }
}

TEST(Address, RefusesWhatIsNoAddress) {
  const std::string long_path = "unix:/" + std::string(200, 'x');
  for (const std::string& text :
       {std::string(""), std::string("host"), std::string("host:"), std::string("host:65536"),
        std::string("host:-1"), std::string("host:+1"), std::string("host: 1"),
        std::string("host:http"), std::string(":7070"), std::string("::1:7070"),
        std::string("[1.2.3.4]:1"), std::string("[::1:1"), std::string("a b:1"),
        std::string("http://h:1"), std::string("unix:"), long_path}) {
    auto address = ParseAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_THAT(std::string(address.status().message()), HasSubstr("is no address"));
  }
}

}  // namespace
}  // namespace lockstep::net
