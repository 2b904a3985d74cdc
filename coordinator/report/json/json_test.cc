#include "coordinator/report/json/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/report/text/sample_report.h"
#include "coordinator/report/text/text.h"

namespace lockstep::report {
namespace {

using ::testing::HasSubstr;

// The text is made from the report alone, so that equal texts mean that nothing was lost on the way
// that a reader could miss.
TEST(Json, AReportComesBackAsItWent) {
  for (const Report& report : {testing::IdenticalReport(), testing::TroubleReport(),
                               testing::DivergedReport(), testing::FiveInstancesReport()}) {
    for (bool pretty : {false, true}) {
      const auto json = RenderJson(report, pretty);
      ASSERT_TRUE(json.ok()) << json.status();
      const auto back = ParseJson(*json);
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(RenderText(*back), RenderText(report));
    }
  }
}

TEST(Json, OneLineUnlessPretty) {
  const auto json = RenderJson(testing::DivergedReport(), false);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->find('\n'), std::string::npos);
  EXPECT_THAT(*json, HasSubstr("OUTCOME_DIVERGED"));
}

TEST(Json, GarbageIsRefusedInOneLine) {
  const auto whole = RenderJson(testing::DivergedReport(), false);
  ASSERT_TRUE(whole.ok());
  for (const std::string& json : {std::string(), std::string("hello"), std::string("[]"),
                                  std::string("{}"), whole->substr(0, whole->size() / 2)}) {
    const auto report = ParseJson(json);
    EXPECT_FALSE(report.ok()) << json;
    EXPECT_EQ(std::string(report.status().message()).find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep::report
