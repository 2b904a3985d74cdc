#include "emulator/devices/virtio/net.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr MacAddress kMac = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
constexpr uint64_t kVersion1 = uint64_t{1} << 32, kMergeable = 1u << 15, kCtrlVlan = 1u << 19;
constexpr uint64_t kData = GuestDriver::kData;

// A frame to `target` whose bytes count up.
Bytes Frame(const MacAddress& target, size_t n_bytes) {
  Bytes frame(n_bytes);
  std::iota(frame.begin(), frame.end(), uint8_t{0});
  std::ranges::copy(target, frame.begin());
  return frame;
}

struct NetTest : ::testing::Test {
  NetTest()
      : NetTest(std::make_unique<VirtioNet>(kMac, [this](std::span<const uint8_t> frame) {
          sent.emplace_back(frame.begin(), frame.end());
        })) {}
  explicit NetTest(std::unique_ptr<VirtioNet> made) : net(made.get()), driver(std::move(made)) {
    driver.Start(kVersion1 | kMergeable, 3);
  }
  // Status of a control command.
  uint8_t Command(uint8_t command_class, uint8_t command, const Bytes& data) {
    driver.ram.Store<uint8_t>(kData, command_class);
    driver.ram.Store<uint8_t>(kData + 1, command);
    std::ranges::copy(data, driver.ram.At(kData + 2, data.size()).begin());
    driver.ram.Store<uint8_t>(kData + 0x800, 0xee);
    driver.Offer(
        2, {{kData, static_cast<uint32_t>(2 + data.size()), false}, {kData + 0x800, 1, true}});
    driver.Notify(2);
    EXPECT_EQ(driver.TakeUsed(2)->n_bytes, 1u);
    return driver.ram.Load<uint8_t>(kData + 0x800);
  }
  // Whether a frame to this address passes the filter.
  bool Passes(const MacAddress& target, const Bytes& behind = {}) {
    Bytes frame = Frame(target, 60);
    std::ranges::copy(behind, frame.begin() + 12);
    driver.Offer(0, {{kData + 0x1000, 2048, true}});
    EXPECT_TRUE(net->Receive(frame));
    const bool passed = driver.TakeUsed(0).has_value();
    if (!passed) {
      net->Receive(Frame(kMac, 20));  // uses the buffer up
      driver.TakeUsed(0);
    }
    return passed;
  }
  bool IsBroken() { return (driver.Get(0x70) & 0x40) != 0; }

  std::vector<Bytes> sent;
  VirtioNet* net;
  GuestDriver driver;
};

TEST_F(NetTest, LooksLikeTheReference) {
  EXPECT_EQ(driver.Get(8), 1u);
  EXPECT_EQ(driver.Get(0x10), 0x30bf8024u);
  EXPECT_EQ(driver.Get(0x100), 0x12005452u);
  EXPECT_EQ(driver.Get(0x104), 0x15634u);
  EXPECT_EQ(driver.Get(0x108), 0xffffffffu);
}

TEST_F(NetTest, SendsFramesWithoutTheirHeader) {
  const Bytes frame = Frame(kMac, 100);
  std::ranges::copy(frame, driver.ram.At(kData + 12, 100).begin());
  driver.Offer(1, {{kData, 12, false}, {kData + 12, 100, false}});
  driver.Offer(1, {{kData, 50, false}, {kData + 50, 62, false}});
  driver.Offer(1, {{kData, 12, false}});  // nothing behind the header
  driver.Notify(1);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], frame);
  EXPECT_EQ(sent[1], frame);
  EXPECT_EQ(driver.TakeUsed(1)->n_bytes, 0u);
}

TEST_F(NetTest, OversizedFramesAreNotSent) {
  driver.Offer(1, {{kData, 12 + VirtioNet::kMaxFrameBytes + 1, false}});
  driver.Notify(1);
  EXPECT_TRUE(sent.empty());
  EXPECT_TRUE(driver.TakeUsed(1).has_value());
}

TEST_F(NetTest, ReceivesIntoOneBuffer) {
  const Bytes frame = Frame(kMac, 60);
  EXPECT_FALSE(net->Receive(frame)) << "no buffer yet";
  driver.Offer(0, {{kData, 1526, true}});
  driver.Notify(0);
  driver.TakeInterrupts();
  EXPECT_TRUE(net->Receive(frame));
  EXPECT_EQ(driver.TakeInterrupts(), 1);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 72u);
  EXPECT_EQ(driver.ram.Load<uint64_t>(kData), 0u);
  EXPECT_EQ(driver.ram.Load<uint32_t>(kData + 8), 1u << 16) << "num_buffers";
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(kData + 12, 60), frame));
}

TEST_F(NetTest, ReceivesIntoSeveralBuffers) {
  const Bytes frame = Frame(kMac, 200);
  driver.Offer(0, {{kData, 50, true}, {kData + 50, 50, true}});
  EXPECT_FALSE(net->Receive(frame)) << "half of it fits";
  driver.Offer(0, {{kData + 100, 100, true}});
  EXPECT_FALSE(net->Receive(frame));
  EXPECT_FALSE(driver.TakeUsed(0).has_value());
  driver.Offer(0, {{kData + 200, 100, true}});
  EXPECT_TRUE(net->Receive(frame));
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 100u);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 100u);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 12u);
  EXPECT_EQ(driver.ram.Load<uint16_t>(kData + 10), 3u);
  EXPECT_TRUE(std::ranges::equal(driver.ram.At(kData + 12, 200), frame));
}

TEST_F(NetTest, WithoutMergingAFrameThatDoesNotFitIsLost) {
  driver.Start(kVersion1, 3);
  driver.Offer(0, {{kData, 100, true}});
  EXPECT_TRUE(net->Receive(Frame(kMac, 200)));
  EXPECT_FALSE(driver.TakeUsed(0).has_value());
  EXPECT_TRUE(net->Receive(Frame(kMac, 80)));
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 92u) << "the buffer is still there";
}

TEST_F(NetTest, HostileBuffersBreakTheDevice) {
  driver.Offer(0, {{kData, 11, true}});
  EXPECT_TRUE(net->Receive(Frame(kMac, 60)));
  EXPECT_TRUE(IsBroken());
  EXPECT_FALSE(net->Receive(Frame(kMac, 60)));
  driver.Start(kVersion1, 3);
  driver.Offer(1, {{kData, 11, true}});
  driver.Notify(1);
  EXPECT_TRUE(IsBroken()) << "nothing to send in it";
  driver.Start(kVersion1, 3);
  driver.Offer(2, {{kData, 1, false}, {kData, 1, true}});
  driver.Notify(2);
  EXPECT_TRUE(IsBroken()) << "a command of one byte";
}

TEST_F(NetTest, NothingIsReceivedBeforeDriverOk) {
  driver.Set(0x70, 0);
  EXPECT_TRUE(net->Receive(Frame(kMac, 60))) << "dropped";
  EXPECT_TRUE(net->Receive(Bytes(3))) << "too short to be a frame";
}

TEST_F(NetTest, ReceiveModes) {
  const MacAddress other = {2, 0, 0, 0, 0, 1}, group = {1, 0, 0x5e, 0, 0, 1},
                   all = {255, 255, 255, 255, 255, 255};
  EXPECT_TRUE(Passes(other)) << "promiscuous after reset";
  EXPECT_EQ(Command(0, 0, {0}), 0);
  EXPECT_FALSE(Passes(other));
  EXPECT_FALSE(Passes(group));
  EXPECT_TRUE(Passes(kMac));
  EXPECT_TRUE(Passes(all));
  EXPECT_EQ(Command(0, 1, {1}), 0);
  EXPECT_TRUE(Passes(group));
  EXPECT_EQ(Command(0, 3, {1}), 0);
  EXPECT_FALSE(Passes(group));
  EXPECT_EQ(Command(0, 2, {1}), 0);
  EXPECT_TRUE(Passes(other));
  EXPECT_EQ(Command(0, 4, {1}), 0);
  EXPECT_FALSE(Passes(kMac));
  EXPECT_EQ(Command(0, 5, {1}), 0);
  EXPECT_FALSE(Passes(all));
  EXPECT_EQ(Command(0, 6, {1}), 1);
  EXPECT_EQ(Command(0, 0, {}), 1);
}

TEST_F(NetTest, MacAddressAndTable) {
  EXPECT_EQ(Command(0, 0, {0}), 0);
  const MacAddress mine = {2, 1, 1, 1, 1, 1}, listed = {2, 0, 0, 0, 0, 1},
                   group = {1, 0, 0x5e, 0, 0, 1};
  EXPECT_EQ(Command(1, 1, Bytes(mine.begin(), mine.end())), 0);
  EXPECT_EQ(driver.Get(0x100), 0x01010102u);
  EXPECT_FALSE(Passes(kMac));
  EXPECT_TRUE(Passes(mine));
  EXPECT_EQ(Command(1, 1, {1, 2, 3}), 1);
  Bytes table = {1, 0, 0, 0};
  table.insert(table.end(), listed.begin(), listed.end());
  table.insert(table.end(), {1, 0, 0, 0});
  table.insert(table.end(), group.begin(), group.end());
  EXPECT_EQ(Command(1, 0, table), 0);
  EXPECT_TRUE(Passes(listed));
  EXPECT_TRUE(Passes(group));
  EXPECT_FALSE(Passes({2, 0, 0, 0, 0, 2}));
  // 65 addresses are more than are kept: all pass.
  Bytes large = {65, 0, 0, 0};
  large.resize(4 + 65 * 6);
  large.insert(large.end(), {0, 0, 0, 0});
  EXPECT_EQ(Command(1, 0, large), 0);
  EXPECT_TRUE(Passes({2, 0, 0, 0, 0, 2}));
  EXPECT_EQ(Command(1, 0, {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}), 1);
  EXPECT_EQ(Command(1, 0, {0, 0, 0, 0, 0, 0, 0, 0, 9}), 1);
  EXPECT_EQ(Command(1, 0, {0, 0}), 1);
  EXPECT_EQ(Command(1, 2, {}), 1);
}

TEST_F(NetTest, VlanFilter) {
  EXPECT_EQ(Command(0, 0, {0}), 0);
  EXPECT_TRUE(Passes(kMac, {0x81, 0, 0, 7})) << "no filter without the feature";
  driver.Start(kVersion1 | kMergeable | kCtrlVlan, 3);
  EXPECT_EQ(Command(0, 0, {0}), 0);
  EXPECT_FALSE(Passes(kMac, {0x81, 0, 0, 7}));
  EXPECT_EQ(Command(2, 0, {7, 0}), 0);
  EXPECT_TRUE(Passes(kMac, {0x81, 0, 0xe0, 7}));
  EXPECT_EQ(Command(2, 1, {7, 0}), 0);
  EXPECT_FALSE(Passes(kMac, {0x81, 0, 0, 7}));
  EXPECT_EQ(Command(2, 0, {0, 0x10}), 1);
  EXPECT_EQ(Command(2, 2, {7, 0}), 1);
  EXPECT_EQ(Command(2, 0, {7}), 1);
}

TEST_F(NetTest, OtherCommandsFail) {
  EXPECT_EQ(Command(3, 0, {}), 1);
  EXPECT_EQ(Command(4, 0, {1, 0}), 1);
  EXPECT_EQ(Command(5, 0, Bytes(8)), 1);
  EXPECT_EQ(Command(99, 0, {}), 1);
}

TEST_F(NetTest, ResetRestores) {
  EXPECT_EQ(Command(0, 0, {0}), 0);
  EXPECT_EQ(Command(1, 1, {2, 2, 2, 2, 2, 2}), 0);
  driver.Start(kVersion1, 3);
  EXPECT_EQ(driver.Get(0x100), 0x12005452u);
  EXPECT_TRUE(net->state().promiscuous);
}

TEST_F(NetTest, TheAddressIsWritableOnlyBeforeVersion1IsAccepted) {
  driver.Set(0x100, 0x04030202);
  EXPECT_EQ(driver.Get(0x100), 0x12005452u);
  driver.Set(0x70, 0);
  driver.Set(0x100, 0x04030202);
  EXPECT_EQ(driver.Get(0x100), 0x04030202u);
}

}  // namespace
}  // namespace lockstep::devices
