// The directory that holds what a run leaves behind: report.json, report.txt, and the output of
// each instance.
#ifndef COORDINATOR_CLI_RUN_DIRECTORY_H_
#define COORDINATOR_CLI_RUN_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::cli {

class RunDirectory {
 public:
  // Makes the directory and its parents where they are missing, checks that files can be made in
  // it, and removes the report of an earlier run. Errors: one line that names the directory.
  static absl::StatusOr<RunDirectory> Create(const std::string& path);

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const;

  // Writes the file whole, or leaves the old one: to a temporary name first.
  absl::Status Write(absl::string_view name, absl::string_view content) const;

 private:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Makes a private (0700) directory for sockets under TMPDIR or /tmp. Errors: one line.
absl::StatusOr<std::string> MakePrivateDirectory();

// The content of a file. Errors: one line with its name; files of more than `max_bytes` are
// refused.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_RUN_DIRECTORY_H_
