// `git bisect run lockstep run --bisect`, as docs/howto/qemu.md has it: a repository whose commits
// are QEMUs (scripts that start the system's one) of which some differ and some do not start.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr char kScript[] = "qemu-system-riscv64";
constexpr char kMachine[] = " -display none -monitor none -serial null -M virt -bios none -kernel ";
constexpr char kCpu[] = "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0";

class Repository {
 public:
  Repository() {
    Git({"init", "-q", "-b", "main"});
    Git({"config", "user.name", "Nobody"});
    Git({"config", "user.email", "nobody@example.org"});
  }
  // A commit whose QEMU is this script.
  void Commit(const std::string& subject, const std::string& script) {
    testing::WriteFile(directory_ + "/" + kScript,
                       "#!/bin/sh\n# " + subject + "\n" + script + "\n");
    testing::RunProcess({"chmod", "+x", directory_ + "/" + kScript});
    Git({"add", kScript});
    Git({"commit", "-q", "-m", subject});
  }
  testing::ProcessResult Git(const std::vector<std::string>& words) {
    std::vector<std::string> argv = {"git", "-C", directory_};
    argv.insert(argv.end(), words.begin(), words.end());
    const testing::ProcessResult result = testing::RunProcess(argv, "", 240);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result;
  }
  const std::string& directory() const { return directory_; }

 private:
  const std::string directory_ = testing::MakeTempDir();
};

// The system's QEMU, by its whole path: the script has the same name.
std::string Qemu() {
  const std::string path =
      testing::RunProcess({"sh", "-c", "cd /; command -v qemu-system-riscv64"}).out;
  return path.substr(0, path.find('\n'));
}

std::string Start(const std::string& cpu) { return "exec " + Qemu() + " \"$@\" -cpu " + cpu; }

TEST(Bisect, FindsTheCommitThatChangedTheGuest) {
  const std::string good = Start(kCpu);
  const std::string bad = Start(std::string(kCpu) + ",s=off");
  const std::string broken = "exit 1";
  Repository repository;
  // The fourth is the first that git looks at.
  repository.Commit("one", good);
  repository.Commit("two", good);
  repository.Commit("three", good);
  repository.Commit("four does not start", broken);
  repository.Commit("five", good);
  repository.Commit("six runs the guest differently", bad);
  repository.Commit("seven", bad);
  repository.Commit("eight", bad);
  const std::string guest = kMachine + testing::Runfile("tests/qemu/corners.elf");
  repository.Git({"bisect", "start", "HEAD", "HEAD~7"});
  const testing::ProcessResult result = repository.Git(
      {"bisect", "run", testing::Runfile("coordinator/cli/lockstep"), "run", "--bisect", "--quiet",
       "--deterministic", "--out", testing::MakeTempDir(), "--a", Qemu() + guest + " -cpu " + kCpu,
       "--b", std::string("./") + kScript + guest});
  EXPECT_THAT(result.out, HasSubstr("is the first bad commit"));
  EXPECT_THAT(repository.Git({"log", "-1", "--format=%s", "refs/bisect/bad"}).out,
              HasSubstr("six runs the guest differently"));
  // The one that did not start was passed over, and not taken for a bad one.
  EXPECT_THAT(repository.Git({"bisect", "log"}).out, HasSubstr("git bisect skip"));
}

}  // namespace
}  // namespace lockstep
