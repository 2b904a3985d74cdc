#include "proto/cc/policy_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Error(absl::string_view text) {
  const absl::Status status = ParsePolicy(text, "p.txtpb").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  return std::string(status.message());
}

TEST(Policy, DefaultsOfAnEmptyText) {
  const absl::StatusOr<policy::Policy> policy = ParsePolicy("", "p.txtpb");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(PolicyToText(*policy), PolicyToText(policy::Policy{}));
  EXPECT_EQ(policy->groups, 0u);
  EXPECT_EQ(policy->max_split_insns, 65536u);
  EXPECT_EQ(policy->async_skew_insns, 0u);
  EXPECT_EQ(policy->tlb_fills, policy::TlbFills::kReport);
  EXPECT_EQ(policy->on_divergence, policy::OnDivergence::kStop);
}

TEST(Policy, RoundTrip) {
  policy::Policy policy;
  policy.csr_masks = {{"mip", 0xaaa}, {"mstatus", ~0ull}};
  policy.volatile_ranges = {{0x80000000, 4096}, {~0ull - 15, 16}};
  policy.tlb_fills = policy::TlbFills::kCompare;
  policy.max_split_insns = 7;
  policy.async_skew_insns = 9;
  policy.on_divergence = policy::OnDivergence::kDropOutliers;
  policy.groups = 0xe;
  policy.extra_csrs = {"time", "mip"};
  const absl::StatusOr<policy::Policy> again = ParsePolicy(PolicyToText(policy), "p.txtpb");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->groups, 0xeu);
  EXPECT_EQ(again->extra_csrs, policy.extra_csrs);
  ASSERT_EQ(again->csr_masks.size(), 2u);
  EXPECT_EQ(again->csr_masks[1].csr, "mstatus");
  EXPECT_EQ(again->csr_masks[1].bits, ~0ull);
  ASSERT_EQ(again->volatile_ranges.size(), 2u);
  EXPECT_EQ(again->volatile_ranges[1].bytes, 16u);
  EXPECT_EQ(again->tlb_fills, policy::TlbFills::kCompare);
  EXPECT_EQ(again->max_split_insns, 7u);
  EXPECT_EQ(again->async_skew_insns, 9u);
  EXPECT_EQ(again->on_divergence, policy::OnDivergence::kDropOutliers);
}

TEST(Policy, ErrorsSayWhereAndWhat) {
  EXPECT_THAT(Error("tlb_fills: TLB_FILLS_REPORT\nmax_splits: 3\n"),
              StartsWith("p.txtpb:2:11: Message type \"lockstep.v1.Policy\" has no field named "
                         "\"max_splits\"; the fields of a policy are in"));
  EXPECT_THAT(Error("{"), StartsWith("p.txtpb:1:"));
  EXPECT_THAT(Error("groups: GPR"), StartsWith("p.txtpb:1:"));
  EXPECT_THAT(Error("max_split_insns: -1"), StartsWith("p.txtpb:1:"));
  EXPECT_THAT(Error("\n  max_split_insns: 0"),
              StartsWith("p.txtpb:2:3: policy.max_split_insns: 0"));
  EXPECT_THAT(Error("groups: DIGEST_GROUP_UNSPECIFIED"), HasSubstr("unknown digest group 0"));
  EXPECT_THAT(Error("csr_masks { csr: \"mip\" ignored_bits: 1 }\ncsr_masks { ignored_bits: 1 }"),
              StartsWith("p.txtpb:2:1: policy.csr_masks[1].csr: empty"));
  EXPECT_THAT(Error("csr_masks { csr: \"mip\" }"), HasSubstr("ignores nothing"));
  EXPECT_THAT(Error("csr_masks { csr: \"m ip\" ignored_bits: 1 }"), HasSubstr("no register has"));
  EXPECT_THAT(Error("extra_csrs: \"a_name_of_24_characters_\""), HasSubstr("no register has"));
  EXPECT_THAT(Error("csr_masks { csr: \"mip\" ignored_bits: 1 }\n"
                    "csr_masks { csr: \"mip\" ignored_bits: 2 }"),
              StartsWith("p.txtpb:2:1: policy.csr_masks[1].csr: mip comes twice"));
  EXPECT_THAT(Error("extra_csrs: \"time\"\nextra_csrs: \"time\""),
              StartsWith("p.txtpb:2:1: policy.extra_csrs[1]: time comes twice"));
  EXPECT_THAT(Error("groups: DIGEST_GROUP_GPR\nextra_csrs: \"time\""),
              StartsWith("p.txtpb:2:1: policy.extra_csrs[0]: groups leaves DIGEST_GROUP_CSR out"));
  EXPECT_THAT(Error("volatile_ranges { base: 1 }"), HasSubstr("size_bytes: 0"));
  EXPECT_THAT(Error("volatile_ranges { base: 0xfffffffffffffff0 size_bytes: 17 }"),
              HasSubstr("passes the end"));
  EXPECT_THAT(Error(std::string((1 << 20) + 1, ' ')), HasSubstr("are no policy"));
}

TEST(Policy, ListsHaveTheRoomOfARing) {
  std::string masks, extras, ranges;
  for (int i = 0; i < 32; ++i) {
    masks += "csr_masks { csr: \"pmpaddr" + std::to_string(i) + "\" ignored_bits: 1 }\n";
    extras += "extra_csrs: \"hpm" + std::to_string(i) + "\"\n";
    if (i < 16) ranges += "volatile_ranges { base: " + std::to_string(i) + " size_bytes: 1 }\n";
  }
  const absl::StatusOr<policy::Policy> full = ParsePolicy(masks + extras + ranges, "p.txtpb");
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->csr_masks.size(), policy::kMaxCsrMasks);
  EXPECT_EQ(full->extra_csrs.size(), policy::kMaxExtraCsrs);
  EXPECT_EQ(full->volatile_ranges.size(), policy::kMaxRanges);
  EXPECT_THAT(Error(masks + "csr_masks { csr: \"mip\" ignored_bits: 1 }"),
              StartsWith("p.txtpb:33:1: policy.csr_masks[32]: there can be 32 at most"));
  EXPECT_THAT(Error(extras + "extra_csrs: \"mip\""),
              StartsWith("p.txtpb:33:1: policy.extra_csrs[32]: there can be 32 at most"));
  EXPECT_THAT(Error(ranges + "volatile_ranges { size_bytes: 1 }"),
              StartsWith("p.txtpb:17:1: policy.volatile_ranges[16]: there can be 16 at most"));
}

TEST(Policy, PresetsAreValid) {
  for (const char* name : {"default", "strict", "qemu"}) {
    const std::string path = std::string("proto/policies/") + name + ".txtpb";
    std::ifstream file(path);
    ASSERT_TRUE(file.good()) << path;
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const absl::StatusOr<policy::Policy> policy = ParsePolicy(text, path);
    ASSERT_TRUE(policy.ok()) << policy.status();
    if (name == std::string("default")) {
      EXPECT_EQ(PolicyToText(*policy), PolicyToText(policy::Policy{}))
          << "the preset must be what a run without a policy does";
    }
  }
}

}  // namespace
}  // namespace lockstep::wire
