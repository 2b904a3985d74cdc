#include "coordinator/cli/run_directory.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

using ::testing::HasSubstr;

std::string Fresh(const std::string& name) {
  const char* directory = getenv("TEST_TMPDIR");
  return absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", name);
}

TEST(RunDirectory, MakesParentsAndWrites) {
  const std::string path = Fresh("a") + "/b/c";
  absl::StatusOr<RunDirectory> directory = RunDirectory::Create(path);
  ASSERT_TRUE(directory.ok()) << directory.status();
  ASSERT_TRUE(directory->Write("report.txt", "one").ok());
  ASSERT_TRUE(directory->Write("report.txt", "two").ok());
  EXPECT_EQ(*ReadFile(path + "/report.txt", 100), "two");
  EXPECT_NE(access((path + "/report.txt.tmp").c_str(), F_OK), 0);
}

TEST(RunDirectory, OldReportIsRemovedOtherFilesStay) {
  const std::string path = Fresh("old");
  mkdir(path.c_str(), 0755);
  std::ofstream(path + "/report.json") << "{}";
  std::ofstream(path + "/notes") << "x";
  ASSERT_TRUE(RunDirectory::Create(path).ok());
  EXPECT_NE(access((path + "/report.json").c_str(), F_OK), 0);
  EXPECT_EQ(access((path + "/notes").c_str(), F_OK), 0);
}

TEST(RunDirectory, UnwritableIsAnErrorThatNamesIt) {
  const std::string file = Fresh("file");
  std::ofstream(file) << "x";
  absl::StatusOr<RunDirectory> directory = RunDirectory::Create(file + "/sub");
  EXPECT_THAT(std::string(directory.status().message()), HasSubstr(file + "/sub"));
  directory = RunDirectory::Create("/proc/self");
  EXPECT_THAT(std::string(directory.status().message()), HasSubstr("/proc/self/report.txt"));
}

TEST(MakePrivateDirectory, IsPrivate) {
  absl::StatusOr<std::string> path = MakePrivateDirectory();
  ASSERT_TRUE(path.ok()) << path.status();
  struct stat info;
  ASSERT_EQ(stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  rmdir(path->c_str());
}

TEST(ReadFile, MissingAndTooLarge) {
  EXPECT_THAT(std::string(ReadFile("/no/such/file", 1).status().message()),
              HasSubstr("'/no/such/file': No such file"));
  EXPECT_THAT(std::string(ReadFile("/dev/zero", 1000).status().message()), HasSubstr("larger"));
  EXPECT_THAT(std::string(ReadFile("/tmp", 1000).status().message()), HasSubstr("directory"));
}

}  // namespace
}  // namespace lockstep::cli
