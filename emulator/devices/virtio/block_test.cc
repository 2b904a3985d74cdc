#include "emulator/devices/virtio/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kHeader = GuestDriver::kData, kBuffer = GuestDriver::kData + 0x1000,
                   kStatus = GuestDriver::kData + 0x800;
constexpr uint8_t kOk = 0, kIoError = 1, kUnsupported = 2, kUntouched = 0xee;

struct MemoryDisk : BlockBackend {
  uint64_t size_bytes() const override { return bytes.size(); }
  bool is_read_only() const override { return read_only; }
  bool Read(uint64_t offset, std::span<uint8_t> out) override {
    std::ranges::copy(std::span(bytes).subspan(offset, out.size()), out.begin());
    return !fails;
  }
  bool Write(uint64_t offset, std::span<const uint8_t> in) override {
    std::ranges::copy(in, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    return !fails;
  }
  bool Flush() override {
    ++flushes;
    return !fails;
  }
  bool Discard(uint64_t, uint64_t n_bytes) override {
    discarded += n_bytes;
    return !fails;
  }
  bool WriteZeroes(uint64_t offset, uint64_t n_bytes) override {
    std::ranges::fill(std::span(bytes).subspan(offset, n_bytes), uint8_t{0});
    return !fails;
  }

  std::vector<uint8_t> bytes = std::vector<uint8_t>(64 << 10);
  bool read_only = false;
  bool fails = false;
  int flushes = 0;
  uint64_t discarded = 0;
};

struct BlockTest : ::testing::Test {
  BlockTest() : BlockTest(std::make_unique<MemoryDisk>()) {}
  explicit BlockTest(std::unique_ptr<MemoryDisk> made)
      : disk(made.get()),
        driver(std::make_unique<VirtioBlock>(std::move(made), "serial-number-of-the-disk")) {
    for (size_t i = 0; i < disk->bytes.size(); ++i) {
      disk->bytes[i] = static_cast<uint8_t>(i / 512 + i);
    }
    driver.Start(uint64_t{1} << 32);
  }
  // Status of a request; the data buffers lie between header and status byte.
  uint8_t Request(uint32_t type, uint64_t sector, std::vector<TestBuffer> data) {
    driver.ram.Store<uint32_t>(kHeader, type);
    driver.ram.Store<uint32_t>(kHeader + 4, 0);
    driver.ram.Store<uint64_t>(kHeader + 8, sector);
    driver.ram.Store<uint8_t>(kStatus, kUntouched);
    data.insert(data.begin(), {kHeader, 16, false});
    data.push_back({kStatus, 1, true});
    uint32_t writable = 0;
    for (const TestBuffer& buffer : data) writable += buffer.is_writable ? buffer.n_bytes : 0;
    driver.Offer(0, data);
    driver.Notify(0);
    const auto used = driver.TakeUsed(0);
    EXPECT_TRUE(used.has_value());
    if (used.has_value()) {
      EXPECT_EQ(used->n_bytes, writable);
    }
    return driver.ram.Load<uint8_t>(kStatus);
  }
  uint8_t Erase(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags) {
    driver.ram.Store<uint64_t>(kBuffer, sector);
    driver.ram.Store<uint32_t>(kBuffer + 8, sectors);
    driver.ram.Store<uint32_t>(kBuffer + 12, flags);
    return Request(type, 0, {{kBuffer, 16, false}});
  }
  bool IsBroken() { return (driver.Get(0x70) & 0x40) != 0; }

  MemoryDisk* disk;
  GuestDriver driver;
};

TEST_F(BlockTest, ConfigurationOfTheReference) {
  EXPECT_EQ(driver.Get(8), 2u);
  driver.Set(0x14, 0);
  EXPECT_EQ(driver.Get(0x10), 0x30006e54u);
  EXPECT_EQ(driver.Get(0x100), 128u);
  EXPECT_EQ(driver.Get(0x10c), 254u);
  EXPECT_EQ(driver.Get(0x110), 0x3f100002u);
  EXPECT_EQ(driver.Get(0x114), 512u);
  EXPECT_EQ(driver.Get(0x120), 0x00010001u & ~1u) << "no FLUSH accepted: no write cache";
  EXPECT_EQ(driver.Get(0x124), 0x3fffffu);
  EXPECT_EQ(driver.Get(0x134), 1u);
  EXPECT_EQ(driver.Get(0x138), 0xffffffffu);
}

TEST_F(BlockTest, ReadsAndWrites) {
  EXPECT_EQ(Request(0, 3, {{kBuffer, 100, true}, {kBuffer + 0x800, 924, true}}), kOk);
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(kBuffer, 100),
                                 std::span(disk->bytes).subspan(3 * 512, 100)));
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(kBuffer + 0x800, 924),
                                 std::span(disk->bytes).subspan(3 * 512 + 100, 924)));
  std::ranges::fill(driver.ram.At(kBuffer, 512), uint8_t{0xab});
  EXPECT_EQ(Request(1, 127, {{kBuffer, 512, false}}), kOk);
  EXPECT_EQ(disk->bytes[127 * 512], 0xab);
  EXPECT_EQ(disk->bytes.back(), 0xab);
  EXPECT_EQ(driver.TakeInterrupts(), 2);
}

TEST_F(BlockTest, LargeTransfersGoInPieces) {
  disk->bytes.resize(1 << 20);
  for (size_t i = 0; i < disk->bytes.size(); ++i) disk->bytes[i] = static_cast<uint8_t>(i >> 9);
  EXPECT_EQ(Request(0, 1, {{kBuffer, 600 << 10, true}}), kOk);
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(kBuffer, 600 << 10),
                                 std::span(disk->bytes).subspan(512, 600 << 10)));
}

TEST_F(BlockTest, StatusOfBadRequests) {
  EXPECT_EQ(Request(0, 128, {{kBuffer, 512, true}}), kIoError);
  EXPECT_EQ(Request(0, 127, {{kBuffer, 1024, true}}), kIoError);
  EXPECT_EQ(Request(0, ~uint64_t{0}, {{kBuffer, 512, true}}), kIoError);
  EXPECT_EQ(Request(0, 0, {{kBuffer, 511, true}}), kIoError);
  EXPECT_EQ(Request(2, 0, {}), kUnsupported);
  EXPECT_EQ(Request(99, 0, {{kBuffer, 512, true}}), kUnsupported);
  EXPECT_EQ(Request(0, 128, {}), kOk) << "nothing, at the end";
  disk->fails = true;
  EXPECT_EQ(Request(0, 0, {{kBuffer, 512, true}}), kIoError);
  EXPECT_EQ(Request(1, 0, {{kBuffer, 512, false}}), kIoError);
  EXPECT_EQ(Request(4, 0, {}), kIoError);
  EXPECT_FALSE(IsBroken());
}

TEST_F(BlockTest, ReadOnlyDisk) {
  disk->read_only = true;
  EXPECT_EQ(driver.Get(0x10), 0x30006e74u);
  EXPECT_EQ(Request(0, 0, {{kBuffer, 512, true}}), kOk);
  const uint8_t before = disk->bytes[0];
  EXPECT_EQ(Request(1, 0, {{kBuffer, 512, false}}), kIoError);
  EXPECT_EQ(Erase(13, 0, 1, 0), kIoError);
  EXPECT_EQ(Erase(11, 0, 1, 0), kIoError);
  EXPECT_EQ(disk->bytes[0], before);
}

TEST_F(BlockTest, FlushAndWriteCache) {
  EXPECT_EQ(Request(4, 0, {}), kOk);
  EXPECT_EQ(disk->flushes, 1);
  // Neither FLUSH nor CONFIG_WCE accepted: each write is flushed.
  EXPECT_EQ(Request(1, 0, {{kBuffer, 512, false}}), kOk);
  EXPECT_EQ(disk->flushes, 2);
  driver.Start(uint64_t{1} << 32 | 1u << 9);
  EXPECT_EQ(Request(1, 0, {{kBuffer, 512, false}}), kOk);
  EXPECT_EQ(disk->flushes, 2);
  driver.Start(uint64_t{1} << 32 | 1u << 9 | 1u << 11);
  EXPECT_TRUE(driver.slot.Write(0x120, 1, 0));
  EXPECT_EQ(driver.Get(0x120) & 0xff, 0u);
  EXPECT_EQ(Request(1, 0, {{kBuffer, 512, false}}), kOk);
  EXPECT_EQ(disk->flushes, 3);
}

TEST_F(BlockTest, DiscardAndWriteZeroes) {
  EXPECT_EQ(Erase(13, 4, 2, 0), kOk);
  EXPECT_EQ(disk->bytes[4 * 512 + 100], 0);
  EXPECT_NE(disk->bytes[6 * 512 + 100], 0);
  EXPECT_EQ(Erase(13, 4, 2, 1), kOk);
  EXPECT_EQ(Erase(13, 4, 2, 2), kUnsupported);
  EXPECT_EQ(Erase(13, 127, 2, 0), kIoError);
  EXPECT_EQ(Erase(13, 0, 0xffffffff, 0), kIoError);
  EXPECT_EQ(Erase(11, 8, 3, 0), kOk);
  EXPECT_EQ(disk->discarded, 3 * 512u);
  EXPECT_EQ(Erase(11, 8, 3, 1), kUnsupported);
  EXPECT_EQ(Request(11, 0, {{kBuffer, 32, false}}), kUnsupported) << "one segment is offered";
  EXPECT_EQ(Erase(12, 0, 1, 0), kUnsupported);
  EXPECT_EQ(Erase(10, 0, 1, 0), kUnsupported) << "without the direction bit";
}

TEST_F(BlockTest, SerialNumber) {
  EXPECT_EQ(Request(8, 0, {{kBuffer, 64, true}}), kOk);
  const auto id = driver.ram.At(kBuffer, 20);
  EXPECT_EQ(std::string(id.begin(), id.end()), "serial-number-of-the");
  EXPECT_EQ(Request(8, 0, {{kBuffer, 4, true}}), kOk);
}

TEST_F(BlockTest, MalformedRequestsBreakTheDevice) {
  const std::vector<std::vector<TestBuffer>> malformed = {
      {{kHeader, 16, false}},                      // no room for a status
      {{kStatus, 1, true}},                        // no header
      {{kHeader, 15, false}, {kStatus, 1, true}},  // a short one
  };
  for (const auto& buffers : malformed) {
    driver.Start(uint64_t{1} << 32);
    driver.Offer(0, buffers);
    driver.Notify(0);
    EXPECT_TRUE(IsBroken());
    EXPECT_FALSE(driver.TakeUsed(0).has_value());
  }
  driver.Start(uint64_t{1} << 32);
  driver.ram.Store<uint32_t>(kHeader, 13);
  driver.Offer(0, {{kHeader, 16, false}, {kBuffer, 8, false}, {kStatus, 1, true}});
  driver.Notify(0);
  EXPECT_TRUE(IsBroken()) << "a write-zeroes without its segment";
}

TEST_F(BlockTest, HeaderAndStatusMayShareBuffersWithData) {
  driver.ram.Store<uint32_t>(kBuffer, 1);
  driver.ram.Store<uint64_t>(kBuffer + 8, 5);
  std::ranges::fill(driver.ram.At(kBuffer + 16, 512), uint8_t{0x77});
  driver.Offer(0, {{kBuffer, 16 + 512, false}, {kStatus, 1, true}});
  driver.Notify(0);
  EXPECT_EQ(disk->bytes[5 * 512], 0x77);
  driver.ram.Store<uint32_t>(kBuffer, 0);
  driver.Offer(0, {{kBuffer, 16, false}, {kBuffer + 0x1000, 513, true}});
  driver.Notify(0);
  EXPECT_EQ(driver.ram.Load<uint8_t>(kBuffer + 0x1000 + 511), 0x77);
  EXPECT_EQ(driver.ram.Load<uint8_t>(kBuffer + 0x1000 + 512), kOk);
}

}  // namespace
}  // namespace lockstep::devices
