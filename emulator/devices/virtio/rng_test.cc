#include "emulator/devices/virtio/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

std::vector<uint8_t> Bytes(uint64_t seed, size_t n_bytes) {
  std::vector<uint8_t> bytes(n_bytes);
  SeededEntropy(seed).Fill(bytes);
  return bytes;
}

TEST(SeededEntropyTest, IsAFunctionOfTheSeed) {
  EXPECT_EQ(Bytes(1, 64), Bytes(1, 64));
  EXPECT_NE(Bytes(1, 64), Bytes(2, 64));
  SeededEntropy parts(1);
  std::vector<uint8_t> bytes(64);
  parts.Fill(std::span(bytes).first(13));
  const SeededEntropy::State state = parts.state();
  parts.Fill(std::span(bytes).subspan(13));
  EXPECT_EQ(bytes, Bytes(1, 64));
  SeededEntropy other(7);
  other.set_state(state);
  other.Fill(std::span(bytes).subspan(13));
  EXPECT_EQ(bytes, Bytes(1, 64));
}

TEST(VirtioRngTest, FillsBuffers) {
  auto entropy = std::make_shared<SeededEntropy>(5);
  GuestDriver driver(
      std::make_unique<VirtioRng>([entropy](std::span<uint8_t> bytes) { entropy->Fill(bytes); }));
  EXPECT_EQ(driver.Get(8), 4u);
  EXPECT_EQ(driver.Get(0x10), 0x30000000u);
  driver.Start(uint64_t{1} << 32);
  driver.Offer(0, {{GuestDriver::kData, 10, true}, {GuestDriver::kData + 100, 20, true}});
  driver.Notify(0);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 30u);
  EXPECT_EQ(driver.TakeInterrupts(), 1);
  std::vector<uint8_t> expected = Bytes(5, 30);
  EXPECT_TRUE(
      std::ranges::equal(driver.ram.At(GuestDriver::kData, 10), std::span(expected).first(10)));
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(GuestDriver::kData + 100, 20),
                                 std::span(expected).subspan(10)));
  // A request without room is given back, a large one in part.
  driver.Offer(0, {{GuestDriver::kData, 10, false}});
  driver.Offer(0, {{GuestDriver::kData, 0x20000, true}});
  driver.Notify(0);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 0u);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, VirtioRng::kMaxRequestBytes);
}

}  // namespace
}  // namespace lockstep::devices
