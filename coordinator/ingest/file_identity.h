// Files that decide what an instance does, by the SHA-256 of their contents.
#ifndef COORDINATOR_INGEST_FILE_IDENTITY_H_
#define COORDINATOR_INGEST_FILE_IDENTITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep::ingest {

struct FileIdentity {
  std::string path;
  std::string sha256;  // 32 bytes
};

// Reads the file once, in pieces. Errors: the errno of open or read, naming the file.
absl::StatusOr<FileIdentity> IdentifyFile(const std::string& path);

// At most this many guest images of a command are looked at.
inline constexpr size_t kMaxGuestImages = 32;

// Regular files that can be read among the words of a command, each once, in order: words, what
// follows '=' in them, and values of comma-separated lists ("file=disk.img,if=none"). The first
// word is the program and does not count.
std::vector<std::string> FilesNamedIn(const std::vector<std::string>& argv);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_FILE_IDENTITY_H_
