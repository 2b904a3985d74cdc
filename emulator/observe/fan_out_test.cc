// Who is told what.

#include "emulator/observe/fan_out.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep::observe {
namespace {

struct Listener : Observer {
  explicit Listener(bool wants) : wants_(wants) {}
  bool wants_blocks() const override { return wants_; }
  void BlockTranslated(uint32_t hart, const BlockView&) override { Note('t', hart); }
  void BlockEntered(uint32_t hart, uint32_t, uint64_t, const Digests&) override { Note('b', hart); }
  void Event(uint32_t hart, EventKind, uint64_t, std::span<const uint64_t>) override {
    Note('e', hart);
  }
  void TurnBegins(uint32_t hart, uint64_t) override { Note('s', hart); }
  void TrapReturned(uint32_t hart, uint64_t, uint8_t, uint8_t) override { Note('r', hart); }
  void Registers(uint32_t hart, uint64_t, std::span<const uint64_t>) override { Note('g', hart); }
  Inline InlineOf(uint32_t) override { return {nullptr, 5, nullptr, nullptr}; }
  void Note(char what, uint32_t hart) { heard += what + std::to_string(hart) + " "; }

  std::string heard;

 private:
  const bool wants_;
};

void TellAll(Observer* observer) {
  observer->BlockTranslated(1, {});
  observer->Registers(2, 0, {});
  observer->BlockEntered(3, 0, 0, {});
  observer->Event(4, EventKind::kMmio, 0, {});
  observer->TrapReturned(5, 0, 3, 1);
  observer->TurnBegins(6, 0);
}

TEST(FanOutTest, BlocksGoToThoseThatWantThem) {
  Listener blocks(true), events(false);
  FanOut both({&events, &blocks});
  EXPECT_TRUE(both.wants_blocks());
  TellAll(&both);
  EXPECT_EQ(blocks.heard, "t1 g2 b3 e4 r5 s6 ");
  EXPECT_EQ(events.heard, "e4 r5 s6 ");
  // The only one that is told of blocks may have them written inline.
  EXPECT_EQ(both.InlineOf(0).groups, 5u);
  EXPECT_EQ(FanOut({&blocks, &blocks}).InlineOf(0).groups, 0u);
}

TEST(FanOutTest, NobodyWantsBlocks) {
  Listener a(false), b(false);
  FanOut both({&a, &b});
  EXPECT_FALSE(both.wants_blocks());
  TellAll(&both);
  EXPECT_EQ(a.heard, b.heard);
  EXPECT_EQ(a.heard, "e4 r5 s6 ");
}

}  // namespace
}  // namespace lockstep::observe
