#include "coordinator/ingest/request.h"

#include "gtest/gtest.h"

namespace lockstep::ingest {
namespace {

TEST(Request, OfTheDefaults) {
  const struct lockstep_request request = RequestFor(RunSettings());
  EXPECT_EQ(request.silent_until_icount, 0u);
  EXPECT_EQ(request.stop_at_icount, UINT64_MAX);
  EXPECT_EQ(request.step, 0u);
  EXPECT_EQ(request.groups, 0xfu);
  EXPECT_EQ(request.events, ~0u);
  EXPECT_EQ(request.digest_at, static_cast<uint32_t>(LOCKSTEP_DIGEST_AT_BLOCK));
  EXPECT_EQ(request.window_insns, 65536u);
}

TEST(Request, OfWhatWasAskedFor) {
  RunSettings settings;
  settings.policy.groups = state::MaskOf(state::Group::kMem);
  settings.max_insns = 1000;
  settings.digest_at = state::DigestAt::kWindow;
  struct lockstep_request request = RequestFor(settings);
  EXPECT_EQ(request.groups, 8u);
  EXPECT_EQ(request.stop_at_icount, 1000u);
  EXPECT_EQ(request.digest_at, static_cast<uint32_t>(LOCKSTEP_DIGEST_AT_WINDOW));
  EXPECT_EQ(request.step, 0u);
  settings.digest_at = state::DigestAt::kInsn;
  request = RequestFor(settings);
  EXPECT_EQ(request.digest_at, static_cast<uint32_t>(LOCKSTEP_DIGEST_AT_INSN));
  EXPECT_EQ(request.step, 1u);
}

TEST(Request, OfARunBySums) {
  RunSettings settings;
  settings.digest_at = state::DigestAt::kWindow;
  EXPECT_EQ(RequestFor(settings).sums, 0u);
  settings.sums = true;
  const struct lockstep_request request = RequestFor(settings);
  EXPECT_EQ(request.sums, 1u);
  EXPECT_EQ(request.events, 0b110u) << "exceptions and interrupts";
}

TEST(Request, OfARunThatBeginsLater) {
  RunSettings settings;
  settings.start_icount = 131072;
  EXPECT_EQ(RequestFor(settings).silent_until_icount, 131072u);
  EXPECT_EQ(RequestFor(settings).only_vcpu, 0u);
}

TEST(SumsGoWith, NothingThatTakesBlocksOneByOne) {
  RunSettings settings;
  EXPECT_FALSE(SumsGoWith(settings, /*alike=*/false));
  EXPECT_TRUE(SumsGoWith(settings, /*alike=*/true));
  settings.digest_at = state::DigestAt::kInsn;
  EXPECT_FALSE(SumsGoWith(settings, /*alike=*/true));
  settings.digest_at = state::DigestAt::kWindow;
  EXPECT_TRUE(SumsGoWith(settings, /*alike=*/false));
  settings.stream_mode = state::StreamMode::kSparse;
  EXPECT_TRUE(SumsGoWith(settings, /*alike=*/true));
  RunSettings fills = settings, skews = settings;
  settings.stream_mode = state::StreamMode::kDense;
  EXPECT_FALSE(SumsGoWith(settings, /*alike=*/true));
  fills.policy.tlb_fills = policy::TlbFills::kCompare;
  EXPECT_FALSE(SumsGoWith(fills, /*alike=*/true));
  skews.policy.async_skew_insns = 1;
  EXPECT_FALSE(SumsGoWith(skews, /*alike=*/true));
}

TEST(Request, OfASecondPass) {
  const struct lockstep_request request = RequestFor(state::SecondPass{
      .vcpu = 2, .silent_until_icount = 20, .stop_at_icount = 48, .groups = 5, .events = 6});
  EXPECT_EQ(request.only_vcpu, 3u);
  EXPECT_EQ(request.silent_until_icount, 20u);
  EXPECT_EQ(request.stop_at_icount, 48u);
  EXPECT_EQ(request.step, 1u);
  EXPECT_EQ(request.groups, 5u);
  EXPECT_EQ(request.events, 6u);
}

TEST(Request, RingsByNeed) {
  RunSettings settings;
  EXPECT_GE(RingSlotsFor(settings, Reach::kProcess), uint64_t{1} << 20);
  EXPECT_GT(RingSlotsFor(settings, Reach::kNetwork), RingSlotsFor(settings, Reach::kProcess));
  settings.stream_mode = state::StreamMode::kDense;
  for (Reach reach : {Reach::kProcess, Reach::kNetwork}) {
    EXPECT_EQ(RingSlotsFor(settings, reach), 65536u);
  }
}

}  // namespace
}  // namespace lockstep::ingest
