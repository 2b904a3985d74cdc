#include "coordinator/net/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/net/files.h"

namespace lockstep::net {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* cert) const { X509_free(cert); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

absl::StatusOr<std::string> Read(const char* option, const std::string& path) {
  absl::StatusOr<std::string> pem = ReadSmallFile(path, kMaxPemBytes);
  if (pem.ok()) return pem;
  return absl::Status(pem.status().code(),
                      absl::StrCat(option, ": ", std::string(pem.status().message())));
}

std::unique_ptr<BIO, Free> BioOf(const std::string& text) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The first certificate of the text, or null.
std::unique_ptr<X509, Free> FirstCertificate(const std::string& pem) {
  std::unique_ptr<X509, Free> cert(
      PEM_read_bio_X509(BioOf(pem).get(), nullptr, nullptr, /*password=*/nullptr));
  ERR_clear_error();
  return cert;
}

// Nobody is asked for a password.
int NoPassword(char*, int, int, void*) { return -1; }

std::string TextOf(const ASN1_TIME* time) {
  std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::Status CheckValidity(const std::string& where, const X509* cert, absl::Time now) {
  time_t at = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notAfter(cert), &at) <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, " expired on ", TextOf(X509_get0_notAfter(cert)), ": renew it"));
  }
  if (X509_cmp_time(X509_get0_notBefore(cert), &at) > 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, " is not valid before ", TextOf(X509_get0_notBefore(cert)), ": check the clock"));
  }
  return absl::OkStatus();
}

absl::Status LoadPair(const TlsFiles& files, absl::Time now, TlsIdentity& identity) {
  absl::StatusOr<std::string> cert_pem = Read("--tls-cert", files.cert);
  if (!cert_pem.ok()) return cert_pem.status();
  absl::StatusOr<std::string> key_pem = Read("--tls-key", files.key);
  if (!key_pem.ok()) return key_pem.status();
  const std::unique_ptr<X509, Free> cert = FirstCertificate(*cert_pem);
  if (cert == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tls-cert: '", files.cert, "' holds no PEM certificate"));
  }
  const std::unique_ptr<EVP_PKEY, Free> key(
      PEM_read_bio_PrivateKey(BioOf(*key_pem).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--tls-key: '", files.key, "' holds no PEM private key, or one with a password"));
  }
  const bool match = X509_check_private_key(cert.get(), key.get()) == 1;
  ERR_clear_error();
  if (!match) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--tls-key: '", files.key, "' is not the key of the certificate '", files.cert, "'"));
  }
  identity.cert_pem = *std::move(cert_pem);
  identity.key_pem = *std::move(key_pem);
  return CheckValidity(absl::StrCat("--tls-cert: '", files.cert, "'"), cert.get(), now);
}

}  // namespace

absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& files, absl::Time now) {
  TlsIdentity identity;
  if (files.cert.empty() != files.key.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.cert.empty() ? "--tls-key" : "--tls-cert", " needs ",
                     files.cert.empty() ? "--tls-cert" : "--tls-key", " beside it"));
  }
  if (!files.cert.empty()) {
    if (absl::Status s = LoadPair(files, now, identity); !s.ok()) return s;
  }
  if (!files.ca.empty()) {
    absl::StatusOr<std::string> ca_pem = Read("--tls-ca", files.ca);
    if (!ca_pem.ok()) return ca_pem.status();
    const std::unique_ptr<X509, Free> ca = FirstCertificate(*ca_pem);
    if (ca == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("--tls-ca: '", files.ca, "' holds no PEM certificate"));
    }
    if (absl::Status s = CheckValidity(absl::StrCat("--tls-ca: '", files.ca, "'"), ca.get(), now);
        !s.ok()) {
      return s;
    }
    identity.ca_pem = *std::move(ca_pem);
  }
  return identity;
}

}  // namespace lockstep::net
