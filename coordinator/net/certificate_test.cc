#include "coordinator/net/certificate.h"

#include "absl/time/clock.h"
#include "coordinator/net/certificate_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::net {
namespace {

using ::testing::HasSubstr;

class CertificateTest : public ::testing::Test {
 protected:
  std::string Message(const TlsFiles& files) {
    absl::StatusOr<TlsIdentity> identity = LoadTls(files, absl::Now());
    EXPECT_FALSE(identity.ok());
    const std::string message(identity.status().message());
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  TestAuthority authority_{"test authority"};
  TestCertificate good_ = authority_.Issue("good");
  std::string cert_ = WriteTestFile("good.crt", good_.cert_pem);
  std::string key_ = WriteTestFile("good.key", good_.key_pem);
  std::string ca_ = WriteTestFile("ca.crt", authority_.cert_pem());
};

TEST_F(CertificateTest, GoodFiles) {
  auto identity = LoadTls({cert_, key_, ca_}, absl::Now());
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->cert_pem, good_.cert_pem);
  EXPECT_EQ(identity->key_pem, good_.key_pem);
  EXPECT_EQ(identity->ca_pem, authority_.cert_pem());
}

TEST_F(CertificateTest, NothingIsNoError) {
  auto identity = LoadTls({}, absl::Now());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->cert_pem, "");
}

TEST_F(CertificateTest, OneOfThePair) {
  EXPECT_EQ(Message({cert_, "", ""}), "--tls-cert needs --tls-key beside it");
  EXPECT_EQ(Message({"", key_, ""}), "--tls-key needs --tls-cert beside it");
}

TEST_F(CertificateTest, MissingFiles) {
  EXPECT_THAT(Message({"/nope.crt", key_, ""}), HasSubstr("--tls-cert: cannot read '/nope.crt'"));
  EXPECT_THAT(Message({cert_, "/nope.key", ""}), HasSubstr("--tls-key: cannot read '/nope.key'"));
  EXPECT_THAT(Message({"", "", "/nope"}), HasSubstr("--tls-ca: cannot read '/nope'"));
}

TEST_F(CertificateTest, FilesOfAnotherKind) {
  EXPECT_THAT(Message({key_, key_, ""}), HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(Message({cert_, cert_, ""}), HasSubstr("holds no PEM private key"));
  EXPECT_THAT(Message({"", "", key_}), HasSubstr("holds no PEM certificate"));
}

TEST_F(CertificateTest, KeyOfAnotherCertificate) {
  const std::string other = WriteTestFile("other.key", authority_.Issue("other").key_pem);
  EXPECT_THAT(Message({cert_, other, ""}), HasSubstr("is not the key of the certificate"));
}

TEST_F(CertificateTest, Expired) {
  const TestCertificate old = authority_.Issue("old", -absl::Minutes(1));
  const std::string cert = WriteTestFile("old.crt", old.cert_pem);
  EXPECT_THAT(Message({cert, WriteTestFile("old.key", old.key_pem), ""}), HasSubstr("expired on"));
  EXPECT_THAT(Message({"", "", cert}), HasSubstr("expired on"));
}

TEST_F(CertificateTest, NotYetValid) {
  auto identity = LoadTls({cert_, key_, ""}, absl::Now() - absl::Hours(2));
  EXPECT_THAT(std::string(identity.status().message()), HasSubstr("not valid before"));
}

}  // namespace
}  // namespace lockstep::net
