#include "coordinator/server/registry.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

RunConfig Config(const std::string& id, std::vector<std::string> names = {"A", "B"}) {
  RunConfig config;
  config.id = id;
  config.instances = std::move(names);
  return config;
}

void EndRun(Run& run) {
  absl::Notification done;
  run.Watch([&](const Snapshot& s) {
    if (s.phase == Phase::kDone) done.Notify();
  });
  run.Cancel("x");
  done.WaitForNotification();
}

const auto kAll = [](const std::string&) { return true; };

class RegistryTest : public ::testing::Test {
 protected:
  absl::StatusCode CodeOf(RunConfig config) {
    return registry_.Create(std::move(config)).status().code();
  }
  store::NoSymbols symbols_;
  Registry registry_{&symbols_, {.max_active = 3, .max_ended = 2}};
};

TEST_F(RegistryTest, CreatesAndFinds) {
  auto run = registry_.Create(Config("r1"));
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(*registry_.Find("r1"), *run);
  EXPECT_EQ(registry_.Find("r2").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RegistryTest, ChoosesAnId) {
  auto run = registry_.Create(Config(""));
  ASSERT_TRUE(run.ok());
  EXPECT_THAT((*run)->config().id, ::testing::ContainsRegex("^[0-9]+-[0-9]+-[0-9a-f]+$"));
}

TEST_F(RegistryTest, RefusesBadConfigs) {
  EXPECT_EQ(CodeOf(Config("a/b")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Config(std::string(65, 'x'))), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Config("r", {"A"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Config("r", {"A", "A"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Config("r", {"A", ""})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Config("r", {"A", "b c"})), absl::StatusCode::kInvalidArgument);
  std::vector<std::string> many;
  for (int i = 0; i < 65; ++i) many.push_back(absl::StrCat("i", i));
  EXPECT_EQ(CodeOf(Config("r", many)), absl::StatusCode::kInvalidArgument);
}

TEST_F(RegistryTest, IdsAreUnique) {
  EXPECT_EQ(CodeOf(Config("r")), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(Config("r")), absl::StatusCode::kAlreadyExists);
}

TEST_F(RegistryTest, LimitsActiveRuns) {
  for (const char* id : {"r1", "r2", "r3"}) EXPECT_EQ(CodeOf(Config(id)), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(Config("r4")), absl::StatusCode::kResourceExhausted);
  EndRun(**registry_.Find("r2"));
  EXPECT_EQ(CodeOf(Config("r4")), absl::StatusCode::kOk);
}

TEST_F(RegistryTest, ForgetsTheOldestEndedRuns) {
  for (int i = 0; i < 5; ++i) {
    auto run = registry_.Create(Config(absl::StrCat("r", i)));
    ASSERT_TRUE(run.ok());
    EndRun(**run);
  }
  EXPECT_THAT(registry_.Sweep(absl::Now()), ::testing::ElementsAre("r0", "r1", "r2"));
  EXPECT_EQ(registry_.Find("r0").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(registry_.Find("r4").ok());
}

TEST_F(RegistryTest, ListsTheNewestFirst) {
  for (const char* id : {"r1", "r2", "r3"}) ASSERT_EQ(CodeOf(Config(id)), absl::StatusCode::kOk);
  auto page = registry_.List(0, 2, kAll);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].second->config().id, "r3");
  EXPECT_EQ(page[1].second->config().id, "r2");
  page = registry_.List(page[1].first, 2, kAll);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].second->config().id, "r1");
  page = registry_.List(0, 2, [](const std::string& id) { return id == "r2"; });
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].second->config().id, "r2");
}

TEST_F(RegistryTest, ForgetsReportsBeyondTheirMemory) {
  Registry small(&symbols_, {.max_ended_bytes = 1});
  auto run = small.Create(Config("r"));
  ASSERT_TRUE(run.ok());
  EXPECT_THAT(small.Sweep(absl::Now()), ::testing::IsEmpty());
  EndRun(**run);
  EXPECT_THAT(small.Sweep(absl::Now()), ::testing::ElementsAre("r"));
  EXPECT_EQ(small.totals().verdicts[static_cast<size_t>(report::Outcome::kTrouble)], 1u);
  EXPECT_EQ(small.totals().created, 1u);
  EXPECT_EQ(small.population().ended, 0u);
}

TEST_F(RegistryTest, LimitsMemory) {
  const uint64_t window = WindowBytes(Config("r"), 1);
  Registry registry(&symbols_, {.max_window_bytes = 3 * window});
  for (const char* id : {"r1", "r2"}) ASSERT_TRUE(registry.Create(Config(id)).ok());
  EXPECT_TRUE(registry.Reserve("r1", 2).ok());
  EXPECT_TRUE(registry.Reserve("r1", 2).ok());  // its second instance
  const absl::Status full = registry.Reserve("r2", 2);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), ::testing::HasSubstr("--max-memory"));
  EXPECT_TRUE(registry.Reserve("r2", 1).ok());
  EXPECT_EQ(registry.population().window_bytes, 3 * window);
  EndRun(**registry.Find("r1"));
  EXPECT_TRUE(registry.Reserve("r2", 3).ok());
  EXPECT_EQ(registry.Reserve("r2", 4).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(registry.Reserve("unknown", 64).ok());
}

TEST_F(RegistryTest, EndsRunsThatNobodyJoins) {
  Registry registry(&symbols_, {.idle_timeout = absl::Hours(1)});
  auto run = registry.Create(Config("r"));
  ASSERT_TRUE(run.ok());
  const absl::Time created = (*run)->create_time();
  registry.Sweep(created + absl::Minutes(59));
  EXPECT_EQ((*run)->snapshot().phase, Phase::kWaiting);
  registry.Sweep(created + absl::Hours(1));
  absl::Notification done;
  (*run)->Watch([&](const Snapshot& s) {
    if (s.phase == Phase::kDone) done.Notify();
  });
  done.WaitForNotification();
  EXPECT_EQ((*run)->Report()->trouble->reason, "not joined within 1h by A, B");
}

TEST_F(RegistryTest, ClosesOnce) {
  auto run = registry_.Create(Config("r"));
  ASSERT_TRUE(run.ok());
  registry_.Close("over");
  EXPECT_EQ(CodeOf(Config("r2")), absl::StatusCode::kUnavailable);
  EndRun(**run);
  EXPECT_EQ((*run)->Report()->trouble->reason, "over");
}

TEST_F(RegistryTest, TellsItsListener) {
  absl::Mutex mutex;
  int told = 0;
  registry_.set_listener([&] {
    absl::MutexLock lock(&mutex);
    ++told;
  });
  auto run = registry_.Create(Config("r"));
  ASSERT_TRUE(run.ok());
  const auto twice = [&] { return told >= 2; };
  {
    absl::MutexLock lock(&mutex);
    EXPECT_EQ(told, 1);
  }
  EndRun(**run);
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&twice));
}

}  // namespace
}  // namespace lockstep::server
