#include "proto/cc/window_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;

state::WindowBatch FullBatch() {
  state::WindowBatch batch;
  batch.vcpu = 3;
  batch.start_icount = 17;
  batch.start_digests = {1, 2, 3, ~0ull};
  batch.icounts = {65536, 131072, 131072};
  batch.steps = {1, 2, 3};
  batch.pcs = {0x80000000, ~0ull, 0};
  batch.digests = {{4, 5, 6, 7}, {8, 9, 10, 11}, {12, 13, 14, 15}};
  batch.flow_digests = {16, 17, 18};
  batch.trap_digests = {19, 20, 21};
  batch.trap_counts = {22, 23, ~0u};
  batch.block_digests = {24, 25, 26};
  batch.block_counts = {27, 28, 0};
  batch.end.emplace();
  batch.end->reason = state::EndReason::kHalted;
  batch.end->icount = 131072;
  batch.end->step = 99;
  batch.end->digests = {12, 13, 14, 15};
  batch.end->console_digest = 30;
  batch.end->exit_code = -1;
  batch.end->text = "wfi";
  batch.infos = 31;
  batch.records = 32;
  batch.sums = true;
  return batch;
}

v1::WindowBatch FullProto() {
  v1::WindowBatch proto;
  ToProto(FullBatch(), &proto);
  return proto;
}

TEST(WindowBatch, RoundTrip) {
  const state::WindowBatch batch = FullBatch();
  const auto again = FromProto(FullProto());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->vcpu, batch.vcpu);
  EXPECT_EQ(again->first_window, batch.first_window);
  EXPECT_EQ(again->start_icount, batch.start_icount);
  EXPECT_EQ(again->start_digests, batch.start_digests);
  EXPECT_EQ(again->icounts, batch.icounts);
  EXPECT_EQ(again->steps, batch.steps);
  EXPECT_EQ(again->pcs, batch.pcs);
  EXPECT_EQ(again->digests, batch.digests);
  EXPECT_EQ(again->flow_digests, batch.flow_digests);
  EXPECT_EQ(again->trap_digests, batch.trap_digests);
  EXPECT_EQ(again->trap_counts, batch.trap_counts);
  EXPECT_EQ(again->block_digests, batch.block_digests);
  EXPECT_EQ(again->block_counts, batch.block_counts);
  ASSERT_TRUE(again->end.has_value());
  EXPECT_EQ(again->end->reason, batch.end->reason);
  EXPECT_EQ(again->end->icount, batch.end->icount);
  EXPECT_EQ(again->end->digests, batch.end->digests);
  EXPECT_EQ(again->end->console_digest, batch.end->console_digest);
  EXPECT_EQ(again->end->exit_code, batch.end->exit_code);
  EXPECT_EQ(again->end->text, batch.end->text);
  EXPECT_EQ(again->infos, batch.infos);
  EXPECT_EQ(again->records, batch.records);
  EXPECT_TRUE(again->sums);
}

TEST(WindowBatch, OnlyTheFirstHasStartDigests) {
  state::WindowBatch batch = FullBatch();
  batch.first_window = 5;
  v1::WindowBatch proto;
  ToProto(batch, &proto);
  EXPECT_TRUE(proto.start_digests().empty());
  const auto again = FromProto(proto);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->first_window, 5u);
  EXPECT_EQ(again->start_digests, state::Digests{});
}

TEST(WindowBatch, BadFieldsAreNamed) {
  struct Bad {
    std::function<void(v1::WindowBatch&)> change;
    const char* message;
  };
  const Bad cases[] = {
      {[](auto& p) { p.set_vcpu(64); }, "vcpu: "},
      {[](auto& p) { p.set_row_count(0); }, "row_count: 0"},
      {[](auto& p) { p.set_row_count(65537); }, "row_count: 65537"},
      {[](auto& p) { p.clear_start_digests(); }, "start_digests: "},
      {[](auto& p) { p.set_first_window(1); }, "start_digests: "},
      {[](auto& p) { p.mutable_icounts()->pop_back(); }, "icounts: "},
      {[](auto& p) { p.mutable_steps()->append(8, 0); }, "steps: "},
      {[](auto& p) { p.clear_pcs(); }, "pcs: "},
      {[](auto& p) { p.mutable_digests()->resize(24); }, "digests: "},
      {[](auto& p) { p.clear_flow_digests(); }, "flow_digests: "},
      {[](auto& p) { p.clear_trap_digests(); }, "trap_digests: "},
      {[](auto& p) { p.clear_trap_counts(); }, "trap_counts: "},
      {[](auto& p) { p.clear_block_digests(); }, "block_digests: "},
      {[](auto& p) { p.clear_block_counts(); }, "block_counts: "},
      {[](auto& p) { p.clear_end(); }, "icounts: 131072 follows 131072"},
      {[](auto& p) { p.mutable_icounts()->at(7) = 1; }, "icounts: 131072 follows 7205"},
      {[](auto& p) { p.mutable_end()->set_icount(5); }, "end: icount 5"},
      {[](auto& p) { p.mutable_end()->clear_reason(); }, "reason"},
      {[](auto& p) { p.mutable_end()->clear_digests(); }, "digests"},
  };
  for (const Bad& bad : cases) {
    v1::WindowBatch proto = FullProto();
    bad.change(proto);
    const auto batch = FromProto(proto);
    EXPECT_EQ(batch.status().code(), absl::StatusCode::kInvalidArgument) << bad.message;
    EXPECT_THAT(std::string(batch.status().message()), HasSubstr(bad.message));
  }
}

// Encoded messages with bytes changed: refused or consistent, never a crash.
TEST(WindowBatch, GarbageIsRefusedOrConsistent) {
  const std::string good = FullProto().SerializeAsString();
  std::mt19937_64 rng(1);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (uint64_t n = 1 + rng() % 4; n > 0; --n) {
      bytes[rng() % bytes.size()] = static_cast<char>(rng());
    }
    if (rng() % 4 == 0) bytes.resize(rng() % bytes.size());
    v1::WindowBatch proto;
    if (!proto.ParseFromString(bytes)) continue;
    const auto batch = FromProto(proto);
    if (!batch.ok()) continue;
    ++accepted;
    ASSERT_EQ(batch->digests.size(), batch->rows());
    ASSERT_EQ(batch->block_counts.size(), batch->rows());
  }
  EXPECT_GT(accepted, 100);
}

TEST(WindowCredit, RoundTrip) {
  v1::WindowCredit proto;
  ToProto(state::WindowCredit{2, 1ull << 40}, &proto);
  const auto credit = FromProto(proto);
  ASSERT_TRUE(credit.ok());
  EXPECT_EQ(credit->vcpu, 2u);
  EXPECT_EQ(credit->agreed_windows, 1ull << 40);
  proto.set_vcpu(64);
  EXPECT_FALSE(FromProto(proto).ok());
}

}  // namespace
}  // namespace lockstep::wire
