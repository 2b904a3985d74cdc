// Runs the `lockstep` binary and keeps what it said, for tests of its command line.
#ifndef TESTS_CLI_RUN_LOCKSTEP_H_
#define TESTS_CLI_RUN_LOCKSTEP_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace lockstep::clitest {

struct Result {
  int status = -1;  // exit status; 128 + signal
  std::string out;
  std::string err;
};

// A `lockstep` process that was started with its output going to files.
class Lockstep {
 public:
  // `environment` holds "NAME=value" words added to this process's environment; `directory` is
  // where it runs, empty for this process's.
  explicit Lockstep(const std::vector<std::string>& args,
                    const std::vector<std::string>& environment = {},
                    const std::string& directory = "");
  ~Lockstep();
  pid_t pid() const { return pid_; }
  void Signal(int number) const;
  // Waits for its end; gives up (and fails the test) after two minutes.
  Result Wait();
  // What it has written to stderr by now.
  std::string err() const;

 private:
  pid_t pid_ = -1;
  bool waited_ = false;
  std::string out_path_, err_path_;
};

// Starts it and waits.
Result RunLockstep(const std::vector<std::string>& args,
                   const std::vector<std::string>& environment = {});

// The example producer's path, and a command string of it with these arguments.
std::string Example(const std::string& arguments = "");

// The same of the producer that tells of its blocks by sums.
std::string SumProducer(const std::string& arguments = "");

// The path of a producer that is a JIT and translates nothing.
std::string JitProducer();

// A path in the test's temporary directory that does not exist.
std::string Fresh(const std::string& name);

std::string ReadFile(const std::string& path);

// The last line of a text, without its newline.
std::string LastLine(const std::string& text);

// Lines of a text; a text that does not end with a newline counts its last piece too.
std::vector<std::string> Lines(const std::string& text);

// Processes whose command line holds `text`, but for this one.
std::vector<pid_t> ProcessesWith(const std::string& text);

}  // namespace lockstep::clitest

#endif  // TESTS_CLI_RUN_LOCKSTEP_H_
