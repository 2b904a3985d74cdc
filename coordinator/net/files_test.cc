#include "coordinator/net/files.h"

#include <sys/stat.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::net {
namespace {

using ::testing::HasSubstr;

std::string Write(const std::string& name, const std::string& content, mode_t mode) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}

TEST(Files, ReadsUpToTheLimit) {
  const std::string path = Write("limit", "12345", 0644);
  EXPECT_EQ(*ReadSmallFile(path, 5), "12345");
  EXPECT_EQ(ReadSmallFile(path, 4).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Files, NamesWhatItCannotRead) {
  const absl::Status missing = ReadSmallFile("/no/such/file", 5).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("cannot read '/no/such/file'"));
  EXPECT_THAT(std::string(ReadSmallFile(::testing::TempDir(), 5).status().message()),
              HasSubstr("directory"));
}

TEST(Files, SecretsAreTheOwnersOnly) {
  EXPECT_EQ(*ReadSecretFile(Write("private", "x", 0600), 5), "x");
  EXPECT_EQ(*ReadSecretFile(Write("readonly", "x", 0400), 5), "x");
  for (mode_t mode : {0640, 0604, 0620, 0666}) {
    const absl::Status open = ReadSecretFile(Write("open", "x", mode), 5).status();
    EXPECT_EQ(open.code(), absl::StatusCode::kPermissionDenied) << mode;
    EXPECT_THAT(std::string(open.message()), HasSubstr("chmod 600"));
  }
}

}  // namespace
}  // namespace lockstep::net
