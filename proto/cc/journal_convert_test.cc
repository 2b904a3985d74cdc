#include "proto/cc/journal_convert.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;

journal::Record Running() {
  journal::Record record;
  record.run_id = "nightly-7";
  record.instances = {"old", "new"};
  record.joined = {true, true};
  record.history_blocks = 16;
  record.max_insns = 1000;
  record.create_time_unix_ns = 1'700'000'000'123'456'789;
  record.running = true;
  record.verified_insns = 800;
  record.blocks = 200;
  record.splits = 3;
  record.vcpu_insns = {5, 6};
  return record;
}

std::string MessageOf(absl::string_view bytes) {
  auto record = DecodeJournal(bytes);
  EXPECT_EQ(record.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(record.status().message());
}

TEST(Journal, RunningRun) {
  auto record = DecodeJournal(EncodeJournal(Running()));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->run_id, "nightly-7");
  EXPECT_EQ(record->instances, Running().instances);
  EXPECT_EQ(record->joined, Running().joined);
  EXPECT_EQ(record->history_blocks, 16u);
  EXPECT_EQ(record->max_insns, 1000u);
  EXPECT_EQ(record->create_time_unix_ns, 1'700'000'000'123'456'789);
  EXPECT_TRUE(record->running);
  EXPECT_EQ(record->verified_insns, 800u);
  EXPECT_EQ(record->blocks, 200u);
  EXPECT_EQ(record->splits, 3u);
  EXPECT_EQ(record->vcpu_insns, (std::vector<uint64_t>{5, 6}));
  EXPECT_FALSE(record->report.has_value());
}

TEST(Journal, EndedRun) {
  journal::Record ended = Running();
  ended.running = false;
  ended.joined = {false, true};
  ended.report = report::Report();
  ended.report->run_id = ended.run_id;
  ended.report->outcome = report::Outcome::kTrouble;
  ended.report->trouble = {"old", "vanished"};
  ended.report->instances.resize(2);
  auto record = DecodeJournal(EncodeJournal(ended));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_FALSE(record->running);
  EXPECT_EQ(record->joined, ended.joined);
  EXPECT_EQ(record->report->trouble->reason, "vanished");
}

TEST(Journal, EveryDamageIsSeen) {
  const std::string good = EncodeJournal(Running());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(DecodeJournal(bad).ok()) << "byte " << i;
    EXPECT_FALSE(DecodeJournal(good.substr(0, i)).ok()) << i << " bytes";
  }
  EXPECT_FALSE(DecodeJournal(good + "x").ok());
}

TEST(Journal, SaysWhatIsWrong) {
  EXPECT_THAT(MessageOf(""), HasSubstr("no journal of a run"));
  std::string later = EncodeJournal(Running());
  later[8] = 2;
  EXPECT_EQ(MessageOf(later), "its version is 2, but this program knows 1");
  std::string flipped = EncodeJournal(Running());
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_EQ(MessageOf(flipped), "its checksum is wrong");
}

TEST(Journal, WhatBreaksTheRules) {
  journal::Record one = Running();
  one.instances = {"old"};
  one.joined = {true};
  EXPECT_THAT(MessageOf(EncodeJournal(one)), HasSubstr("run.instances"));
  journal::Record twice = Running();
  twice.instances = {"old", "old"};
  EXPECT_THAT(MessageOf(EncodeJournal(twice)), HasSubstr("run.instances"));
  journal::Record unnamed = Running();
  unnamed.run_id = "";
  EXPECT_THAT(MessageOf(EncodeJournal(unnamed)), HasSubstr("run.run_id"));
  journal::Record foreign = Running();
  foreign.report = report::Report();
  foreign.report->run_id = "another";
  foreign.report->trouble = {"", "x"};
  EXPECT_THAT(MessageOf(EncodeJournal(foreign)), HasSubstr("report: it is of another run"));
}

}  // namespace
}  // namespace lockstep::wire
