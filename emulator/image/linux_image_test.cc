#include "emulator/image/linux_image.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <string>
#include <vector>

namespace lockstep::image {
namespace {

std::vector<uint8_t> LinuxImage() {
  std::vector<uint8_t> bytes(128);
  bytes[8 + 2] = 0x20;   // text offset 2 MiB
  bytes[16 + 3] = 0x01;  // image size 16 MiB
  bytes[32] = 2;         // version 0.2
  std::memcpy(&bytes[48], "RISCV\0\0\0", 8);
  std::memcpy(&bytes[56], "RSC\x05", 4);
  return bytes;
}

std::vector<uint8_t> Gzip(const std::vector<uint8_t>& bytes) {
  std::vector<uint8_t> out(bytes.size() + 256);
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = const_cast<uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(LinuxImageTest, ReadsTheHeader) {
  std::vector<uint8_t> bytes = LinuxImage();
  ASSERT_TRUE(LooksLikeLinuxImage(bytes));
  absl::StatusOr<LinuxImageHeader> header = ParseLinuxImageHeader(bytes);
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->text_offset, 0x200000u);
  EXPECT_EQ(header->image_size_bytes, 0x1000000u);
}

TEST(LinuxImageTest, RefusesBigEndianAndUnknownVersions) {
  std::vector<uint8_t> bytes = LinuxImage();
  bytes[24] = 1;
  EXPECT_EQ(ParseLinuxImageHeader(bytes).status().message(), "Linux Image is big-endian");
  bytes = LinuxImage();
  bytes[34] = 1;
  EXPECT_EQ(ParseLinuxImageHeader(bytes).status().message(),
            "Linux Image header has unknown version 1.2");
}

TEST(LinuxImageTest, OtherFilesAreNotOne) {
  std::vector<uint8_t> bytes = LinuxImage();
  EXPECT_FALSE(LooksLikeLinuxImage(std::span(bytes).first(63)));
  bytes[56] = 'X';
  EXPECT_FALSE(LooksLikeLinuxImage(bytes));
  EXPECT_FALSE(ParseLinuxImageHeader(bytes).ok());
}

TEST(GunzipTest, Unpacks) {
  std::vector<uint8_t> bytes(300000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * i >> 7);
  std::vector<uint8_t> packed = Gzip(bytes);
  ASSERT_TRUE(LooksLikeGzip(packed));
  absl::StatusOr<std::vector<uint8_t>> out = Gunzip(packed, 1 << 20);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(*out, bytes);
}

TEST(GunzipTest, JoinsMembersAndAllowsPadding) {
  std::vector<uint8_t> packed = Gzip({1, 2, 3});
  std::vector<uint8_t> second = Gzip({4, 5});
  packed.insert(packed.end(), second.begin(), second.end());
  packed.resize(packed.size() + 16);
  absl::StatusOr<std::vector<uint8_t>> out = Gunzip(packed, 100);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(*out, (std::vector<uint8_t>{1, 2, 3, 4, 5}));
}

TEST(GunzipTest, LimitsWhatItUnpacksTo) {
  std::vector<uint8_t> packed = Gzip(std::vector<uint8_t>(10 << 20));
  EXPECT_EQ(Gunzip(packed, 1 << 20).status().message(),
            "gzip file unpacks to more than 1048576 bytes");
}

TEST(GunzipTest, EveryTruncationIsAnError) {
  std::vector<uint8_t> packed = Gzip(std::vector<uint8_t>(1000, 7));
  for (size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(Gunzip(std::span(packed).first(size), 1 << 20).ok()) << size;
  }
}

TEST(GunzipTest, DamageIsAnError) {
  std::vector<uint8_t> packed = Gzip(std::vector<uint8_t>(1000, 7));
  packed[packed.size() - 6] ^= 1;  // checksum
  EXPECT_NE(Gunzip(packed, 1 << 20).status().message().find("damaged gzip file"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace lockstep::image
