#include "emulator/backend/disk_image.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace lockstep::backend {
namespace {

using devices::BlockBackend;
using Bytes = std::vector<uint8_t>;

struct DiskImageTest : ::testing::Test {
  DiskImageTest() {
    std::string directory = ::testing::TempDir() + "/disk-XXXXXX";
    path = std::string(mkdtemp(directory.data())) + "/image";
  }
  void Make(size_t n_bytes) {
    contents.resize(n_bytes);
    for (size_t i = 0; i < n_bytes; ++i) contents[i] = static_cast<uint8_t>(i * 7 + i / 512);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(contents.data()),
               static_cast<std::streamsize>(n_bytes));
  }
  Bytes OnHost() {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }
  std::unique_ptr<BlockBackend> Open(DiskSpec spec = {}) {
    spec.path = path;
    auto disk = OpenDisk(spec);
    EXPECT_TRUE(disk.ok()) << disk.status();
    return *std::move(disk);
  }
  static Bytes Read(BlockBackend& disk, uint64_t offset, size_t n_bytes) {
    Bytes bytes(n_bytes, 0xcc);
    EXPECT_TRUE(disk.Read(offset, bytes));
    return bytes;
  }

  std::string path;
  Bytes contents;
};

TEST_F(DiskImageTest, RawIsTheFile) {
  Make(8192);
  auto disk = Open();
  EXPECT_EQ(disk->size_bytes(), 8192u);
  EXPECT_FALSE(disk->is_read_only());
  EXPECT_EQ(Read(*disk, 0, 8192), contents);
  EXPECT_TRUE(disk->Write(512, Bytes(512, 0xaa)));
  EXPECT_TRUE(disk->Flush());
  EXPECT_EQ(OnHost()[512], 0xaa);
  EXPECT_TRUE(disk->WriteZeroes(1024, 512));
  EXPECT_EQ(OnHost()[1024], 0);
  EXPECT_TRUE(disk->Discard(2048, 512));
  EXPECT_EQ(OnHost()[2049], contents[2049]) << "discard does nothing unless asked for";
  disk.reset();
  EXPECT_TRUE(Open({.discard = true})->Discard(2048, 512));
  EXPECT_EQ(OnHost()[2049], 0);
}

TEST_F(DiskImageTest, SizeIsRoundedUp) {
  Make(1000);
  auto disk = Open();
  EXPECT_EQ(disk->size_bytes(), 1024u);
  Bytes tail = Read(*disk, 512, 512);
  EXPECT_EQ(tail[487], contents[999]);
  EXPECT_EQ(tail[488], 0);
  EXPECT_EQ(tail[511], 0);
}

TEST_F(DiskImageTest, SnapshotLeavesTheImageAlone) {
  Make(64 << 10);
  auto disk = Open({.snapshot = true, .discard = true});
  Bytes model = contents;
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const uint64_t offset = random() % 128 * 512;
    const uint64_t n_bytes = std::min<uint64_t>((random() % 20 + 1) * 512, model.size() - offset);
    const auto at = model.begin() + static_cast<std::ptrdiff_t>(offset);
    switch (random() % 4) {
      case 0: {
        const Bytes bytes(n_bytes, static_cast<uint8_t>(random()));
        ASSERT_TRUE(disk->Write(offset, bytes));
        std::copy(bytes.begin(), bytes.end(), at);
        break;
      }
      case 1:
        ASSERT_TRUE(disk->WriteZeroes(offset, n_bytes));
        std::fill_n(at, n_bytes, uint8_t{0});
        break;
      case 2:
        ASSERT_TRUE(disk->Discard(offset, n_bytes));
        std::fill_n(at, n_bytes, uint8_t{0});
        break;
      default:
        ASSERT_EQ(Read(*disk, offset, n_bytes),
                  Bytes(at, at + static_cast<std::ptrdiff_t>(n_bytes)));
    }
  }
  EXPECT_EQ(Read(*disk, 0, model.size()), model);
  EXPECT_EQ(OnHost(), contents);
}

TEST_F(DiskImageTest, OneWriterOrManyReaders) {
  Make(4096);
  {
    auto one = Open({.read_only = true});
    auto two = Open({.snapshot = true});
    EXPECT_TRUE(one->is_read_only());
    EXPECT_EQ(OpenDisk({.path = path}).status().message(),
              path + ": is in use by another process; add snapshot=on to leave it as it is");
  }
  auto writer = Open();
  EXPECT_EQ(OpenDisk({.path = path, .snapshot = true}).status().message(),
            path + ": is being written by another process; give each its own copy");
}

TEST_F(DiskImageTest, Errors) {
  EXPECT_EQ(OpenDisk({.path = path}).status().message(),
            path + ": cannot open the image (No such file or directory)");
  EXPECT_EQ(OpenDisk({.path = "/", .read_only = true}).status().message(),
            "/: is neither a file nor a block device");
  EXPECT_EQ(OpenDisk({.path = "/dev/null"}).status().message(),
            "/dev/null: is neither a file nor a block device");
}

}  // namespace
}  // namespace lockstep::backend
