#include "emulator/devices/virtio/virtio_mmio.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

TEST(EmptyVirtioMmioTest, ShowsMagicVersionAndNoDevice) {
  EmptyVirtioMmio device;
  EXPECT_EQ(ReadOrRefused(device, 0, 4), 0x74726976u);
  EXPECT_EQ(ReadOrRefused(device, 4, 4), 1u);
  EXPECT_EQ(ReadOrRefused(device, 8, 4), 0u);
  EXPECT_EQ(ReadOrRefused(device, 0xc, 4), 0x554d4551u);
  EXPECT_EQ(ReadOrRefused(device, 0x100, 4), 0u);
}

TEST(EmptyVirtioMmioTest, TakesAllSizes) {
  EmptyVirtioMmio device;
  EXPECT_EQ(ReadOrRefused(device, 0, 1), 0x76u);
  EXPECT_EQ(ReadOrRefused(device, 1, 1), 0u) << "registers exist at their own offset only";
  EXPECT_EQ(ReadOrRefused(device, 0, 2), 0x6976u);
  EXPECT_EQ(ReadOrRefused(device, 0, 8), 0x174726976u);
  EXPECT_EQ(ReadOrRefused(device, 8, 8), 0x554d455100000000u);
}

TEST(EmptyVirtioMmioTest, IgnoresStores) {
  EmptyVirtioMmio device;
  EXPECT_TRUE(device.Write(0x70, 4, 1));
  EXPECT_EQ(ReadOrRefused(device, 0x70, 4), 0u);
}

}  // namespace
}  // namespace lockstep::devices
