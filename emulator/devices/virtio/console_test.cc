#include "emulator/devices/virtio/console.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kVersion1 = uint64_t{1} << 32, kMultiport = 2;
constexpr uint64_t kData = GuestDriver::kData;

struct ConsoleTest : ::testing::Test {
  ConsoleTest() : ConsoleTest(std::make_unique<VirtioConsole>(4, Ports())) {}
  explicit ConsoleTest(std::unique_ptr<VirtioConsole> made)
      : console(made.get()), driver(std::move(made)) {
    driver.Start(kVersion1 | kMultiport, 10);
  }
  std::map<unsigned, VirtioConsole::Port> Ports() {
    std::map<unsigned, VirtioConsole::Port> ports;
    ports[0] = {"", true, [this](auto bytes) { out[0].append(bytes.begin(), bytes.end()); }};
    ports[2] = {"org.test", false,
                [this](auto bytes) { out[1].append(bytes.begin(), bytes.end()); }};
    return ports;
  }
  void Send(unsigned queue, const std::string& text) {
    std::ranges::copy(text, driver.ram.At(kData, text.size()).begin());
    driver.Offer(queue, {{kData, static_cast<uint32_t>(text.size()), false}});
    driver.Notify(queue);
    EXPECT_EQ(driver.TakeUsed(queue)->n_bytes, 0u);
  }
  void Control(uint32_t port, uint16_t event, uint16_t value) {
    std::string message(8, '\0');
    message[0] = static_cast<char>(port);
    message[4] = static_cast<char>(event);
    message[6] = static_cast<char>(value);
    Send(3, message);
  }
  // Buffers for so many control messages.
  void OfferControl(int n_buffers) {
    for (int i = 0; i < n_buffers; ++i) {
      const uint64_t place = kData + 0x1000 + 64 * static_cast<uint64_t>(next_control_++ % 8);
      driver.Offer(2, {{place, 64, true}});
    }
  }
  // The next control message: "port event value text".
  std::string TakeControl() {
    const auto used = driver.TakeUsed(2);
    if (!used.has_value()) return "";
    const uint64_t place = kData + 0x1000 + 64 * static_cast<uint64_t>(taken_control_++ % 8);
    const auto text = driver.ram.At(place + 8, used->n_bytes - 8);
    return std::to_string(driver.ram.Load<uint32_t>(place)) + " " +
           std::to_string(driver.ram.Load<uint16_t>(place + 4)) + " " +
           std::to_string(driver.ram.Load<uint16_t>(place + 6)) + " " +
           std::string(text.begin(), text.end());
  }

  std::string out[2];
  VirtioConsole* console;
  GuestDriver driver;
  int next_control_ = 0, taken_control_ = 0;
};

TEST_F(ConsoleTest, LooksLikeTheReference) {
  EXPECT_EQ(driver.Get(8), 3u);
  EXPECT_EQ(driver.Get(0x10), 0x30000006u);
  EXPECT_EQ(driver.Get(0x104), 4u);
  driver.Set(0x30, 9);
  EXPECT_EQ(driver.Get(0x34), 1024u);
  driver.Set(0x30, 10);
  EXPECT_EQ(driver.Get(0x34), 0u);
  GuestDriver single(std::make_unique<VirtioConsole>(1, std::map<unsigned, VirtioConsole::Port>()));
  EXPECT_EQ(single.Get(0x10), 0x30000004u);
}

TEST_F(ConsoleTest, Announces) {
  OfferControl(6);
  Control(0, 0, 1);
  EXPECT_EQ(TakeControl(), "0 1 1 ");
  EXPECT_EQ(TakeControl(), "2 1 1 ");
  Control(0, 3, 1);
  EXPECT_EQ(TakeControl(), "0 4 1 ") << "a console";
  EXPECT_EQ(TakeControl(), "0 6 1 ");
  Control(2, 3, 1);
  EXPECT_EQ(TakeControl(), std::string("2 7 1 org.test\0", 15));
  EXPECT_EQ(TakeControl(), "2 6 1 ");
  Control(2, 3, 1);  // no buffer is left: lost
  EXPECT_EQ(TakeControl(), "");
  EXPECT_EQ(driver.Get(0x70), 15u);
}

TEST_F(ConsoleTest, OutputGoesToItsPort) {
  Send(1, "hello");
  Send(7, "port two");
  Send(5, "nobody");
  EXPECT_EQ(out[0], "hello");
  EXPECT_EQ(out[1], "port two");
}

TEST_F(ConsoleTest, InputWaitsForTheGuest) {
  const uint8_t text[] = {'a', 'b', 'c', 'd', 'e', 'f'};
  driver.Offer(0, {{kData, 4, true}});
  EXPECT_FALSE(console->HasRoom(0)) << "not opened";
  EXPECT_EQ(console->Receive(0, text), 0u);
  Control(0, 6, 1);
  EXPECT_TRUE(console->HasRoom(0));
  driver.TakeInterrupts();
  EXPECT_EQ(console->Receive(0, text), 4u);
  EXPECT_EQ(driver.TakeInterrupts(), 1);
  EXPECT_FALSE(console->HasRoom(0));
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 4u);
  EXPECT_EQ(driver.ram.Load<uint32_t>(kData), 0x64636261u);
  Control(0, 6, 0);
  driver.Offer(0, {{kData, 4, true}});
  EXPECT_FALSE(console->HasRoom(0)) << "closed";
  const VirtioConsole::State closed = console->state();
  Control(2, 6, 1);
  EXPECT_EQ(console->state().open_ports, std::vector<unsigned>{2});
  console->set_state(closed);
  EXPECT_TRUE(console->state().open_ports.empty());
}

TEST_F(ConsoleTest, WithoutMultiportPortZeroIsOpen) {
  driver.Start(kVersion1, 2);
  driver.Offer(0, {{kData, 4, true}});
  const uint8_t text[] = {'x'};
  EXPECT_EQ(console->Receive(0, text), 1u);
  EXPECT_EQ(driver.TakeUsed(0)->n_bytes, 1u);
}

TEST_F(ConsoleTest, EmergencyWrite) {
  driver.Set(0x108, 'E');
  EXPECT_EQ(out[0], "E");
  EXPECT_EQ(driver.Get(0x108), 0u);
}

TEST_F(ConsoleTest, HostileControl) {
  OfferControl(2);
  for (uint16_t event = 0; event < 300; ++event) Control(200, event, 1);
  Send(3, "short");
  driver.Offer(3, {{kData, 8, true}});  // writable
  driver.Notify(3);
  EXPECT_EQ(driver.Get(0x70), 15u);
}

}  // namespace
}  // namespace lockstep::devices
