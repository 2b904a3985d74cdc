#include "coordinator/server/registry.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
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

}  // namespace
}  // namespace lockstep::server
