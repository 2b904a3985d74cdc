#include "emulator/machine/console.h"

#include <gtest/gtest.h>

#include "emulator/devices/fake_clock.h"

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
  console->set_on_input([&given](uint8_t byte) { given += static_cast<char>(byte); });
  RunToDeadline();
  EXPECT_EQ(Read(), 'a');
  RunToDeadline();
  EXPECT_EQ(Read(), 'b');
  EXPECT_EQ(given, "ab");
  EXPECT_TRUE(console->MayGetLiveInput());
  live.is_ended = true;
  EXPECT_FALSE(console->MayGetLiveInput());
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
