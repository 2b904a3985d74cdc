#include "proto/cc/mode_convert.h"

#include "absl/strings/str_cat.h"

namespace lockstep::wire {

v1::DigestAt ToProto(state::DigestAt digest_at) { return static_cast<v1::DigestAt>(digest_at); }

absl::StatusOr<state::DigestAt> FromProto(v1::DigestAt digest_at) {
  if (digest_at == v1::DIGEST_AT_UNSPECIFIED) return state::DigestAt::kBlock;
  if (v1::DigestAt_IsValid(digest_at)) return static_cast<state::DigestAt>(digest_at);
  return absl::InvalidArgumentError(
      absl::StrCat("digest_at: unknown value ", static_cast<int>(digest_at)));
}

v1::StreamMode ToProto(state::StreamMode mode) { return static_cast<v1::StreamMode>(mode); }

absl::StatusOr<state::StreamMode> FromProto(v1::StreamMode mode) {
  if (mode == v1::STREAM_MODE_UNSPECIFIED) return state::StreamMode::kAuto;
  if (v1::StreamMode_IsValid(mode)) return static_cast<state::StreamMode>(mode);
  return absl::InvalidArgumentError(
      absl::StrCat("stream_mode: unknown value ", static_cast<int>(mode)));
}

}  // namespace lockstep::wire
