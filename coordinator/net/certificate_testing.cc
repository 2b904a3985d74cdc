#include "coordinator/net/certificate_testing.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "emulator/base/check.h"

namespace lockstep::net {
namespace {

std::string Take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

std::string PemOf(X509* cert) {
  BIO* bio = BIO_new(BIO_s_mem());
  LOCKSTEP_CHECK(PEM_write_bio_X509(bio, cert) == 1);
  return Take(bio);
}

std::string PemOf(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  LOCKSTEP_CHECK(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Take(bio);
}

void AddExtension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  LOCKSTEP_CHECK(extension != nullptr && X509_add_ext(cert, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Unsigned: names, serial, validity and the public key.
X509* NewCertificate(const std::string& name, EVP_PKEY* key, absl::Duration lifetime) {
  static std::atomic<long> serial{1};
  X509* cert = X509_new();
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
  const absl::Time now = absl::Now();
  const absl::Time end = now + lifetime;
  const absl::Time begin = std::min(now, end) - absl::Hours(1);
  ASN1_TIME_set(X509_getm_notBefore(cert), absl::ToTimeT(begin));
  ASN1_TIME_set(X509_getm_notAfter(cert), absl::ToTimeT(end));
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return cert;
}

}  // namespace

struct TestAuthority::Key {
  EVP_PKEY* key = nullptr;
  X509* cert = nullptr;
  ~Key() {
    X509_free(cert);
    EVP_PKEY_free(key);
  }
};

TestAuthority::TestAuthority(const std::string& name) : key_(std::make_unique<Key>()) {
  key_->key = EVP_EC_gen("P-256");
  key_->cert = NewCertificate(name, key_->key, absl::Hours(48));
  X509_set_issuer_name(key_->cert, X509_get_subject_name(key_->cert));
  AddExtension(key_->cert, key_->cert, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(key_->cert, key_->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
  LOCKSTEP_CHECK(X509_sign(key_->cert, key_->key, EVP_sha256()) != 0);
  cert_pem_ = PemOf(key_->cert);
}

TestAuthority::~TestAuthority() = default;

TestCertificate TestAuthority::Issue(const std::string& name, absl::Duration lifetime) const {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = NewCertificate(name, key, lifetime);
  X509_set_issuer_name(cert, X509_get_subject_name(key_->cert));
  AddExtension(cert, key_->cert, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost");
  LOCKSTEP_CHECK(X509_sign(cert, key_->key, EVP_sha256()) != 0);
  TestCertificate issued = {PemOf(cert), PemOf(key)};
  X509_free(cert);
  EVP_PKEY_free(key);
  return issued;
}

std::string WriteTestFile(const std::string& name, const std::string& content) {
  const char* directory = getenv("TEST_TMPDIR");
  const std::string path = absl::StrCat(directory != nullptr ? directory : "/tmp", "/", name);
  std::ofstream(path, std::ios::binary) << content;
  LOCKSTEP_CHECK(chmod(path.c_str(), 0600) == 0);
  return path;
}

}  // namespace lockstep::net
