#include <gtest/gtest.h>

#include "emulator/machine/boot_image.h"

namespace lockstep::machine {
namespace {

TEST(ParseLoaderTest, File) {
  absl::StatusOr<LoaderSpec> spec =
      ParseLoader("loader,file=/a/b,addr=0x80200000,force-raw=on,cpu-num=0");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->file, "/a/b");
  EXPECT_EQ(spec->addr, 0x80200000u);
  EXPECT_TRUE(spec->force_raw);
  EXPECT_EQ(spec->cpu_num, 0u);
}

TEST(ParseLoaderTest, CommaInAFileNameIsDoubled) {
  absl::StatusOr<LoaderSpec> spec = ParseLoader("loader,file=a,,b,addr=16");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->file, "a,b");
  EXPECT_EQ(spec->addr, 16u);
}

TEST(ParseLoaderTest, StartAddress) {
  absl::StatusOr<LoaderSpec> spec = ParseLoader("loader,addr=0x8e100000,cpu-num=0");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_TRUE(spec->file.empty());
  EXPECT_EQ(spec->addr, 0x8e100000u);
}

TEST(ParseLoaderTest, Data) {
  absl::StatusOr<LoaderSpec> spec =
      ParseLoader("loader,addr=0x80000000,data=0x11223344,data-len=4");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->data, 0x11223344u);
  EXPECT_EQ(spec->data_bytes, 4u);
  spec = ParseLoader("loader,addr=0x80000000,data=0x11223344,data-len=4,data-be=on");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->data, 0x44332211u);
}

class BadLoaderTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadLoaderTest, IsRefusedInOneLineWithTheText) {
  absl::StatusOr<LoaderSpec> spec = ParseLoader(GetParam());
  ASSERT_FALSE(spec.ok());
  std::string message(spec.status().message());
  EXPECT_EQ(message.rfind(std::string("-device ") + GetParam() + ": ", 0), 0u) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    Texts, BadLoaderTest,
    ::testing::Values("virtio-blk-device", "loader", "loader,", "loader,addr",
                      "loader,file=", "loader,addr=0x80000000", "loader,addr=zero,cpu-num=0",
                      "loader,file=x,force-raw=maybe", "loader,file=x,force-raw=on",
                      "loader,file=x,colour=red", "loader,data=5,data-len=4",
                      "loader,addr=5,data=5", "loader,addr=5,data=5,data-len=9",
                      "loader,addr=5,data-len=4", "loader,addr=5,file=x,data=5,data-len=4",
                      "loader,addr=5,cpu-num=-1"));

}  // namespace
}  // namespace lockstep::machine
