// That TSan knows the order that absl::Mutex and absl::Notification make: under --config=tsan,
// where this file's accesses would be reported if tsan_absl.cc were not linked or not asked.

#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace lockstep {
namespace {

constexpr int kRounds = 1'000;

struct Guarded {
  absl::Mutex mutex;
  int count = 0;
  bool done = false;

  bool Done() const { return done; }
  void Count() {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&mutex);
      ++count;
    }
  }
};

TEST(TsanAbsl, LockOrdersAccesses) {
  Guarded guarded;
  std::thread other([&] { guarded.Count(); });
  guarded.Count();
  other.join();
  EXPECT_EQ(guarded.count, 2 * kRounds);
}

TEST(TsanAbsl, ConditionIsEvaluatedInOrder) {
  Guarded guarded;
  int result = 0;
  std::thread other([&] {
    guarded.Count();
    absl::MutexLock lock(&guarded.mutex);
    result = 7;
    guarded.done = true;
  });
  {
    absl::MutexLock lock(&guarded.mutex);
    guarded.mutex.Await(absl::Condition(&guarded, &Guarded::Done));
    EXPECT_EQ(result, 7);
    EXPECT_TRUE(guarded.mutex.AwaitWithTimeout(absl::Condition(&guarded.done), absl::Seconds(1)));
  }
  other.join();
}

TEST(TsanAbsl, NotificationOrdersAccesses) {
  absl::Notification notification;
  int result = 0;
  std::thread other([&] {
    result = 7;
    notification.Notify();
  });
  notification.WaitForNotification();
  EXPECT_EQ(result, 7);
  other.join();
}

}  // namespace
}  // namespace lockstep
