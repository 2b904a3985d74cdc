#include "emulator/backend/network.h"

#include <gtest/gtest.h>

#include <memory>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::backend {
namespace {

using devices::GuestDriver;
using devices::VirtioNet;

struct FakeLink : NetLink {
  void Attach(const devices::Clock* attached) override { clock = attached; }
  void Send(std::span<const uint8_t>) override {}
  void AddPollFds(std::vector<pollfd>*, int* wait_ms) override { *wait_ms = 0; }
  void HandlePolled(std::span<const pollfd>) override {
    ++polls;
    Take(std::vector<uint8_t>(60, 1));
  }
  bool MayCome() const override { return may_come; }
  const devices::Clock* clock = nullptr;
  int polls = 0;
  bool may_come = false;
};

struct NetworksTest : ::testing::Test {
  NetworksTest()
      : NetworksTest(
            std::make_unique<VirtioNet>(devices::MacAddress{2}, [](std::span<const uint8_t>) {})) {}
  explicit NetworksTest(std::unique_ptr<VirtioNet> made)
      : card(made.get()), driver(std::move(made)) {
    networks.Add(card, &link);
    driver.Start(uint64_t{1} << 32, 3);
  }
  VirtioNet* card;
  GuestDriver driver;
  FakeLink link;
  Networks networks;
};

TEST_F(NetworksTest, FramesWaitForRoomInOrder) {
  EXPECT_FALSE(networks.HasInput());
  EXPECT_FALSE(networks.Deliver());
  networks.Poll(1000);
  networks.Poll(0);
  EXPECT_TRUE(networks.HasInput());
  EXPECT_FALSE(networks.Deliver()) << "no buffer";
  driver.Offer(0, {{GuestDriver::kData, 2000, true}});
  EXPECT_TRUE(networks.Deliver());
  EXPECT_TRUE(networks.HasInput()) << "the second one";
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 72u);
  EXPECT_FALSE(networks.Deliver());
}

TEST_F(NetworksTest, WaitingFramesAreBounded) {
  for (size_t i = 0; i < NetLink::kMaxWaiting + 10; ++i) networks.Poll(0);
  EXPECT_EQ(link.waiting().size(), NetLink::kMaxWaiting);
}

TEST_F(NetworksTest, MayComeIfALinkSaysSo) {
  EXPECT_FALSE(networks.MayCome());
  link.may_come = true;
  EXPECT_TRUE(networks.MayCome());
}

}  // namespace
}  // namespace lockstep::backend
