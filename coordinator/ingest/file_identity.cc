#include "coordinator/ingest/file_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "emulator/base/check.h"

namespace lockstep::ingest {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool IsReadableFile(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), R_OK) == 0;
}

}  // namespace

absl::StatusOr<FileIdentity> IdentifyFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  LOCKSTEP_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  std::string piece(kPieceBytes, '\0');
  ssize_t n = 0;
  do {
    n = read(fd, piece.data(), piece.size());
    if (n > 0) {
      LOCKSTEP_CHECK(EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(n)) == 1);
    }
  } while (n > 0 || (n < 0 && errno == EINTR));
  const int error = errno;
  close(fd);
  if (n < 0) return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
  FileIdentity identity;
  identity.path = path;
  identity.sha256.resize(32);
  LOCKSTEP_CHECK(EVP_DigestFinal_ex(context.get(),
                                    reinterpret_cast<unsigned char*>(identity.sha256.data()),
                                    nullptr) == 1);
  return identity;
}

std::vector<std::string> FilesNamedIn(const std::vector<std::string>& argv) {
  std::vector<std::string> files;
  const auto look_at = [&](absl::string_view text) {
    std::string path(text);
    if (path.empty() || files.size() >= kMaxGuestImages || !IsReadableFile(path)) return;
    if (std::find(files.begin(), files.end(), path) == files.end()) {
      files.push_back(std::move(path));
    }
  };
  for (size_t i = 1; i < argv.size(); ++i) {
    look_at(argv[i]);
    for (absl::string_view part : absl::StrSplit(argv[i], ',')) {
      const size_t equals = part.find('=');
      look_at(equals == absl::string_view::npos ? part : part.substr(equals + 1));
    }
  }
  return files;
}

}  // namespace lockstep::ingest
