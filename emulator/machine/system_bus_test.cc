#include "emulator/machine/system_bus.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace lockstep::machine {
namespace {

struct Access {
  uint64_t offset;
  unsigned size_bytes;
  uint64_t value;
  bool operator==(const Access&) const = default;
};

// Answers a load with its offset in each byte, and keeps the stores.
struct FakeDevice : devices::Device {
  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override {
    reads.push_back({offset, size_bytes, 0});
    *value = 0xffffffffffffffff;  // bits above the size must not come through
    for (unsigned i = 0; i < size_bytes; ++i) {
      *value &= ~(uint64_t{0xff} << (8 * i));
      *value |= (offset + i) << (8 * i);
    }
    return offset != refused;
  }
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override {
    writes.push_back({offset, size_bytes, value});
    return offset != refused;
  }
  void Reset() override {}
  std::vector<Access> reads, writes;
  uint64_t refused = UINT64_MAX;
};

struct SystemBusTest : ::testing::Test {
  SystemBusTest() {
    bus.AddMemory({0x8000, ram.size(), ram.data(), true});
    bus.AddMemory({0x1000, rom.size(), rom.data(), false});
    bus.AddDevice(0x4000, 0x20, &second);
    bus.AddDevice(0x3000, 0x24, &device);
    bus.set_after_access([this] { ++accesses; });
  }
  std::array<uint8_t, 0x1000> ram{};
  std::array<uint8_t, 0x1000> rom{};
  FakeDevice device, second;
  SystemBus bus;
  int accesses = 0;
  uint64_t value = 0;
};

TEST_F(SystemBusTest, FindsMemory) {
  EXPECT_EQ(bus.FindMemory(0x8000)->host, ram.data());
  EXPECT_EQ(bus.FindMemory(0x8fff)->base, 0x8000u);
  EXPECT_EQ(bus.FindMemory(0x9000), nullptr);
  EXPECT_EQ(bus.FindMemory(0x7fff), nullptr);
  EXPECT_FALSE(bus.FindMemory(0x1234)->writable);
  EXPECT_EQ(bus.FindMemory(0x3000), nullptr);
}

TEST_F(SystemBusTest, AccessesReachTheirDeviceByOffset) {
  EXPECT_TRUE(bus.Read(0x3004, 4, &value));
  EXPECT_EQ(value, 0x07060504u);
  EXPECT_TRUE(bus.Write(0x4010, 2, 0x123456));
  EXPECT_EQ(second.writes, (std::vector<Access>{{0x10, 2, 0x3456}}));
  EXPECT_EQ(accesses, 2);
}

TEST_F(SystemBusTest, HolesAndEdgesAreRefused) {
  EXPECT_FALSE(bus.Read(0x2fff, 1, &value));
  EXPECT_FALSE(bus.Read(0x3024, 1, &value));
  EXPECT_FALSE(bus.Read(0x3020, 8, &value)) << "reaches out of the window";
  EXPECT_TRUE(bus.Read(0x3020, 4, &value));
  EXPECT_FALSE(bus.Write(0x4020, 4, 0));
  EXPECT_FALSE(bus.Read(0x0, 1, &value));
  EXPECT_FALSE(bus.Read(UINT64_MAX, 1, &value));
}

TEST_F(SystemBusTest, DeviceMayRefuse) {
  device.refused = 4;
  EXPECT_FALSE(bus.Read(0x3004, 4, &value));
  EXPECT_FALSE(bus.Write(0x3004, 4, 1));
  EXPECT_EQ(accesses, 0);
}

TEST_F(SystemBusTest, MisalignedLoadIsTwoAlignedOnes) {
  EXPECT_TRUE(bus.Read(0x3003, 4, &value));
  EXPECT_EQ(value, 0x06050403u);
  EXPECT_EQ(device.reads, (std::vector<Access>{{0, 4, 0}, {4, 4, 0}}));
  EXPECT_FALSE(bus.Read(0x301d, 8, &value)) << "the second half is outside";
}

TEST_F(SystemBusTest, MisalignedStoreIsBytes) {
  EXPECT_TRUE(bus.Write(0x3001, 2, 0xbbaa));
  EXPECT_EQ(device.writes, (std::vector<Access>{{1, 1, 0xaa}, {2, 1, 0xbb}}));
}

TEST_F(SystemBusTest, DmaReachesRamOnly) {
  uint64_t written_pa = 0, written_bytes = 0;
  bus.set_on_dma_write([&](uint64_t pa, uint64_t size) {
    written_pa = pa;
    written_bytes = size;
  });
  const std::vector<uint8_t> data = {1, 2, 3};
  EXPECT_TRUE(bus.DmaWrite(0x8ffd, data));
  EXPECT_EQ(written_pa, 0x8ffdu);
  EXPECT_EQ(written_bytes, 3u);
  std::vector<uint8_t> back(3);
  EXPECT_TRUE(bus.DmaRead(0x8ffd, back));
  EXPECT_EQ(back, data);
  EXPECT_FALSE(bus.DmaWrite(0x8ffe, data)) << "runs out of RAM";
  EXPECT_FALSE(bus.DmaWrite(0x1000, data)) << "ROM";
  EXPECT_FALSE(bus.DmaRead(0x3000, back)) << "a device";
}

}  // namespace
}  // namespace lockstep::machine
