#include "emulator/devices/virtio/queue.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/devices/virtio/guest_driver.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kDesc = TestRam::kBase + 0x1000, kAvail = TestRam::kBase + 0x2000,
                   kUsed = TestRam::kBase + 0x3000, kData = TestRam::kBase + 0x8000;
constexpr uint32_t kEntries = 8;
constexpr uint16_t kNext = 1, kWrite = 2, kIndirect = 4;

struct QueueTest : ::testing::Test {
  QueueTest() : queue(&ram, 256) {
    VirtQueue::State& state = queue.mutable_state();
    state.num = kEntries;
    state.ready = true;
    state.desc = kDesc;
    state.avail = kAvail;
    state.used = kUsed;
  }
  void Describe(uint64_t table, unsigned index, uint64_t pa, uint32_t n_bytes, uint16_t flags,
                uint16_t next = 0) {
    ram.Store<uint64_t>(table + 16 * index, pa);
    ram.Store<uint32_t>(table + 16 * index + 8, n_bytes);
    ram.Store<uint16_t>(table + 16 * index + 12, flags);
    ram.Store<uint16_t>(table + 16 * index + 14, next);
  }
  void Offer(uint16_t head) {
    const uint16_t index = ram.Load<uint16_t>(kAvail + 2);
    ram.Store<uint16_t>(kAvail + 4 + 2 * (index % kEntries), head);
    ram.Store<uint16_t>(kAvail + 2, static_cast<uint16_t>(index + 1));
  }
  // Offers descriptor 0; the complaint about its chain, "" when it is taken.
  std::string Complaint() {
    Offer(0);
    const VirtQueue::State before = queue.state();
    switch (queue.Next(&chain)) {
      case VirtQueue::Result::kChain:
        return "";
      case VirtQueue::Result::kEmpty:
        return "empty";
      case VirtQueue::Result::kBroken:
        EXPECT_EQ(queue.state().next_avail, before.next_avail) << "nothing was taken";
        return queue.error();
    }
    return "";
  }

  TestRam ram;
  VirtQueue queue;
  Chain chain;
};

TEST_F(QueueTest, TakesAChain) {
  Describe(kDesc, 3, kData, 16, kNext, 5);
  Describe(kDesc, 5, kData + 0x100, 512, kNext | kWrite, 1);
  Describe(kDesc, 1, kData + 0x800, 1, kWrite);
  EXPECT_TRUE(queue.Empty());
  Offer(3);
  EXPECT_FALSE(queue.Empty());
  ASSERT_EQ(queue.Next(&chain), VirtQueue::Result::kChain);
  EXPECT_EQ(chain.head, 3);
  ASSERT_EQ(chain.readable.size(), 1u);
  ASSERT_EQ(chain.writable.size(), 2u);
  EXPECT_EQ(chain.readable_bytes(), 16u);
  EXPECT_EQ(chain.writable_bytes(), 513u);
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kEmpty);
  queue.Push(3, 513);
  EXPECT_EQ(ram.Load<uint16_t>(kUsed + 2), 1);
  EXPECT_EQ(ram.Load<uint32_t>(kUsed + 4), 3u);
  EXPECT_EQ(ram.Load<uint32_t>(kUsed + 8), 513u);
}

TEST_F(QueueTest, PutBackOffersAgain) {
  Describe(kDesc, 0, kData, 16, 0);
  Offer(0);
  ASSERT_EQ(queue.Next(&chain), VirtQueue::Result::kChain);
  queue.PutBack();
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kChain);
}

TEST_F(QueueTest, IndicesWrap) {
  Describe(kDesc, 0, kData, 16, 0);
  for (int i = 0; i < 70000; ++i) {
    Offer(0);
    ASSERT_EQ(queue.Next(&chain), VirtQueue::Result::kChain) << i;
    queue.Push(0, 0);
  }
  EXPECT_EQ(ram.Load<uint16_t>(kUsed + 2), 70000 % 65536);
}

TEST_F(QueueTest, IndirectTable) {
  Describe(kDesc, 0, kData, 3 * 16, kIndirect);
  Describe(kData, 0, kData + 0x100, 4, kNext, 2);
  Describe(kData, 2, kData + 0x200, 8, kWrite);
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(chain.readable_bytes(), 4u);
  EXPECT_EQ(chain.writable_bytes(), 8u);
}

TEST_F(QueueTest, IndirectTableOfTheLargestChain) {
  const uint64_t table = TestRam::kBase + 0x10000;
  for (uint32_t i = 0; i < VirtQueue::kMaxEntries; ++i) {
    const bool is_last = i + 1 == VirtQueue::kMaxEntries;
    Describe(table, i, kData, 1, is_last ? 0 : kNext, static_cast<uint16_t>(i + 1));
  }
  Describe(kDesc, 0, table, VirtQueue::kMaxEntries * 16, kIndirect);
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(chain.readable.size(), VirtQueue::kMaxEntries);
  // One more is refused.
  Describe(table, VirtQueue::kMaxEntries - 1, kData, 1, kNext, VirtQueue::kMaxEntries);
  Describe(table, VirtQueue::kMaxEntries, kData, 1, 0);
  Describe(kDesc, 0, table, (VirtQueue::kMaxEntries + 1) * 16, kIndirect);
  EXPECT_EQ(Complaint(), "a chain is longer than its table: a loop");
}

TEST_F(QueueTest, RefusesHostileChains) {
  Describe(kDesc, 0, kData, 16, kNext, 0);
  EXPECT_EQ(Complaint(), "a chain is longer than its table: a loop");
  queue.mutable_state().next_avail = ram.Load<uint16_t>(kAvail + 2);
  const auto refused = [&](uint64_t pa, uint32_t n_bytes, uint16_t flags, uint16_t next,
                           const char* complaint) {
    Describe(kDesc, 0, pa, n_bytes, flags, next);
    EXPECT_EQ(Complaint(), complaint);
    queue.mutable_state().next_avail = ram.Load<uint16_t>(kAvail + 2);
  };
  refused(kData, 0, 0, 0, "a buffer of zero bytes");
  refused(0, 16, 0, 0, "a buffer does not lie in RAM");
  refused(TestRam::kBase - 1, 2, 0, 0, "a buffer does not lie in RAM");
  refused(kData, 0xffffffff, 0, 0, "a buffer does not lie in RAM");
  refused(~uint64_t{0}, 16, 0, 0, "a buffer does not lie in RAM");
  refused(kData, 16, kNext, kEntries, "a link leaves its table");
  refused(kData, 16, kNext, 0xffff, "a link leaves its table");
  refused(kData, 0, kIndirect, 0, "an indirect table's length is no multiple of 16");
  refused(kData, 17, kIndirect, 0, "an indirect table's length is no multiple of 16");
  refused(0x1000, 16, kIndirect, 0, "an indirect table does not lie in RAM");
  refused(kData, 0xfffffff0, kIndirect, 0, "an indirect table does not lie in RAM");
  Describe(kDesc, 1, kData, 16, 0);
  refused(kData, 16, kNext | kWrite, 1, "a readable buffer follows a writable one");
  // A chain of the table that never ends: 0, 1, 2, 1, 2 ...
  Describe(kDesc, 1, kData, 16, kNext, 2);
  Describe(kDesc, 2, kData, 16, kNext, 1);
  refused(kData, 16, kNext, 1, "a chain is longer than its table: a loop");
}

TEST_F(QueueTest, RefusesHostileRings) {
  Describe(kDesc, 0, kData, 16, 0);
  Offer(kEntries);
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kBroken);
  EXPECT_STREQ(queue.error(), "an available entry names no descriptor");
  ram.Store<uint16_t>(kAvail + 2, kEntries + 1);
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kBroken);
  EXPECT_STREQ(queue.error(), "the available index has jumped");
  queue.mutable_state().desc = 0x1000;
  ram.Store<uint16_t>(kAvail + 2, 1);
  ram.Store<uint16_t>(kAvail + 4, 0);
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kBroken);
  EXPECT_STREQ(queue.error(), "a descriptor table does not lie in RAM");
  queue.mutable_state().avail = ~uint64_t{0};
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kBroken);
  EXPECT_STREQ(queue.error(), "a ring does not lie in RAM");
  queue.mutable_state().used = 3;
  queue.Push(0, 16);  // goes nowhere
}

TEST_F(QueueTest, QueuesThatAreNotReadyAreEmpty) {
  Describe(kDesc, 0, kData, 16, 0);
  Offer(0);
  queue.mutable_state().ready = false;
  EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kEmpty);
  EXPECT_TRUE(queue.Empty());
  EXPECT_FALSE(queue.ShouldInterrupt());
}

TEST_F(QueueTest, InterruptFlag) {
  EXPECT_TRUE(queue.ShouldInterrupt());
  ram.Store<uint16_t>(kAvail, 1);
  EXPECT_FALSE(queue.ShouldInterrupt());
}

TEST_F(QueueTest, EventIndex) {
  queue.set_event_index(true);
  Describe(kDesc, 0, kData, 16, 0);
  const auto use = [&] {
    Offer(0);
    EXPECT_EQ(queue.Next(&chain), VirtQueue::Result::kChain);
    queue.Push(0, 0);
    return queue.ShouldInterrupt();
  };
  const uint64_t used_event = kAvail + 4 + 2 * kEntries;
  EXPECT_TRUE(use()) << "the first is always told";
  ram.Store<uint16_t>(used_event, 3);
  EXPECT_FALSE(use());  // index 1
  EXPECT_FALSE(use());  // 2
  EXPECT_TRUE(use());   // 3 is the one waited for
  EXPECT_FALSE(use());
  // The device says from where on it wants to be told.
  queue.WantNotification();
  EXPECT_EQ(ram.Load<uint16_t>(kUsed + 4 + 8 * kEntries), 5);
}

TEST_F(QueueTest, SeveralChainsAtOnce) {
  for (uint16_t head : {2, 4}) {
    Describe(kDesc, head, kData, 16, kWrite);
    Offer(head);
    ASSERT_EQ(queue.Next(&chain), VirtQueue::Result::kChain);
  }
  queue.Fill(2, 10, 0);
  queue.Fill(4, 20, 1);
  EXPECT_EQ(ram.Load<uint16_t>(kUsed + 2), 0);
  queue.Publish(2);
  EXPECT_EQ(ram.Load<uint16_t>(kUsed + 2), 2);
  EXPECT_EQ(ram.Load<uint32_t>(kUsed + 12), 4u);
  EXPECT_EQ(ram.Load<uint32_t>(kUsed + 16), 20u);
}

TEST_F(QueueTest, SegmentRuns) {
  SegmentRun run(&ram, {{kData, 3}, {kData + 0x100, 5}});
  EXPECT_EQ(run.remaining(), 8u);
  const uint8_t text[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(run.Write(text), 8u);
  EXPECT_EQ(run.remaining(), 0u);
  EXPECT_EQ(ram.Load<uint8_t>(kData + 2), 3);
  EXPECT_EQ(ram.Load<uint8_t>(kData + 0x100), 4);
  SegmentRun again(&ram, {{kData, 3}, {kData + 0x100, 5}});
  again.Skip(2);
  again.DropBack(4);
  uint8_t out[8] = {};
  EXPECT_EQ(again.Read(out), 2u);
  EXPECT_EQ(out[0], 3);
  EXPECT_EQ(out[1], 4);
  SegmentRun all(&ram, {{kData, 3}, {kData + 0x100, 5}});
  all.DropBack(8);
  EXPECT_EQ(all.Read(out), 0u);
}

}  // namespace
}  // namespace lockstep::devices
