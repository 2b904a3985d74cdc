#include "proto/cc/session_convert.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;

TEST(Terms, RoundTrip) {
  const state::StreamTerms terms{
      .groups = 5, .window_insns = 65536, .block_digests = true, .compare_tlb_fills = true};
  v1::Welcome welcome;
  ToProto(terms, &welcome);
  const auto back = FromProto(welcome);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->groups, 5u);
  EXPECT_EQ(back->window_insns, 65536u);
  EXPECT_TRUE(back->sparse());
  EXPECT_TRUE(back->block_digests);
  EXPECT_TRUE(back->compare_tlb_fills);
  EXPECT_FALSE(FromProto(v1::Welcome())->sparse());
}

TEST(Terms, UnknownGroup) {
  v1::Welcome welcome;
  welcome.add_groups(static_cast<v1::DigestGroup>(9));
  EXPECT_EQ(FromProto(welcome).status().message(), "welcome.groups: unknown digest group 9");
}

TEST(DetailRequest, RoundTripAndRefusals) {
  v1::DetailRequest proto;
  ToProto(state::DetailRequest{7, 3, 100, 200}, &proto);
  const auto back = FromProto(proto);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->request_id, 7u);
  EXPECT_EQ(back->vcpu, 3u);
  EXPECT_EQ(back->first_icount, 100u);
  EXPECT_EQ(back->end_icount, 200u);
  proto.set_vcpu(64);
  EXPECT_EQ(FromProto(proto).status().message(), "detail_request.vcpu: there is no vCPU 64");
  proto.set_vcpu(0);
  proto.set_end_icount(99);
  EXPECT_EQ(FromProto(proto).status().message(),
            "detail_request.end_icount: 99 is before first_icount, 100");
}

TEST(DetailReply, RoundTripAndRefusals) {
  state::DetailReply reply;
  reply.request_id = 8;
  reply.more = true;
  reply.batches.resize(2);
  reply.batches[1].first_icount = 5;
  reply.batches[1].block_ids = {1};
  reply.batches[1].icount_offsets = {0};
  reply.batches[0].records = reply.batches[1].records = 1;
  v1::DetailReply proto;
  ToProto(reply, &proto);
  const auto back = FromProto(proto);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->request_id, 8u);
  EXPECT_TRUE(back->more);
  ASSERT_EQ(back->batches.size(), 2u);
  EXPECT_EQ(back->batches[1].first_icount, 5u);
  proto.mutable_batches(1)->set_block_count(7);
  EXPECT_THAT(std::string(FromProto(proto).status().message()), HasSubstr("detail.batches."));
  for (int i = 0; i < kMaxDetailBatches; ++i) proto.add_batches();
  EXPECT_EQ(FromProto(proto).status().message(), "detail.batches: 66 are more than 64");
}

TEST(Rerun, RoundTripAndRefusals) {
  state::Rerun rerun;
  rerun.run_id = "r+2";
  rerun.pass = {
      .vcpu = 3, .silent_until_icount = 20, .stop_at_icount = 48, .groups = 5, .events = 0b100110};
  v1::Rerun proto;
  ToProto(rerun, &proto);
  EXPECT_EQ(proto.events_size(), 3);
  proto.add_events(static_cast<v1::EventKind>(77));  // of a newer coordinator
  const auto back = FromProto(proto);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->run_id, "r+2");
  EXPECT_EQ(back->pass.vcpu, 3u);
  EXPECT_EQ(back->pass.silent_until_icount, 20u);
  EXPECT_EQ(back->pass.stop_at_icount, 48u);
  EXPECT_EQ(back->pass.groups, 5u);
  EXPECT_EQ(back->pass.events, 0b100110u);
  proto.set_stop_at_icount(20);
  EXPECT_EQ(FromProto(proto).status().message(),
            "stop.rerun.stop_at_icount: 20 is not after silent_until_icount, 20");
  proto.set_run_id(std::string(81, 'x'));
  EXPECT_EQ(FromProto(proto).status().message(), "stop.rerun.run_id: 81 bytes, not 1 to 80");
  proto.clear_run_id();
  EXPECT_EQ(FromProto(proto).status().message(), "stop.rerun.run_id: 0 bytes, not 1 to 80");
  proto.set_run_id("r+2");
  proto.set_stop_at_icount(21);
  proto.add_groups(static_cast<v1::DigestGroup>(9));
  EXPECT_EQ(FromProto(proto).status().message(), "stop.rerun.groups: unknown digest group 9");
  proto.set_vcpu(64);
  EXPECT_EQ(FromProto(proto).status().message(), "stop.rerun.vcpu: 64 is not below 64");
}

}  // namespace
}  // namespace lockstep::wire
