#include "coordinator/detect/comparison.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/detect/checker.h"
#include "coordinator/detect/sparse_checker.h"

namespace lockstep::detect {
namespace {

// The first instance without one of these abilities; empty if all have them.
std::string Lacking(const Options& options, uint32_t abilities) {
  for (const InstanceSpec& instance : options.instances) {
    if ((instance.identity.abilities & abilities) != abilities) return instance.name;
  }
  return "";
}

absl::StatusOr<state::StreamMode> ChooseMode(const Options& options, state::GroupMask groups) {
  if (options.stream_mode == state::StreamMode::kSparse) return options.stream_mode;
  const absl::Status sparse = CheckSparse(options);
  if (options.digest_at == state::DigestAt::kWindow && groups != 0) {
    // Every block's digests would be compared, and they are right at window ends only.
    if (options.stream_mode == state::StreamMode::kDense) {
      return absl::InvalidArgumentError(
          "digests at window ends (--digest=window) cannot be compared block by block "
          "(--stream=dense): leave one of the two out");
    }
    if (!sparse.ok()) return sparse;
    return state::StreamMode::kSparse;
  }
  if (options.stream_mode == state::StreamMode::kDense || !sparse.ok()) {
    return state::StreamMode::kDense;
  }
  return state::StreamMode::kSparse;
}

}  // namespace

absl::Status CheckSparse(const Options& options) {
  const std::string unable = Lacking(options, state::kAbilityWindows | state::kAbilityLayout);
  if (!unable.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("instance ", unable,
                     " cannot tell windows (it lacks the ability WINDOWS or LAYOUT): use "
                     "--stream=dense --digest=block"));
  }
  if (options.policy.async_skew_insns != 0) {
    return absl::FailedPreconditionError(
        "policy field async_skew_insns needs every block: use --stream=dense");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Comparison>> CreateComparison(Options options) {
  const absl::StatusOr<state::GroupMask> groups = CheckOptions(options);
  if (!groups.ok()) return groups.status();
  if (options.digest_at == state::DigestAt::kInsn) {
    const std::string unable = Lacking(options, state::kAbilityStep);
    if (!unable.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "instance ", unable, " cannot run one instruction per block, which --digest=insn needs"));
    }
  }
  const absl::StatusOr<state::StreamMode> mode = ChooseMode(options, *groups);
  if (!mode.ok()) return mode.status();
  if (*mode == state::StreamMode::kSparse) return SparseChecker::Create(std::move(options));
  return Checker::Create(std::move(options));
}

}  // namespace lockstep::detect
