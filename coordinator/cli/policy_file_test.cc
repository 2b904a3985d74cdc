#include "coordinator/cli/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "proto/cc/policy_convert.h"

namespace lockstep::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Error(const std::string& name) {
  const absl::Status status = LoadPolicy(name).status();
  EXPECT_FALSE(status.ok()) << name;
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  return std::string(status.message());
}

std::string FileWith(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

TEST(PolicyFile, NoneIsTheDefault) {
  const auto none = LoadPolicy("");
  const auto named = LoadPolicy("default");
  ASSERT_TRUE(none.ok() && named.ok()) << named.status();
  EXPECT_EQ(wire::PolicyToText(*none), wire::PolicyToText(*named));
}

TEST(PolicyFile, PresetsHaveNames) {
  const auto strict = LoadPolicy("strict");
  ASSERT_TRUE(strict.ok()) << strict.status();
  EXPECT_EQ(strict->groups, 0xfu);
  EXPECT_EQ(strict->tlb_fills, policy::TlbFills::kCompare);
  const auto qemu = LoadPolicy("qemu");
  ASSERT_TRUE(qemu.ok()) << qemu.status();
  EXPECT_EQ(qemu->tlb_fills, policy::TlbFills::kReport);
}

TEST(PolicyFile, AFileComesBeforeAPreset) {
  const std::filesystem::path before = std::filesystem::current_path();
  FileWith("strict", "max_split_insns: 5");
  std::filesystem::current_path(::testing::TempDir());
  const auto policy = LoadPolicy("strict");
  std::filesystem::current_path(before);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->max_split_insns, 5u);
  EXPECT_EQ(policy->groups, 0u);
}

TEST(PolicyFile, ErrorsNameTheFileAndTheField) {
  EXPECT_EQ(Error("/no/such/file"),
            "/no/such/file: there is no such file, and no such preset: those are default, qemu, "
            "strict");
  const std::string empty_name = FileWith("bad.txtpb", "\ncsr_masks { ignored_bits: 1 }");
  EXPECT_THAT(Error(empty_name), StartsWith(empty_name + ":2:1: policy.csr_masks[0].csr: empty"));
  EXPECT_THAT(Error(::testing::TempDir()), HasSubstr(::testing::TempDir()));
}

}  // namespace
}  // namespace lockstep::cli
