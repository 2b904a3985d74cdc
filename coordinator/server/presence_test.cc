#include "coordinator/server/presence.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kWindow = Presence::kMinByteWindow;
constexpr uint64_t kMiB = uint64_t{1} << 20;

TEST(Presence, TakesEachMessageOnce) {
  Presence presence(kWindow);
  EXPECT_EQ(presence.Receive(1, 10, true).value(), true);
  EXPECT_EQ(presence.Receive(2, 10, true).value(), true);
  EXPECT_EQ(presence.Receive(1, 10, true).value(), false);
  EXPECT_EQ(presence.Receive(2, 10, true).value(), false);
  EXPECT_EQ(presence.TakeReceipt(), (Receipt{2, 20 + kWindow}));
}

TEST(Presence, RefusesGaps) {
  Presence presence(kWindow);
  ASSERT_TRUE(presence.Receive(1, 10, true).ok());
  const auto status = presence.Receive(3, 10, true).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(std::string(status.message()), "sent message 3 after message 1: some are lost");
}

TEST(Presence, MessagesWithoutNumbersCannotBeResumed) {
  Presence presence(kWindow);
  EXPECT_TRUE(presence.CanResume());
  EXPECT_EQ(presence.Receive(0, 10, true).value(), true);
  EXPECT_EQ(presence.Receive(0, 10, true).value(), true);
  EXPECT_FALSE(presence.CanResume());
}

TEST(Presence, BytesAreHeldUntilConsumed) {
  Presence presence(kWindow);
  for (uint64_t i = 1; i <= 16; ++i) {
    ASSERT_TRUE(presence.Receive(i, kMiB, true).ok());
    presence.Hold(/*vcpu=*/i % 2, /*end_record=*/i * 100);
  }
  EXPECT_EQ(presence.held_bytes(), kWindow);
  EXPECT_EQ(presence.Receive(17, 1, true).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(presence.Receive(17, 1, /*counted=*/false).ok());
  EXPECT_EQ(presence.TakeReceipt().byte_limit, kWindow + 1);
  presence.Consumed(0, 399);  // messages 2 of those at 200, 400, ...
  EXPECT_EQ(presence.held_bytes(), 15 * kMiB);
  EXPECT_FALSE(presence.ReceiptDue());
  presence.Consumed(0, 400);
  EXPECT_TRUE(presence.ReceiptDue());  // an eighth of the window
  EXPECT_EQ(presence.TakeReceipt().byte_limit, kWindow + 1 + 2 * kMiB);
  presence.Consumed(1, UINT64_MAX);
  presence.Consumed(0, UINT64_MAX);
  EXPECT_EQ(presence.held_bytes(), 0u);
}

TEST(Presence, ReceiptsAreDueByMessagesAndBytes) {
  Presence presence(kWindow);
  for (uint64_t i = 1; i <= 15; ++i) ASSERT_TRUE(presence.Receive(i, 1, true).ok());
  EXPECT_FALSE(presence.ReceiptDue());
  ASSERT_TRUE(presence.Receive(16, 1, true).ok());
  EXPECT_TRUE(presence.ReceiptDue());
  EXPECT_EQ(presence.TakeReceipt().acknowledged, 16u);
  EXPECT_FALSE(presence.ReceiptDue());
  ASSERT_TRUE(presence.Receive(17, 2 * kMiB, true).ok());
  EXPECT_TRUE(presence.ReceiptDue());
}

TEST(Presence, OverdueSaysSinceWhen) {
  Presence presence(kWindow);
  const absl::Time start = absl::FromUnixSeconds(3600);
  EXPECT_FALSE(presence.Overdue(start, absl::Seconds(30)).has_value());
  presence.Leave(start, "closed its stream before its end");
  presence.Leave(start + absl::Seconds(5), "its connection broke off");
  EXPECT_TRUE(presence.away());
  EXPECT_FALSE(presence.Overdue(start + absl::Seconds(29), absl::Seconds(30)).has_value());
  EXPECT_EQ(presence.Overdue(start + absl::Seconds(30), absl::Seconds(30)).value_or(""),
            "its connection broke off at 01:00:00 UTC and it did not come back within 30s");
  presence.Return();
  EXPECT_FALSE(presence.Overdue(start + absl::Seconds(99), absl::Seconds(30)).has_value());
}

}  // namespace
}  // namespace lockstep::server
