#include "emulator/faults/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lockstep::faults {
namespace {

using ::testing::HasSubstr;

TEST(CatalogueTest, HasAtLeastFifteenFaultsInManyClasses) {
  std::set<std::string_view> names, classes;
  for (const FaultInfo& info : Catalogue()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " is there twice";
    classes.insert(info.fault_class);
    EXPECT_FALSE(info.instruction.empty()) << info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name;
    EXPECT_NE(info.id, Fault::kNone);
  }
  EXPECT_GE(names.size(), 15u);
  EXPECT_GE(classes.size(), 10u);
}

TEST(CatalogueTest, EveryNameParsesToItsFault) {
  for (const FaultInfo& info : Catalogue()) {
    auto plain = ParseInjection(info.name);
    ASSERT_TRUE(plain.ok()) << plain.status().message();
    EXPECT_EQ(plain->fault, info.id);
    EXPECT_EQ(plain->from_icount, 0u);
    auto later = ParseInjection(std::string(info.name) + "@18446744073709551615");
    ASSERT_TRUE(later.ok()) << later.status().message();
    EXPECT_EQ(later->fault, info.id);
    EXPECT_EQ(later->from_icount, ~uint64_t{0});
  }
}

TEST(CatalogueTest, UnknownNameIsRefusedWithNearOnes) {
  auto result = ParseInjection("lw-zero-extend");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("nearest: lw-zero-extends"));
}

TEST(CatalogueTest, BadCountIsRefused) {
  for (const char* text : {"bge-strict@", "bge-strict@x", "bge-strict@-1", "bge-strict@1 2",
                           "bge-strict@18446744073709551616", "bge-strict@+5", ""}) {
    EXPECT_EQ(ParseInjection(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace lockstep::faults
