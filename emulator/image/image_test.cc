#include "emulator/image/image.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace lockstep::image {
namespace {

std::string TempFile(const std::string& name, const std::string& contents) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(std::fwrite(contents.data(), 1, contents.size(), file), contents.size());
  std::fclose(file);
  return path;
}

TEST(ReadFileTest, ReadsAll) {
  std::string path = TempFile("some", std::string(3 << 20, 'x'));
  absl::StatusOr<std::vector<uint8_t>> contents = ReadFile(path, 4 << 20);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->size(), size_t{3} << 20);
}

TEST(ReadFileTest, SaysWhyNot) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile("/does/not/exist", 100).status()));
  EXPECT_EQ(ReadFile("/", 100).status().message(), "is a directory; give a file");
  EXPECT_EQ(ReadFile(TempFile("empty", ""), 100).status().message(), "file is empty");
  EXPECT_NE(ReadFile(TempFile("large", std::string(200, 'x')), 100)
                .status()
                .message()
                .find("larger than the guest's RAM"),
            absl::string_view::npos);
}

TEST(MakeImageTest, RawGoesWhereItIsTold) {
  absl::StatusOr<Image> image = MakeImage({1, 2, 3}, Kind::kAny, 0x80200000, "-kernel k", 1 << 20);
  ASSERT_TRUE(image.ok());
  EXPECT_FALSE(image->is_elf);
  EXPECT_EQ(image->low(), 0x80200000u);
  EXPECT_EQ(image->high(), 0x80200003u);
  EXPECT_EQ(image->entry, 0x80200000u);
  EXPECT_EQ(image->pieces[0].origin, "-kernel k");
}

TEST(MakeImageTest, BrokenElfIsAnErrorUnlessRawIsForced) {
  std::vector<uint8_t> broken = {0x7f, 'E', 'L', 'F', 9};
  EXPECT_FALSE(MakeImage(broken, Kind::kAny, 0, "x", 1 << 20).ok());
  EXPECT_FALSE(MakeImage(broken, Kind::kElfRaw, 0, "x", 1 << 20).ok());
  EXPECT_TRUE(MakeImage(broken, Kind::kRaw, 0, "x", 1 << 20).ok());
}

TEST(MakeImageTest, BrokenGzipIsAnErrorForKernelsOnly) {
  std::vector<uint8_t> broken = {0x1f, 0x8b, 8, 0};
  EXPECT_FALSE(MakeImage(broken, Kind::kAny, 0, "x", 1 << 20).ok());
  EXPECT_TRUE(MakeImage(broken, Kind::kElfRaw, 0, "x", 1 << 20).ok());
}

}  // namespace
}  // namespace lockstep::image
