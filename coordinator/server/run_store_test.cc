#include "coordinator/server/run_store.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/cc/journal_convert.h"

namespace lockstep::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ComparedRun = ::lockstep::server::Run;

class RunStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/store-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern + "/state";
  }
  std::unique_ptr<RunStore> Open() {
    auto store = RunStore::Open(directory_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  std::vector<std::shared_ptr<ComparedRun>> Load(RunStore& store) {
    warnings_.clear();
    return store.Load([this](const std::string& line) { warnings_.push_back(line); });
  }
  std::shared_ptr<ComparedRun> NewRun(const std::string& id) {
    RunConfig config;
    config.id = id;
    config.instances = {"A", "B"};
    config.max_insns = 77;
    return std::make_shared<ComparedRun>(config, &symbols_);
  }
  std::string directory_;
  store::NoSymbols symbols_;
  std::vector<std::string> warnings_;
};

TEST_F(RunStoreTest, RunThatWentOn) {
  auto run = NewRun("r");
  ASSERT_TRUE(Open()->Save(*run).ok());
  auto runs = Load(*Open());
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]->config().id, "r");
  EXPECT_EQ(runs[0]->config().instances, run->config().instances);
  EXPECT_EQ(runs[0]->config().max_insns, 77u);
  EXPECT_EQ(absl::ToUnixNanos(runs[0]->create_time()), absl::ToUnixNanos(run->create_time()));
  EXPECT_EQ(runs[0]->snapshot().phase, Phase::kDone);
  const report::Report report = *runs[0]->Report();
  EXPECT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->reason, "the coordinator was restarted; verified to 0");
  EXPECT_EQ(report.instances.size(), 2u);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(RunStoreTest, RunThatHadEnded) {
  auto run = NewRun("r");
  absl::Notification done;
  run->Cancel("enough");
  run->Watch([&](const Snapshot& s) {
    if (s.phase == Phase::kDone) done.Notify();
  });
  done.WaitForNotification();
  ASSERT_TRUE(Open()->Save(*run).ok());
  for (int restart = 0; restart < 2; ++restart) {
    auto runs = Load(*Open());
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0]->Report()->trouble->reason, "enough");
  }
}

TEST_F(RunStoreTest, WhatWasVerifiedOfEachVcpu) {
  auto store = Open();
  journal::Record record;
  record.run_id = "r";
  record.instances = {"A", "B"};
  record.joined = {true, true};
  record.running = true;
  record.verified_insns = 1200;
  record.vcpu_insns = {700, 500};
  std::ofstream(directory_ + "/r.run", std::ios::binary) << wire::EncodeJournal(record);
  for (int restart = 0; restart < 2; ++restart) {  // the second reads what the first has written
    auto runs = Load(*store);
    ASSERT_EQ(runs.size(), 1u);
    const report::Report report = *runs[0]->Report();
    EXPECT_EQ(report.trouble->reason, "the coordinator was restarted; verified to 1200");
    EXPECT_THAT(report.compared.vcpu_insns, ElementsAre(700, 500));
    EXPECT_EQ(report.vcpus, 2u);
    EXPECT_THAT(runs[0]->snapshot().summary.vcpu_insns, ElementsAre(700, 500));
  }
}

TEST_F(RunStoreTest, TheOldestFirst) {
  auto store = Open();
  for (const char* id : {"b", "a", ".."}) ASSERT_TRUE(store->Save(*NewRun(id)).ok());
  std::vector<std::string> ids;
  for (const auto& run : Load(*store)) ids.push_back(run->config().id);
  EXPECT_THAT(ids, ElementsAre("b", "a", ".."));
}

TEST_F(RunStoreTest, BadFilesAreLeftOut) {
  auto store = Open();
  ASSERT_TRUE(store->Save(*NewRun("good")).ok());
  std::ofstream(directory_ + "/empty.run");
  std::ofstream(directory_ + "/torn.run") << "LCKPRUN\n";
  std::filesystem::copy_file(directory_ + "/good.run", directory_ + "/renamed.run");
  std::ofstream(directory_ + "/note.txt") << "not ours";
  auto runs = Load(*store);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(warnings_.size(), 3u);
  for (const std::string& warning : warnings_) EXPECT_THAT(warning, HasSubstr("left out"));
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/torn.run"));
}

TEST_F(RunStoreTest, WritesWhenSomethingHasChanged) {
  auto store = Open();
  auto run = NewRun("r");
  ASSERT_TRUE(store->Save(*run).ok());
  std::filesystem::remove(directory_ + "/r.run");
  ASSERT_TRUE(store->Save(*run).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/r.run"));
  ASSERT_TRUE(run->Join("A", "", state::ProducerIdentity(), nullptr).ok());
  ASSERT_TRUE(store->Save(*run).ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/r.run"));
  store->Forget("r");
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/r.run"));
}

TEST_F(RunStoreTest, OneCoordinatorAtATime) {
  auto store = Open();
  EXPECT_EQ(RunStore::Open(directory_).status().code(), absl::StatusCode::kFailedPrecondition);
  store.reset();
  EXPECT_TRUE(RunStore::Open(directory_).ok());
  EXPECT_THAT(std::string(RunStore::Open("/no/such/parent/d").status().message()),
              HasSubstr("cannot make '/no/such/parent/d'"));
}

}  // namespace
}  // namespace lockstep::server
