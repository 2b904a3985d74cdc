#include "emulator/devices/flash/cfi_flash.h"

#include <gtest/gtest.h>

#include <vector>

#include "emulator/devices/fake_clock.h"

namespace lockstep::devices {
namespace {

struct FlashTest : ::testing::Test {
  FlashTest() : storage(CfiFlash::kWindowBytes, 0), flash(storage) {}
  uint64_t Get(uint64_t offset, unsigned size_bytes = 4) {
    return ReadOrRefused(flash, offset, size_bytes);
  }
  void Command(uint16_t command, uint64_t offset = 0) {
    flash.Write(offset, 4, uint64_t{command} << 16 | command);
  }

  std::vector<uint8_t> storage;
  CfiFlash flash;
};

TEST_F(FlashTest, ReadsItsContents) {
  storage[0x101] = 0x42;
  EXPECT_EQ(Get(0x100), 0x4200u);
  EXPECT_EQ(Get(0x100, 8), 0x4200u);
  EXPECT_EQ(Get(0x101, 1), 0x42u);
  EXPECT_EQ(Get(CfiFlash::kWindowBytes - 8, 8), 0u);
}

TEST_F(FlashTest, AnswersCfiQueryOnBothChips) {
  Command(0x98, 0x55 * 4);
  EXPECT_EQ(Get(0x10 * 4), 0x00510051u);
  EXPECT_EQ(Get(0x11 * 4), 0x00520052u);
  EXPECT_EQ(Get(0x12 * 4), 0x00590059u);
  EXPECT_EQ(Get(0x27 * 4), 0x00180018u) << "2^24 bytes a chip";
  EXPECT_EQ(Get(0x2d * 4), 0x007f007fu) << "128 blocks";
  EXPECT_EQ(Get(0x31 * 4), 0x00500050u);
  EXPECT_EQ(Get(0x3f * 4), 0x00010001u);
  EXPECT_EQ(Get(0x40 * 4), 0u);
  EXPECT_EQ(Get(0x10 * 4, 8), 0x0052005200510051u);
  EXPECT_EQ(Get(0x10 * 4 + 1, 1), 0x51u);
  Command(0xff);
  EXPECT_EQ(Get(0x10 * 4), 0u);
}

TEST_F(FlashTest, Identifiers) {
  Command(0x90);
  EXPECT_EQ(Get(0), 0x00890089u);
  EXPECT_EQ(Get(4), 0x00180018u);
  EXPECT_EQ(Get(8), 0u);
  EXPECT_EQ(Get(0, 8), 0x0018001800890089u);
}

TEST_F(FlashTest, StatusIsReadyAndCanBeCleared) {
  Command(0x70);
  EXPECT_EQ(Get(0), 0x00800080u);
  EXPECT_EQ(Get(0, 1), 0x80u);
  Command(0x50);
  Command(0x70);
  EXPECT_EQ(Get(0), 0u);
}

TEST_F(FlashTest, ProgramsAWord) {
  Command(0x40);
  flash.Write(0x100, 4, 0x12345678);
  EXPECT_EQ(Get(0x100), 0x00800080u) << "status until read array";
  Command(0xff);
  EXPECT_EQ(Get(0x100), 0x12345678u);
}

TEST_F(FlashTest, ErasesOneBlock) {
  storage[CfiFlash::kSectorBytes] = 0x55;
  Command(0x20, 0x1000);
  Command(0xd0, 0x1000);
  Command(0xff);
  EXPECT_EQ(Get(0), 0xffffffffu);
  EXPECT_EQ(Get(CfiFlash::kSectorBytes - 4), 0xffffffffu);
  EXPECT_EQ(Get(CfiFlash::kSectorBytes), 0x55u);
}

TEST_F(FlashTest, BufferedWrite) {
  Command(0xe8);
  Command(1);  // two words
  flash.Write(0x200, 4, 0x01020304);
  flash.Write(0x204, 4, 0x05060708);
  Command(0xd0);
  Command(0xff);
  EXPECT_EQ(Get(0x200), 0x01020304u);
  EXPECT_EQ(Get(0x204), 0x05060708u);
  EXPECT_EQ(Get(0x208), 0u);
}

TEST_F(FlashTest, UnconfirmedAndUnknownCommandsGoBackToReading) {
  storage[0] = 0x77;
  Command(0xe8);
  Command(0);
  flash.Write(0x200, 4, 1);
  Command(0x01);
  EXPECT_EQ(Get(0), 0x77u);
  Command(0x01);
  EXPECT_EQ(Get(0), 0x77u);
  Command(0x60);
  Command(0x33);
  EXPECT_EQ(Get(0), 0x77u);
}

TEST_F(FlashTest, ResetReadsAgain) {
  Command(0x90);
  flash.Reset();
  EXPECT_EQ(Get(0), 0u);
  EXPECT_EQ(flash.state().status, 0x80);
}

}  // namespace
}  // namespace lockstep::devices
