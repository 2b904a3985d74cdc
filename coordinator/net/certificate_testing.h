// Makes certificates for tests, at run time: nothing that expires is kept with the code.
#ifndef COORDINATOR_NET_CERTIFICATE_TESTING_H_
#define COORDINATOR_NET_CERTIFICATE_TESTING_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace lockstep::net {

// A certificate and its key, in memory.
struct TestCertificate {
  std::string cert_pem;
  std::string key_pem;
};

// An authority that signs certificates. P-256 keys.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& cert_pem() const { return cert_pem_; }

  // A certificate for 127.0.0.1, ::1 and localhost, good from an hour ago (or an hour before its
  // end) until `lifetime` from now; a negative one has expired.
  TestCertificate Issue(const std::string& name, absl::Duration lifetime = absl::Hours(24)) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
  std::string cert_pem_;
};

// Writes a file into the test's directory, readable by its owner only; its path.
std::string WriteTestFile(const std::string& name, const std::string& content);

}  // namespace lockstep::net

#endif  // COORDINATOR_NET_CERTIFICATE_TESTING_H_
