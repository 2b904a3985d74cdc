// Runs programs for tests and captures what they print.
#ifndef TESTS_SUPPORT_PROCESS_H_
#define TESTS_SUPPORT_PROCESS_H_

#include <string>
#include <vector>

namespace lockstep::testing {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal number when a signal ended it, as a shell says
  std::string out;
  std::string err;
};

// Runs argv (argv[0] is searched in PATH) with standard input from `input` and waits for it.
// A program that is still running after `timeout_seconds` is killed; exit_code is then 137.
ProcessResult RunProcess(const std::vector<std::string>& argv, const std::string& input = "",
                         int timeout_seconds = 120);

// Path of a file that the test declares in `data`, by its workspace path.
std::string Runfile(const std::string& workspace_path);

// A new empty directory below the test's temporary directory.
std::string MakeTempDir();

// Whole contents of a file. REQUIRES: it can be read.
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& contents);

}  // namespace lockstep::testing

#endif  // TESTS_SUPPORT_PROCESS_H_
