#include "emulator/devices/fw_cfg/fw_cfg.h"

#include <gtest/gtest.h>

#include <cstring>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

// 4 KiB of guest memory at 0x1000.
struct FakeMemory : DmaMemory {
  bool DmaRead(uint64_t pa, std::span<uint8_t> out) override {
    if (pa < 0x1000 || pa + out.size() > 0x2000) return false;
    std::memcpy(out.data(), &bytes[pa - 0x1000], out.size());
    return true;
  }
  bool DmaWrite(uint64_t pa, std::span<const uint8_t> in) override {
    if (pa < 0x1000 || pa + in.size() > 0x2000) return false;
    std::memcpy(&bytes[pa - 0x1000], in.data(), in.size());
    return true;
  }
  bool DmaCovers(uint64_t pa, uint64_t size_bytes) override {
    return pa >= 0x1000 && pa + size_bytes <= 0x2000;
  }
  std::vector<uint8_t> bytes = std::vector<uint8_t>(0x1000, 0xcc);
};

struct FwCfgTest : ::testing::Test {
  FwCfgTest() : device(&memory, 1) { device.AddFile("etc/number", {0x11, 0x22, 0x33}); }
  void Select(uint16_t key) {
    device.Write(8, 2, static_cast<uint64_t>((key & 0xff) << 8 | key >> 8));
  }
  uint64_t Byte() { return ReadOrRefused(device, 0, 1); }
  // Runs a transfer whose descriptor lies at 0x1000; returns the control word afterwards.
  uint32_t Dma(uint32_t control, uint32_t length, uint64_t address) {
    uint64_t fields[] = {uint64_t{control} << 32 | length, address};
    for (int word = 0; word < 2; ++word) {
      for (int i = 0; i < 8; ++i) {
        memory.bytes[static_cast<size_t>(word * 8 + i)] =
            static_cast<uint8_t>(fields[word] >> (56 - 8 * i));
      }
    }
    device.Write(0x10, 4, 0);
    device.Write(0x14, 4, 0x00100000);  // 0x1000, big-endian
    return static_cast<uint32_t>(memory.bytes[0] << 24 | memory.bytes[1] << 16 |
                                 memory.bytes[2] << 8 | memory.bytes[3]);
  }

  FakeMemory memory;
  FwCfg device;
};

TEST_F(FwCfgTest, SignatureIsAStreamOfBytes) {
  Select(0);
  EXPECT_EQ(Byte(), static_cast<uint64_t>('Q'));
  EXPECT_EQ(ReadOrRefused(device, 0, 2), 0x4d45u);
  EXPECT_EQ(ReadOrRefused(device, 0, 4), static_cast<uint64_t>('U')) << "zeros after the end";
  Select(0);
  EXPECT_EQ(ReadOrRefused(device, 0, 8), 0x554d4551u);
}

TEST_F(FwCfgTest, IdSaysTraditionalAndDma) {
  Select(1);
  EXPECT_EQ(ReadOrRefused(device, 0, 4), 3u);
}

TEST_F(FwCfgTest, UnknownItemsReadAsZero) {
  Select(0x3f);
  EXPECT_EQ(Byte(), 0u);
  Select(0x8000);
  EXPECT_EQ(Byte(), 0u);
}

TEST_F(FwCfgTest, DirectoryNamesTheFiles) {
  Select(0x19);
  std::vector<uint64_t> bytes;
  for (int i = 0; i < 22; ++i) bytes.push_back(Byte());
  EXPECT_EQ(bytes, (std::vector<uint64_t>{0, 0,   0,   1,   0,   0,   0,   3,   0,   0x20, 0,
                                          0, 'e', 't', 'c', '/', 'n', 'u', 'm', 'b', 'e',  'r'}));
  Select(0x20);
  EXPECT_EQ(ReadOrRefused(device, 0, 4), 0x332211u);
}

TEST_F(FwCfgTest, WindowsAndSizes) {
  EXPECT_EQ(ReadOrRefused(device, 8, 2), kRefused) << "the selector is write-only";
  EXPECT_FALSE(device.Write(8, 4, 0));
  EXPECT_EQ(ReadOrRefused(device, 4, 4), kRefused);
  EXPECT_FALSE(device.Write(4, 4, 0));
  EXPECT_TRUE(device.Write(0, 1, 0)) << "ignored";
  EXPECT_FALSE(device.Write(0x10, 2, 0));
  EXPECT_FALSE(device.Write(0x14, 2, 0));
}

TEST_F(FwCfgTest, DmaRegisterShowsItsSignature) {
  EXPECT_EQ(ReadOrRefused(device, 0x10, 8), 0x47464320554d4551u);
  EXPECT_EQ(ReadOrRefused(device, 0x10, 4), 0x554d4551u);
  EXPECT_EQ(ReadOrRefused(device, 0x16, 2), 0x4746u);
  EXPECT_EQ(ReadOrRefused(device, 0x14, 1), 0x20u);
}

TEST_F(FwCfgTest, DmaSelectsSkipsAndReads) {
  EXPECT_EQ(Dma(0x0020000a, 1, 0x1100), 0u);
  EXPECT_EQ(memory.bytes[0x100], 0x11);
  EXPECT_EQ(memory.bytes[0x101], 0xcc);
  EXPECT_EQ(Dma(0x4, 1, 0), 0u);
  EXPECT_EQ(Dma(0x2, 3, 0x1100), 0u);
  EXPECT_EQ(memory.bytes[0x100], 0x33);
  EXPECT_EQ(memory.bytes[0x101], 0) << "past the end";
  EXPECT_EQ(memory.bytes[0x103], 0xcc);
}

TEST_F(FwCfgTest, DmaErrors) {
  EXPECT_EQ(Dma(0x0020000a, 3, 0x9000), 1u) << "target outside RAM";
  EXPECT_EQ(Dma(0x00200018, 3, 0x1100), 1u) << "items are read-only";
  EXPECT_EQ(Dma(0x0020000a, 0xffffffff, 0x1100), 1u) << "runs out of RAM";
  // A descriptor outside RAM harms nothing.
  device.Write(0x10, 8, 0x0000000000000090);
  EXPECT_EQ(Dma(0x0020000a, 1, 0x1100), 0u);
}

}  // namespace
}  // namespace lockstep::devices
