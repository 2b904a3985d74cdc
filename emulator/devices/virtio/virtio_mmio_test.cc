#include "emulator/devices/virtio/virtio_mmio.h"

#include <gtest/gtest.h>

#include <memory>

#include "emulator/devices/fake_clock.h"
#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

TEST(EmptyVirtioMmioTest, ShowsMagicVersionAndNoDevice) {
  EmptyVirtioMmio device;
  EXPECT_EQ(ReadOrRefused(device, 0, 4), 0x74726976u);
  EXPECT_EQ(ReadOrRefused(device, 4, 4), 1u);
  EXPECT_EQ(ReadOrRefused(device, 8, 4), 0u);
  EXPECT_EQ(ReadOrRefused(device, 0xc, 4), 0x554d4551u);
  EXPECT_EQ(ReadOrRefused(device, 0x100, 4), 0u);
  EmptyVirtioMmio modern(2);
  EXPECT_EQ(ReadOrRefused(modern, 4, 4), 2u);
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

// Gives back every chain with as many bytes "written" as it is long; its configuration is four
// bytes.
class EchoDevice : public VirtioDevice {
 public:
  void Attach(Transport* transport) override { transport_ = transport; }
  uint32_t device_id() const override { return 42; }
  uint64_t features() const override { return 5; }
  std::vector<uint32_t> queue_entries() const override { return {64, 16}; }
  std::vector<uint8_t> Config() const override { return config_; }
  void SetConfig(std::span<const uint8_t> config) override {
    config_.assign(config.begin(), config.end());
  }
  void Notify(unsigned queue) override {
    Chain chain;
    while (transport_->Next(queue, &chain)) {
      // Writable buffers are overwritten with the available index of one chain more: a driver
      // that lets them overlap the ring makes the device feed itself.
      SegmentRun out(transport_->memory(), chain.writable);
      const uint16_t index = static_cast<uint16_t>(transport_->queue(queue).state().next_avail + 1);
      const uint8_t bytes[] = {static_cast<uint8_t>(index), static_cast<uint8_t>(index >> 8)};
      out.Write(bytes);
      transport_->queue(queue).Push(chain.head, static_cast<uint32_t>(chain.writable_bytes()));
      transport_->Interrupt(queue);
      ++chains;
    }
  }
  void Reset() override { ++resets; }

  Transport* transport_ = nullptr;
  std::vector<uint8_t> config_ = {1, 2, 3, 4};
  int resets = 0;
  int chains = 0;
};

struct VirtioMmioTest : ::testing::Test {
  VirtioMmioTest() : VirtioMmioTest(std::make_unique<EchoDevice>()) {}
  explicit VirtioMmioTest(std::unique_ptr<EchoDevice> made)
      : device(made.get()), driver(std::move(made)) {}
  uint64_t Read(uint64_t offset, unsigned size_bytes) {
    return ReadOrRefused(driver.slot, offset, size_bytes);
  }

  EchoDevice* device;
  GuestDriver driver;
};

constexpr uint64_t kVersion1 = uint64_t{1} << 32;

TEST_F(VirtioMmioTest, Identity) {
  EXPECT_EQ(Read(0, 4), 0x74726976u);
  EXPECT_EQ(Read(4, 4), 2u);
  EXPECT_EQ(Read(8, 4), 42u);
  EXPECT_EQ(Read(0, 8), 0x274726976u);
  EXPECT_EQ(Read(0, 1), 0u) << "registers are of 4 bytes";
  EXPECT_EQ(Read(0x10, 4), 0x30000005u);
  driver.Set(0x14, 7);
  EXPECT_EQ(Read(0x10, 4), 0x101u);
  EXPECT_EQ(Read(0xb0, 4), 0xffffffffu);
}

TEST_F(VirtioMmioTest, Queues) {
  driver.Set(0x30, 1);
  EXPECT_EQ(Read(0x34, 4), 1024u);
  driver.Set(0x30, 2);
  EXPECT_EQ(Read(0x34, 4), 0u);
  driver.Set(0x38, 8);
  driver.Set(0x44, 1);
  EXPECT_EQ(Read(0x44, 4), 0u);
  driver.Set(0x30, 0xffffffff);
  EXPECT_EQ(Read(0x34, 4), 0u) << "no such queue: the selection stays";
}

TEST_F(VirtioMmioTest, Config) {
  EXPECT_EQ(Read(0x100, 1), 1u);
  EXPECT_EQ(Read(0x102, 2), 0x0403u);
  EXPECT_EQ(Read(0x100, 4), 0x04030201u);
  EXPECT_EQ(Read(0x104, 4), 0xffffffffu);
  EXPECT_EQ(Read(0x100, 8), 0xffffffff04030201u);
  EXPECT_TRUE(driver.slot.Write(0x101, 1, 9));
  EXPECT_EQ(Read(0x100, 4), 0x04030901u);
  EXPECT_TRUE(driver.slot.Write(0x104, 4, 9));
  EXPECT_EQ(Read(0x1fc, 4), 0xffffffffu);
}

TEST_F(VirtioMmioTest, NegotiatesWhatIsOffered) {
  driver.Start(~uint64_t{0});
  EXPECT_EQ(driver.slot.accepted_features(), 5u | uint64_t{0x101} << 32 | 0x30000000u);
  // Once FEATURES_OK is set, it is over.
  driver.Set(0x24, 0);
  driver.Set(0x20, 0);
  driver.Set(0x70, 15);
  EXPECT_NE(driver.slot.accepted_features(), 0u);
}

TEST_F(VirtioMmioTest, AnswersARequestDuringTheNotification) {
  driver.Start(kVersion1);
  const uint16_t head =
      driver.Offer(0, {{GuestDriver::kData, 4, false}, {GuestDriver::kData + 16, 12, true}});
  EXPECT_FALSE(driver.TakeUsed(0).has_value());
  driver.Notify(0);
  const auto used = driver.TakeUsed(0);
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(used->head, head);
  EXPECT_EQ(used->n_bytes, 12u);
  EXPECT_EQ(driver.TakeInterrupts(), 1);
  EXPECT_EQ(Read(0x60, 4), 1u);
  driver.Set(0x64, 1);
  EXPECT_EQ(Read(0x60, 4), 0u);
}

TEST_F(VirtioMmioTest, HostileChainBreaksTheDeviceUntilReset) {
  driver.Start(kVersion1);
  driver.Offer(0, {{0x1000, 4, false}});
  driver.Notify(0);
  EXPECT_EQ(Read(0x70, 4), 0x4fu) << "DEVICE_NEEDS_RESET";
  EXPECT_EQ(Read(0x60, 4), 3u);
  EXPECT_EQ(Read(0xfc, 4), 1u);
  driver.Notify(0);
  driver.Offer(1 - 1, {{GuestDriver::kData, 4, false}});
  driver.Notify(0);
  EXPECT_FALSE(driver.TakeUsed(0).has_value()) << "nothing more is done";
  driver.Start(kVersion1);
  driver.Offer(0, {{GuestDriver::kData, 4, false}});
  driver.Notify(0);
  EXPECT_TRUE(driver.TakeUsed(0).has_value());
}

TEST_F(VirtioMmioTest, ResetAtAnyTime) {
  const int before = device->resets;
  for (uint32_t status : {0u, 1u, 3u, 11u, 15u, 0x4fu, 0x100u}) {
    driver.Start(kVersion1, 2);
    driver.Offer(0, {{GuestDriver::kData, 4, false}});
    driver.Set(0x70, status);
    driver.Set(0x70, 0);
    EXPECT_EQ(Read(0x70, 4), 0u);
    EXPECT_EQ(Read(0x60, 4), 0u);
    EXPECT_EQ(Read(0x44, 4), 0u);
    driver.Notify(0);
    EXPECT_FALSE(driver.TakeUsed(0).has_value());
  }
  EXPECT_GT(device->resets, before + 7);
}

TEST_F(VirtioMmioTest, OneQueueIsResetAlone) {
  driver.Start(kVersion1 | uint64_t{1} << 40, 2);
  driver.Set(0x30, 1);
  driver.Set(0xc0, 1);
  EXPECT_EQ(Read(0xc0, 4), 0u);
  EXPECT_EQ(Read(0x44, 4), 0u);
  driver.Set(0x30, 0);
  EXPECT_EQ(Read(0x44, 4), 1u);
}

TEST_F(VirtioMmioTest, ADeviceThatFeedsItselfComesToAnEnd) {
  driver.Start(kVersion1);
  // Every entry of the available ring names this chain, whose buffer is the available index.
  driver.Offer(0, {{driver.Avail(0) + 2, 2, true}});
  driver.Notify(0);
  EXPECT_EQ(device->chains, 1024);
}

TEST_F(VirtioMmioTest, StateCanBeTakenAndPutBack) {
  driver.Start(kVersion1 | uint64_t{1} << 29);
  driver.Offer(0, {{GuestDriver::kData, 4, false}});
  const VirtioMmio::State state = driver.slot.state();
  driver.Notify(0);
  EXPECT_TRUE(driver.TakeUsed(0).has_value());
  driver.slot.set_state(state);
  EXPECT_EQ(Read(0x60, 4), 0u);
  driver.Notify(0);
  EXPECT_EQ(Read(0x60, 4), 1u) << "the same request again";
}

}  // namespace
}  // namespace lockstep::devices
