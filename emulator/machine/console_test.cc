#include "emulator/machine/console.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"
#include "emulator/devices/uart16550/uart16550.h"
#include "emulator/machine/console_set.h"

namespace lockstep::machine {
namespace {

using devices::kNeverNs;

// Input that a test provides.
struct FakeLive : LiveInput {
  std::string Take(int) override { return std::exchange(bytes, ""); }
  bool ended() const override { return is_ended; }
  std::string bytes;
  bool is_ended = false;
};

struct ConsoleTest : ::testing::Test {
  ConsoleTest()
      : uart(
            &clock, [this](uint8_t byte) { console->PutByte(byte); }, [](bool) {}) {}

  void Start(const std::string& script, LiveInput* live = nullptr, unsigned shift = 0) {
    Console::Config config;
    config.script = *ParseConsoleScript(script);
    config.live = live;
    config.icount_shift = shift;
    config.output = [this](uint8_t byte) { printed += static_cast<char>(byte); };
    console = std::make_unique<Console>(std::move(config));
    console->Attach(&clock, &uart);
  }
  void Print(const std::string& text) {
    for (char c : text) uart.Write(0, 1, static_cast<uint8_t>(c));
  }
  // Lets time pass to the next deadline.
  void RunToDeadline() {
    ASSERT_NE(console->DeadlineNs(), kNeverNs);
    clock.now_ns = console->DeadlineNs();
    console->OnDeadline();
  }
  // The guest reads the receiver.
  int Read() {
    if ((ReadOrRefused(uart, 5, 1) & 1) == 0) return -1;
    int byte = static_cast<int>(ReadOrRefused(uart, 0, 1));
    console->PortChanged();
    return byte;
  }

  devices::FakeClock clock;
  devices::Uart16550 uart;
  std::unique_ptr<Console> console;
  std::string printed;
};

TEST_F(ConsoleTest, SendsOnceTheExpectedOutputIsThere) {
  Start("expect \"=> \"\nsend hi");
  clock.now_ns = 5000;
  Print("=>=>");
  EXPECT_EQ(console->DeadlineNs(), kNeverNs);
  Print(" ");
  EXPECT_EQ(console->DeadlineNs(), 5000 + Console::kInputGapInsns);
  RunToDeadline();
  EXPECT_EQ(console->DeadlineNs(), kNeverNs) << "the byte waits for the guest";
  clock.now_ns += 77;
  EXPECT_EQ(Read(), 'h');
  EXPECT_EQ(console->DeadlineNs(), 5000 + 2 * Console::kInputGapInsns + 77);
  RunToDeadline();
  EXPECT_EQ(Read(), 'i');
  EXPECT_EQ(Read(), -1);
  EXPECT_EQ(console->PendingStep(), nullptr);
  EXPECT_EQ(printed, "=>=> ");
}

TEST_F(ConsoleTest, OutputBeforeAnExpectDoesNotCount) {
  Start("expect a\nexpect a\nsend x");
  Print("a");
  EXPECT_EQ(console->PendingStep()->line, 2u);
  Print("ba");
  EXPECT_EQ(console->PendingStep(), nullptr);
}

TEST_F(ConsoleTest, DelayIsVirtualTime) {
  Start("delay-insns 100\nsend x", nullptr, 3);
  EXPECT_EQ(console->DeadlineNs(), 800u);
  RunToDeadline();
  EXPECT_EQ(console->DeadlineNs(), 800 + (Console::kInputGapInsns << 3));
}

TEST_F(ConsoleTest, NoInputIntoLoopback) {
  Start("expect a\nsend x");
  Print("a");
  uart.Write(4, 1, 0x10);
  console->PortChanged();
  RunToDeadline();
  EXPECT_EQ(Read(), -1);
  uart.Write(4, 1, 0);
  console->PortChanged();
  RunToDeadline();
  EXPECT_EQ(Read(), 'x');
}

TEST_F(ConsoleTest, LiveInputIsQueued) {
  FakeLive live;
  Start("", &live);
  EXPECT_FALSE(console->PollLive(0));
  live.bytes = "ab";
  EXPECT_TRUE(console->PollLive(0));
  std::string given;
  console->set_on_input(
      [&given](std::span<const uint8_t> bytes) { given.append(bytes.begin(), bytes.end()); });
  RunToDeadline();
  EXPECT_EQ(Read(), 'a');
  RunToDeadline();
  EXPECT_EQ(Read(), 'b');
  EXPECT_EQ(given, "ab");
  EXPECT_TRUE(console->MayGetLiveInput());
  live.is_ended = true;
  EXPECT_FALSE(console->MayGetLiveInput());
}

// A port with room for some bytes at a time.
struct FakePort : devices::InputPort {
  bool ReadyForInput() override { return room > 0; }
  size_t TakeInput(std::span<const uint8_t> bytes) override {
    const size_t n_bytes = is_broken ? 0 : std::min(room, bytes.size());
    got.append(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(n_bytes));
    room -= n_bytes;
    return n_bytes;
  }
  size_t room = 0;
  bool is_broken = false;
  std::string got;
};

TEST_F(ConsoleTest, APortIsGivenWhatItTakes) {
  Console::Config config;
  config.script = *ParseConsoleScript("send abcdef");
  console = std::make_unique<Console>(std::move(config));
  FakePort port;
  console->Attach(&clock, &port);
  EXPECT_EQ(console->DeadlineNs(), kNeverNs) << "no room";
  port.room = 4;
  clock.now_ns = 70;
  console->PortChanged();
  EXPECT_EQ(console->DeadlineNs(), 70 + Console::kInputGapInsns);
  RunToDeadline();
  EXPECT_EQ(port.got, "abcd");
  EXPECT_EQ(console->DeadlineNs(), kNeverNs);
  // A port that has room and takes nothing is not asked again by itself.
  port.room = 4;
  port.is_broken = true;
  console->PortChanged();
  RunToDeadline();
  EXPECT_EQ(console->DeadlineNs(), kNeverNs);
  port.is_broken = false;
  console->PortChanged();
  RunToDeadline();
  EXPECT_EQ(port.got, "abcdef");
  EXPECT_EQ(console->DeadlineNs(), kNeverNs);
}

TEST_F(ConsoleTest, ASetIsDueWithItsFirst) {
  Start("delay-insns 100\nsend x");
  Console::Config config;
  config.script = *ParseConsoleScript("delay-insns 50\nsend y");
  FakeLive live;
  live.bytes = "live";
  config.live = &live;
  Console other(std::move(config));
  FakePort port;
  port.room = 9;
  other.Attach(&clock, &port);
  ConsoleSet set;
  EXPECT_EQ(set.DeadlineNs(), kNeverNs);
  EXPECT_FALSE(set.MayGetLiveInput());
  set.Add(console.get());
  set.Add(&other);
  EXPECT_EQ(set.DeadlineNs(), 50u);
  clock.now_ns = 50;
  set.OnDeadline(50);
  EXPECT_EQ(set.DeadlineNs(), 100u);
  EXPECT_TRUE(set.MayGetLiveInput());
  EXPECT_TRUE(set.PollLive(0));
  EXPECT_FALSE(set.PollLive(0));
  while (set.DeadlineNs() != kNeverNs) {
    clock.now_ns = set.DeadlineNs();
    set.OnDeadline(clock.now_ns);
  }
  EXPECT_EQ(port.got, "ylive");
  EXPECT_EQ(Read(), 'x');
}

TEST_F(ConsoleTest, DigestIsFnv1a) {
  Start("");
  EXPECT_EQ(console->digest(), 0u);
  Print("foobar");
  EXPECT_EQ(console->digest(), 0x85944171f73967e8u);
  EXPECT_EQ(console->bytes_printed(), 6u);
}

}  // namespace
}  // namespace lockstep::machine
