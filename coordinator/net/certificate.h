// Certificates and keys for TLS, read from PEM files and checked before they are used, so that a
// wrong file is one line at the start and not a failed handshake later.
#ifndef COORDINATOR_NET_CERTIFICATE_H_
#define COORDINATOR_NET_CERTIFICATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace lockstep::net {

// Names of PEM files. Empty: none.
struct TlsFiles {
  std::string cert;  // this side's, with its chain
  std::string key;   // of `cert`
  std::string ca;    // authorities that the other side's certificate must come from
};

// Their contents.
struct TlsIdentity {
  std::string cert_pem;
  std::string key_pem;
  std::string ca_pem;
};

// Errors: InvalidArgument or as ReadSmallFile(), one line that names the option (--tls-cert ...)
// and the file: it cannot be read, holds no certificate or key, the key belongs to another
// certificate, or the certificate is not valid at `now`; one of cert and key without the other.
absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& files, absl::Time now);

}  // namespace lockstep::net

#endif  // COORDINATOR_NET_CERTIFICATE_H_
