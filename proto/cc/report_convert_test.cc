#include "proto/cc/report_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/strings/str_replace.h"
#include "proto/cc/test_values.h"
#include "proto/lockstep/v1/verdict.pb.h"

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Report, RoundTripThroughMessageAndJson) {
  const report::Report report = FullReport();
  const v1::Report proto = ToProto(report);
  const absl::StatusOr<report::Report> again = FromProto(proto);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToProto(*again).DebugString(), proto.DebugString());
  for (bool pretty : {true, false}) {
    const absl::StatusOr<std::string> json = ReportToJson(report, pretty);
    ASSERT_TRUE(json.ok()) << json.status();
    const absl::StatusOr<report::Report> parsed = ReportFromJson(*json);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(ToProto(*parsed).DebugString(), proto.DebugString());
  }
  // What the message does not say, it does not say by accident: spot checks of the values.
  const report::Divergence& divergence = *again->divergence;
  EXPECT_EQ(again->outcome, report::Outcome::kDiverged);
  EXPECT_EQ(again->instances[0].identity.engine, state::Engine::kJit);
  EXPECT_EQ(again->compared.groups, 0xfu);
  EXPECT_EQ(again->compared.split_counts[1].splits, 7u);
  EXPECT_EQ(again->compared.windows, 8u);
  EXPECT_EQ(again->compared.detailed_windows, 9u);
  EXPECT_TRUE(again->compared.sums);
  EXPECT_EQ(again->compared.digest_at, state::DigestAt::kWindow);
  EXPECT_EQ(again->compared.stream_mode, state::StreamMode::kSparse);
  EXPECT_EQ(again->compared.split_causes[7], 1u);
  EXPECT_EQ(again->compared.split_counts[0].causes[7], 8u);
  EXPECT_EQ(again->compared.skew_list[0].icounts[0], 100u);
  EXPECT_FALSE(again->compared.skew_list[0].icounts[1].has_value());
  EXPECT_EQ(divergence.kind, report::Kind::kTlb);
  EXPECT_EQ(divergence.history[0].blocks[0]->executed, 3u);
  EXPECT_FALSE(divergence.history[0].blocks[1].has_value());
  EXPECT_TRUE(divergence.history[1].diverged);
  EXPECT_EQ(divergence.tlb[0].mark, report::FillMark::kSuspect);
  EXPECT_EQ(divergence.tlb[0].events[0]->fields[7], 8u);
  EXPECT_EQ(divergence.events[0].events[1]->kind, state::EventKind::kException);
  EXPECT_EQ(divergence.registers[0].values[0], 0u) << "a value of 0 is not an absent one";
  EXPECT_FALSE(divergence.registers[0].values[1].has_value());
  EXPECT_EQ(divergence.instruction->operands[1].second, ~0ull);
  EXPECT_TRUE(divergence.instruction->results[1].trap.has_value());
}

TEST(Report, UnknownAndDoubledCausesOfSplitsAreRefused) {
  for (const auto& bad : {std::vector<int>{0}, {9}, {3, 3}}) {
    v1::Report proto = ToProto(FullReport());
    proto.mutable_compared()->clear_split_causes();
    for (int cause : bad) {
      auto* count = proto.mutable_compared()->add_split_causes();
      count->set_cause(static_cast<v1::SplitCause>(cause));
      count->set_count(1);
    }
    EXPECT_THAT(FromProto(proto).status().message(), HasSubstr("report.compared: "));
  }
}

TEST(Report, JsonHasTheNamesOfTheProto) {
  const std::string json = ReportToJson(FullReport(), false).value();
  EXPECT_THAT(json, HasSubstr("\"format_version\":1"));
  EXPECT_THAT(json, HasSubstr("\"outcome\":\"OUTCOME_DIVERGED\""));
  EXPECT_THAT(json, HasSubstr("\"last_agreed_icount\":\"10\""));
  EXPECT_THAT(json, HasSubstr("\"outlier\":false"));
  EXPECT_THAT(json, Not(HasSubstr("\n")));
  EXPECT_THAT(json, Not(HasSubstr("\"trouble\"")));
}

TEST(Report, TextThatIsNotUtf8) {
  report::Report report = FullReport();
  report.instances[0].command = "emu \xc3\x28 \xe2\x82\xac";
  const absl::StatusOr<std::string> json = ReportToJson(report);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(ReportFromJson(*json)->instances[0].command, "emu \xef\xbf\xbd( \xe2\x82\xac");
}

TEST(Report, AnInstanceThatNeverJoined) {
  report::Report report;
  report.instances.emplace_back().name = "A";
  report.trouble = report::Trouble{"A", "never came"};
  const absl::StatusOr<report::Report> again = FromProto(ToProto(report));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->instances[0].name, "A");
  EXPECT_EQ(again->trouble->reason, "never came");
}

TEST(Report, EachFieldIsChecked) {
  using D = v1::Divergence;
  const auto message = [](const std::function<void(v1::Report&)>& spoil) {
    v1::Report proto = ToProto(FullReport());
    spoil(proto);
    const absl::Status status = FromProto(proto).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  const auto in_divergence = [&](const std::function<void(D&)>& spoil) {
    return message([&](v1::Report& report) { spoil(*report.mutable_divergence()); });
  };
  EXPECT_THAT(message([](auto& r) { r.set_format_version(2); }), HasSubstr("format_version: 2"));
  EXPECT_THAT(message([](auto& r) { r.Clear(); }), HasSubstr("format_version: 0"));
  EXPECT_THAT(message([](auto& r) { r.clear_outcome(); }), HasSubstr("outcome: unknown value 0"));
  EXPECT_THAT(message([](auto& r) { r.clear_divergence(); }), HasSubstr("report.divergence"));
  EXPECT_THAT(message([](auto& r) { r.mutable_trouble(); }), HasSubstr("report.trouble"));
  EXPECT_THAT(message([](auto& r) { r.set_vcpus(0); }), HasSubstr("report.vcpus: 0"));
  EXPECT_THAT(message([](auto& r) { r.mutable_instances(0)->mutable_identity()->set_vcpus(99); }),
              HasSubstr("report.instances.identity.vcpus"));
  EXPECT_THAT(message([](auto& r) { r.add_instances(); }), HasSubstr("2 cells in a report of 3"));
  EXPECT_THAT(message([](auto& r) { r.mutable_compared()->add_groups(v1::DigestGroup(7)); }),
              HasSubstr("report.compared.groups"));
  EXPECT_THAT(in_divergence([](D& d) { d.clear_kind(); }), HasSubstr("divergence.kind"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_history(0)->add_cells(); }),
              HasSubstr("divergence.history"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_tlb(0)->mutable_cells()->Clear(); }),
              HasSubstr("divergence.tlb"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_tlb(0)->clear_mark(); }), HasSubstr("tlb.mark"));
  EXPECT_THAT(in_divergence([](D& d) {
                d.mutable_tlb(0)->mutable_cells(0)->mutable_event()->clear_fields();
              }),
              HasSubstr("divergence.tlb.event.fields"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_events(0)->add_cells(); }),
              HasSubstr("divergence.events"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_registers(0)->add_cells(); }),
              HasSubstr("divergence.registers"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_suspect_block()->add_digests(1); }),
              HasSubstr("digests: 5"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_instruction()->clear_results(); }),
              HasSubstr("instruction.results"));
  EXPECT_THAT(in_divergence([](D& d) { d.mutable_instruction()->set_code(std::string(17, 'x')); }),
              HasSubstr("instruction.code: 17"));
}

TEST(ReportFromJson, BadText) {
  for (const char* json : {"", "{", "[]", "{\"vcpus\": \"many\"}", "null", "\xff\xfe"}) {
    const absl::Status status = ReportFromJson(json).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n"))) << json;
  }
  const std::string text(ReportFromJson("{").status().message());
  EXPECT_THAT(text, HasSubstr("not a Lockstep report"));
  EXPECT_THAT(text, Not(HasSubstr("INVALID_ARGUMENT")));
  // A later version may add fields.
  const std::string json = ReportToJson(FullReport(), false).value();
  EXPECT_TRUE(ReportFromJson("{\"new_field\":{}," + json.substr(1)).ok());
  const std::string newer =
      absl::StrReplaceAll(json, {{"\"format_version\":1", "\"format_version\":2"}});
  EXPECT_THAT(std::string(ReportFromJson(newer).status().message()),
              HasSubstr("format_version: 2 is unknown"));
}

}  // namespace
}  // namespace lockstep::wire
