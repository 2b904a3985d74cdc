// Golden tests of the text report. After a change that is meant:
//
//   LOCKSTEP_BLESS=1 bazel run //coordinator/report/text:text_test
//
// writes what is rendered now to testdata/; read the difference before committing it.

#include "coordinator/report/text/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "coordinator/report/text/sample_report.h"

namespace lockstep::report {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

void CheckGolden(const std::string& name, const std::string& text) {
  const std::string file = "coordinator/report/text/testdata/" + name;
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (std::getenv("LOCKSTEP_BLESS") != nullptr && workspace != nullptr) {
    std::ofstream(std::string(workspace) + "/" + file) << text;
    return;
  }
  std::ifstream golden(file);
  ASSERT_TRUE(golden) << file << " is missing; see the head of this file";
  const std::string expected{std::istreambuf_iterator<char>(golden), {}};
  EXPECT_EQ(text, expected) << "see the head of text_test.cc";
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

size_t Columns(const std::string& line) {
  size_t columns = 0;
  for (char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

TEST(RenderText, Identical) {
  CheckGolden("identical.txt", RenderText(testing::IdenticalReport()));
}
TEST(RenderText, Trouble) { CheckGolden("trouble.txt", RenderText(testing::TroubleReport())); }
TEST(RenderText, Diverged) { CheckGolden("diverged.txt", RenderText(testing::DivergedReport())); }
TEST(RenderText, DivergedInColour) {
  TextOptions options;
  options.color = true;
  CheckGolden("diverged_colour.txt", RenderText(testing::DivergedReport(), options));
}
TEST(RenderText, FiveInstances) {
  CheckGolden("five_instances.txt", RenderText(testing::FiveInstancesReport()));
}

TEST(RenderText, FitsIn100Columns) {
  for (const Report& report : {testing::IdenticalReport(), testing::TroubleReport(),
                               testing::DivergedReport(), testing::FiveInstancesReport()}) {
    for (const std::string& line : Lines(RenderText(report))) {
      const bool verbatim = line.find("$ ") != std::string::npos ||
                            line.substr(0, 8) == VerdictLine(report).substr(0, 8);
      if (!verbatim) {
        EXPECT_LE(Columns(line), 100u) << line;
      }
    }
  }
}

TEST(RenderText, TheVerdictIsTheLastLine) {
  for (const Report& report : {testing::IdenticalReport(), testing::TroubleReport(),
                               testing::DivergedReport(), testing::FiveInstancesReport()}) {
    for (bool color : {false, true}) {
      TextOptions options;
      options.color = color;
      EXPECT_THAT(RenderText(report, options), EndsWith("\n" + VerdictLine(report) + "\n"));
    }
  }
}

TEST(RenderText, WithoutColourThereAreNoEscapes) {
  EXPECT_THAT(RenderText(testing::DivergedReport()), Not(HasSubstr("\033")));
}

TEST(RenderText, HistoryCanBeShortened) {
  TextOptions options;
  options.history = 1;
  const std::string text = RenderText(testing::DivergedReport(), options);
  EXPECT_THAT(text, HasSubstr("=     512340")) << "the last agreed boundary stays";
  EXPECT_THAT(text, HasSubstr("≠     512344"));
  EXPECT_THAT(text, Not(HasSubstr("512330  ")));
}

TEST(RenderText, SaysInWhichFormItWasCompared) {
  Report report = testing::IdenticalReport();
  report.compared.digest_at = state::DigestAt::kBlock;
  report.compared.windows = 100;
  report.compared.detailed_windows = 2;
  EXPECT_THAT(RenderText(report), HasSubstr("mem; 100 windows, 2 block by block\n"));
  report.compared.sums = true;
  EXPECT_THAT(RenderText(report), Not(HasSubstr(" block boundaries")));
  EXPECT_THAT(VerdictLine(report), HasSubstr(" windows=100 compared="));
  EXPECT_THAT(VerdictLine(report), Not(HasSubstr("blocks=")));
  report.compared.sums = false;
  report.compared.digest_at = state::DigestAt::kWindow;
  EXPECT_THAT(RenderText(report), HasSubstr("mem; states at the ends of windows only; 100 "));
}

TEST(RenderText, OldFillsThatAllMadeAlikeAreLeftOut) {
  Report report = testing::DivergedReport();
  auto& rows = report.divergence->tlb;
  const TlbRow same = rows[0];
  const TlbRow suspect = rows[3];
  rows.assign(10, same);
  rows.push_back(suspect);
  rows.insert(rows.end(), 20, same);
  const std::string text = RenderText(report);
  EXPECT_THAT(text, HasSubstr("... 10 that all made alike\n!     512001  store"));
  EXPECT_THAT(text, HasSubstr("... 4 that all made alike\n      500001  fetch"));
}

TEST(RenderText, SkewsAreCountedAndListed) {
  Report report = testing::IdenticalReport();
  EXPECT_THAT(RenderText(report), Not(HasSubstr("skew")));
  report.compared.skews = 20;
  report.compared.max_skew_insns = 31;
  report.compared.skew_list.assign(20, {0, 7, 3, {100, 103}});
  report.compared.skew_list[1] = {0, 9, 1, {std::nullopt, 5}};
  const std::string text = RenderText(report);
  EXPECT_THAT(text, HasSubstr("20 skews of interrupts tolerated"));
  EXPECT_THAT(text, HasSubstr("\nSkews  the first 8 of 20 "));
  EXPECT_THAT(text, HasSubstr("cause 7 (machine timer), 3 instructions apart: A at icount 100, B "
                              "at icount 103\n"));
  EXPECT_THAT(text,
              HasSubstr("cause 9 (supervisor external), 1 instruction apart: B at icount 5\n"));
}

TEST(RenderText, AnEmptyReportIsTroubleAndDoesNoHarm) {
  EXPECT_THAT(RenderText(Report()),
              EndsWith("TROUBLE    instance=- reason=\"the report has no verdict\"\n"));
  Report hollow;
  hollow.outcome = Outcome::kDiverged;
  hollow.divergence = Divergence();
  hollow.divergence->instruction = NarrowedInstruction();
  hollow.divergence->history.emplace_back();
  hollow.divergence->tlb.emplace_back();
  hollow.divergence->events.emplace_back();
  hollow.divergence->registers.emplace_back();
  EXPECT_THAT(RenderText(hollow), HasSubstr("DIVERGED   kind=pc"));
  hollow.divergence->groups.emplace_back();
  hollow.divergence->instruction->results.emplace_back();
  EXPECT_THAT(RenderText(hollow), HasSubstr("DIVERGED   kind=pc"));
}

// What an instance says of itself reaches the terminal of whoever looks at the report.
TEST(RenderText, TextOfInstancesDoesNotCommandTheTerminal) {
  Report report = testing::DivergedReport();
  report.instances[0].command = "emu\nIDENTICAL  insns=1\x1b[2J";
  report.divergence->detail = "\x1b]0;title\x07";
  report.divergence->outliers = {"A\nIDENTICAL"};
  const std::string text = RenderText(report);
  EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos);
  for (const std::string& line : Lines(text)) {
    EXPECT_NE(line.substr(0, 9), "IDENTICAL") << text;
  }
}

TEST(VerdictLine, Identical) {
  Report report = testing::IdenticalReport();
  EXPECT_EQ(VerdictLine(report),
            "IDENTICAL  insns=512340 blocks=81200 splits=312 compared=pc,gpr,csr,mem vcpus=1");
  report.compared.groups = 0;
  EXPECT_THAT(VerdictLine(report), HasSubstr(" compared=pc vcpus=1"));
}

TEST(VerdictLine, DivergedNamesTheInstruction) {
  EXPECT_EQ(VerdictLine(testing::DivergedReport()),
            "DIVERGED   kind=gpr vcpu=0 icount=512342 pc=0xffffffff80201a44 "
            "insn=\"subw a0,a0,a1\" instances=good,jit");
}

TEST(VerdictLine, DivergedWithoutNarrowingNamesTheBoundary) {
  EXPECT_EQ(VerdictLine(testing::FiveInstancesReport()),
            "DIVERGED   kind=gpr vcpu=0 icount=512344 pc=0xffffffff80201a60 insn=\"\" "
            "instances=B,D");
}

TEST(VerdictLine, TroubleIsOneQuotedLine) {
  Report report = testing::TroubleReport();
  EXPECT_EQ(VerdictLine(report),
            "TROUBLE    instance=B reason=\"exited with status 139 (SIGSEGV) at icount<=812331; "
            "verified to 801112\"");
  report.trouble = Trouble{"", "a \"b\"\nc"};
  EXPECT_EQ(VerdictLine(report), "TROUBLE    instance=- reason=\"a 'b' c\"");
}

}  // namespace
}  // namespace lockstep::report
