#include "proto/cc/mode_convert.h"

#include "gtest/gtest.h"

namespace lockstep::wire {
namespace {

TEST(Mode, RoundTrip) {
  for (state::DigestAt at :
       {state::DigestAt::kWindow, state::DigestAt::kBlock, state::DigestAt::kInsn}) {
    EXPECT_EQ(FromProto(ToProto(at)).value(), at);
  }
  for (state::StreamMode mode :
       {state::StreamMode::kAuto, state::StreamMode::kDense, state::StreamMode::kSparse}) {
    EXPECT_EQ(FromProto(ToProto(mode)).value(), mode);
  }
  EXPECT_EQ(ToProto(state::DigestAt::kWindow), v1::DIGEST_AT_WINDOW);
  EXPECT_EQ(ToProto(state::StreamMode::kSparse), v1::STREAM_MODE_SPARSE);
}

TEST(Mode, DefaultsAndRefusals) {
  EXPECT_EQ(FromProto(v1::DIGEST_AT_UNSPECIFIED).value(), state::DigestAt::kBlock);
  EXPECT_EQ(FromProto(v1::STREAM_MODE_UNSPECIFIED).value(), state::StreamMode::kAuto);
  EXPECT_EQ(FromProto(static_cast<v1::DigestAt>(9)).status().message(),
            "digest_at: unknown value 9");
  EXPECT_EQ(FromProto(static_cast<v1::StreamMode>(9)).status().message(),
            "stream_mode: unknown value 9");
}

}  // namespace
}  // namespace lockstep::wire
