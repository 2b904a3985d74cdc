#include "coordinator/ingest/file_identity.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Write(const std::string& name, const std::string& text) {
  const char* directory = getenv("TEST_TMPDIR");
  const std::string path =
      absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", name);
  std::ofstream(path) << text;
  return path;
}

TEST(FileIdentity, Sha256) {
  // FIPS 180-2, appendix B.1.
  auto identity = IdentifyFile(Write("abc", "abc"));
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(absl::BytesToHexString(identity->sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FileIdentity, LargeFilesAreReadInPieces) {
  // A million 'a', appendix B.3.
  auto identity = IdentifyFile(Write("million", std::string(1'000'000, 'a')));
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(absl::BytesToHexString(identity->sha256),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(FileIdentity, NamesTheFileThatCannotBeRead) {
  EXPECT_EQ(IdentifyFile("/no/such/file").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(IdentifyFile("/").ok());
}

TEST(FileIdentity, FilesOfACommand) {
  const std::string kernel = Write("kernel", "k"), disk = Write("disk", "d");
  EXPECT_THAT(FilesNamedIn({kernel, "-kernel", kernel, "-m", "128", "-kernel", kernel, "-drive",
                            absl::StrCat("file=", disk, ",if=none"), absl::StrCat("--log=", disk),
                            "/", "/no/such/file", ""}),
              ElementsAre(kernel, disk));
  EXPECT_THAT(FilesNamedIn({}), IsEmpty());
}

TEST(FileIdentity, ManyFilesAreBounded) {
  std::vector<std::string> argv = {"emu"};
  for (size_t i = 0; i < kMaxGuestImages + 5; ++i) {
    argv.push_back(Write(absl::StrCat("image", i), "x"));
  }
  EXPECT_EQ(FilesNamedIn(argv).size(), kMaxGuestImages);
}

}  // namespace
}  // namespace lockstep::ingest
