#include "emulator/devices/uart16550/uart16550.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

constexpr unsigned kData = 0, kIer = 1, kIirFcr = 2, kLcr = 3, kMcr = 4, kLsr = 5, kMsr = 6;

struct UartTest : ::testing::Test {
  UartTest()
      : uart(
            &clock, [this](uint8_t byte) { printed += static_cast<char>(byte); },
            [this](bool level) {
              line = level;
              ++drives;
            }) {
    uart.Reset();
  }
  uint64_t Get(unsigned reg) { return ReadOrRefused(uart, reg, 1); }
  void Set(unsigned reg, uint8_t value) { uart.Write(reg, 1, value); }
  void Loop() { Set(kMcr, 0x18); }

  FakeClock clock;
  std::string printed;
  bool line = false;
  int drives = 0;
  Uart16550 uart;
};

TEST_F(UartTest, PowerOnValues) {
  EXPECT_EQ(Get(kIer), 0u);
  EXPECT_EQ(Get(kIirFcr), 0x01u);
  EXPECT_EQ(Get(kLcr), 0u);
  EXPECT_EQ(Get(kMcr), 0x08u);
  EXPECT_EQ(Get(kLsr), 0x60u);
  EXPECT_EQ(Get(kMsr), 0xb0u);
  EXPECT_EQ(Get(7), 0u);
  EXPECT_FALSE(line);
}

TEST_F(UartTest, AnyAccessSizeMeetsTheByteRegister) {
  EXPECT_TRUE(uart.Write(7, 1, 0x5a));
  uint64_t value = 0;
  EXPECT_TRUE(uart.Read(4, 4, &value));
  EXPECT_EQ(value, 0x08u);
  EXPECT_TRUE(uart.Write(0, 8, 0x4142434445464748));
  EXPECT_EQ(printed, "H");
}

TEST_F(UartTest, PrintsAtOnceAndStaysEmpty) {
  for (char c : std::string("hello")) Set(kData, static_cast<uint8_t>(c));
  EXPECT_EQ(printed, "hello");
  EXPECT_EQ(Get(kLsr), 0x60u);
}

TEST_F(UartTest, DivisorLatchHidesDataAndInterruptEnable) {
  Set(kIer, 0x0f);
  Set(kLcr, 0x83);
  EXPECT_EQ(Get(0), 12u);
  Set(0, 0x34);
  Set(1, 0x12);
  EXPECT_EQ(Get(0), 0x34u);
  EXPECT_EQ(Get(1), 0x12u);
  Set(kLcr, 0x03);
  EXPECT_EQ(Get(kIer), 0x0fu);
  EXPECT_EQ(printed, "");
}

TEST_F(UartTest, MaskedRegisters) {
  Set(kIer, 0xff);
  EXPECT_EQ(Get(kIer), 0x0fu);
  Set(kMcr, 0xff);
  EXPECT_EQ(Get(kMcr), 0x1fu);
  Set(kLsr, 0);
  Set(kMsr, 0);
  EXPECT_EQ(Get(kLsr), 0x60u);
}

TEST_F(UartTest, LoopbackTurnsOutputAndModemLinesAround) {
  Set(kMcr, 0x1f);
  EXPECT_EQ(Get(kMsr), 0xf0u);
  Set(kMcr, 0x12);
  EXPECT_EQ(Get(kMsr), 0x10u);
  Set(kData, 'x');
  EXPECT_EQ(printed, "");
  EXPECT_EQ(Get(kLsr), 0x61u);
  EXPECT_EQ(Get(kData), static_cast<uint64_t>('x'));
  EXPECT_EQ(Get(kLsr), 0x60u);
}

TEST_F(UartTest, OverrunWithoutFifoLosesTheOldByte) {
  uart.Receive('a');
  uart.Receive('b');
  EXPECT_EQ(Get(kLsr), 0x63u);
  EXPECT_EQ(Get(kLsr), 0x61u) << "reading clears the error";
  EXPECT_EQ(Get(kData), static_cast<uint64_t>('b'));
}

TEST_F(UartTest, OverrunWithFifoLosesTheNewByte) {
  Set(kIirFcr, 0x07);
  for (char c = 'a'; c < 'a' + 17; ++c) uart.Receive(static_cast<uint8_t>(c));
  EXPECT_EQ(Get(kLsr), 0x63u);
  for (char c = 'a'; c < 'a' + 16; ++c) EXPECT_EQ(Get(kData), static_cast<uint64_t>(c));
  EXPECT_EQ(Get(kLsr), 0x60u);
  EXPECT_EQ(Get(kData), 0u) << "empty";
}

// Receive interrupts come when the FIFO holds as many bytes as the trigger level.
class UartTriggerTest : public UartTest, public ::testing::WithParamInterface<int> {};

TEST_P(UartTriggerTest, ReceiveInterruptAtTheTriggerLevel) {
  static constexpr int kLevels[] = {1, 4, 8, 14};
  int level = kLevels[GetParam()];
  Set(kIirFcr, static_cast<uint8_t>(0x07 | GetParam() << 6));
  Set(kIer, 0x01);
  for (int i = 1; i <= 16; ++i) {
    uart.Receive('x');
    EXPECT_EQ(line, i >= level) << i << " bytes";
    EXPECT_EQ(Get(kIirFcr), i >= level ? 0xc4u : 0xc1u);
  }
  for (int i = 15; i >= 0; --i) {
    Get(kData);
    EXPECT_EQ(line, i >= level && i > 0) << i << " bytes left";
  }
}
INSTANTIATE_TEST_SUITE_P(Levels, UartTriggerTest, ::testing::Range(0, 4));

TEST_F(UartTest, CharacterTimeoutAfterFourCharacterTimes) {
  Set(kLcr, 0x83);
  Set(0, 1);
  Set(1, 0);
  Set(kLcr, 0x03);
  Set(kIirFcr, 0xc7);
  Set(kIer, 0x01);
  clock.now_ns = 1000;
  uart.Receive('q');
  EXPECT_EQ(uart.DeadlineNs(), 1000u + 4 * 25050);  // ten bits at 399193 baud
  EXPECT_FALSE(line);
  clock.now_ns = uart.DeadlineNs();
  uart.OnDeadline();
  EXPECT_TRUE(line);
  EXPECT_EQ(Get(kIirFcr), 0xccu);
  EXPECT_EQ(Get(kData), static_cast<uint64_t>('q'));
  EXPECT_FALSE(line);
  EXPECT_EQ(Get(kIirFcr), 0xc1u);
}

TEST_F(UartTest, CharacterTimeFollowsTheLineSettings) {
  struct Case {
    uint8_t lcr;
    uint16_t divisor;
    uint64_t char_ns;
  };
  // Measured on QEMU 7.2 by polling: see device_probe.
  for (Case c : {Case{0x03, 2, 50101}, Case{0x03, 3, 75151}, Case{0x00, 1, 17535},
                 Case{0x0f, 1, 30060}, Case{0x07, 1, 27555}}) {
    Set(kLcr, static_cast<uint8_t>(0x80 | c.lcr));
    Set(0, static_cast<uint8_t>(c.divisor));
    Set(1, 0);
    Set(kLcr, c.lcr);
    EXPECT_EQ(uart.state().char_time_ns, c.char_ns) << int{c.lcr} << " / " << c.divisor;
  }
  uint64_t before = uart.state().char_time_ns;
  Set(kLcr, 0x87);
  Set(0, 0);
  EXPECT_EQ(uart.state().char_time_ns, before) << "a divisor of 0 is ignored";
}

TEST_F(UartTest, TransmitInterruptIsClearedByReadingItAndRaisedByItsEnable) {
  Set(kIer, 0x02);
  EXPECT_TRUE(line);
  EXPECT_EQ(Get(kIirFcr), 0x02u);
  EXPECT_FALSE(line);
  EXPECT_EQ(Get(kIirFcr), 0x01u);
  Set(kIer, 0);
  Set(kIer, 0x02);
  EXPECT_TRUE(line);
  Get(kIirFcr);
  Set(kData, '.');
  EXPECT_TRUE(line) << "sent: empty again";
}

TEST_F(UartTest, InterruptPriorities) {
  Set(kIer, 0x0f);
  uart.Receive('a');
  EXPECT_EQ(Get(kIirFcr), 0x04u) << "data before transmitter";
  uart.Receive('b');
  EXPECT_EQ(Get(kIirFcr), 0x06u) << "line status first";
  Get(kLsr);
  EXPECT_EQ(Get(kIirFcr), 0x04u);
  Get(kData);
  EXPECT_EQ(Get(kIirFcr), 0x02u);
}

TEST_F(UartTest, LineIsDrivenAgainForEachByteSent) {
  Set(kIer, 0x02);
  int before = drives;
  Set(kData, 'x');
  EXPECT_GT(drives, before) << "the PLIC must sample the level anew";
}

TEST_F(UartTest, SwitchingFifosClearsThem) {
  Set(kIirFcr, 0x01);
  uart.Receive('a');
  EXPECT_FALSE(uart.ReadyForInput());
  Set(kIirFcr, 0x00);
  EXPECT_TRUE(uart.ReadyForInput());
  EXPECT_EQ(Get(kLsr), 0x60u);
  EXPECT_EQ(uart.DeadlineNs(), kNeverNs);
}

TEST_F(UartTest, ReadyForInputWhenNothingWaits) {
  EXPECT_TRUE(uart.ReadyForInput());
  uart.Receive('a');
  EXPECT_FALSE(uart.ReadyForInput());
  Get(kData);
  EXPECT_TRUE(uart.ReadyForInput());
  Loop();
  EXPECT_FALSE(uart.ReadyForInput());
}

}  // namespace
}  // namespace lockstep::devices
