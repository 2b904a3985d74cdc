#include "coordinator/cli/progress.h"

#include <stdlib.h>

#include "gtest/gtest.h"

namespace lockstep::cli {
namespace {

ProgressSample Sample(double seconds, uint64_t insns, uint64_t blocks) {
  ProgressSample sample;
  sample.elapsed = absl::Seconds(seconds);
  sample.verified_insns = insns;
  sample.blocks = blocks;
  sample.instances = {{"jit", insns + 12'300}, {"interp", insns}};
  return sample;
}

// What the printer writes for the samples.
std::string Printed(ProgressStyle style, int columns, const std::vector<ProgressSample>& samples) {
  char* text = nullptr;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  {
    ProgressPrinter printer(
        style, [columns] { return columns; }, out);
    for (const ProgressSample& sample : samples) printer.Update(sample);
  }
  fclose(out);
  std::string printed(text, size);
  free(text);
  return printed;
}

TEST(FormatProgress, RatesSinceTheStart) {
  EXPECT_EQ(FormatProgress(Sample(12, 81'200'000, 14'400'000), nullptr),
            "0:12  81.2 M insns verified  6.77 MIPS  1.20 M blocks/s  lag: jit 0, interp 12.3 k");
}

TEST(FormatProgress, RatesSinceTheLastSample) {
  const ProgressSample before = Sample(10, 80'000'000, 14'000'000);
  EXPECT_EQ(FormatProgress(Sample(12, 84'000'000, 15'000'000), &before),
            "0:12  84.0 M insns verified  2.00 MIPS  500 k blocks/s  lag: jit 0, interp 12.3 k");
}

TEST(FormatProgress, ARunBySumsKnowsNoBlocks) {
  EXPECT_EQ(FormatProgress(Sample(12, 81'200'000, 0), nullptr),
            "0:12  81.2 M insns verified  6.77 MIPS  lag: jit 0, interp 12.3 k");
}

TEST(FormatProgress, NoTimeNoRate) {
  const ProgressSample same = Sample(10, 5, 5);
  EXPECT_EQ(FormatProgress(same, &same),
            "0:10  5 insns verified  0.00 MIPS  0 blocks/s  lag: jit 0, interp 12.3 k");
}

TEST(ChooseProgressStyle, TerminalOrNot) {
  EXPECT_EQ(ChooseProgressStyle(false, true, "xterm"), ProgressStyle::kLive);
  EXPECT_EQ(ChooseProgressStyle(false, true, "dumb"), ProgressStyle::kLines);
  EXPECT_EQ(ChooseProgressStyle(false, true, nullptr), ProgressStyle::kLines);
  EXPECT_EQ(ChooseProgressStyle(false, false, "xterm"), ProgressStyle::kLines);
  EXPECT_EQ(ChooseProgressStyle(true, true, "xterm"), ProgressStyle::kSilent);
}

TEST(ProgressPrinter, LiveLineIsRewrittenAndCleared) {
  EXPECT_EQ(Printed(ProgressStyle::kLive, 14,
                    {Sample(0.1, 1, 1), Sample(0.3, 1, 1), Sample(0.4, 1, 1), Sample(1, 2, 1)}),
            "\r0:00  1 insns\033[K\r0:01  2 insns\033[K\r\033[K");
}

TEST(ProgressPrinter, FollowsTheWidthOfTheTerminal) {
  char* text = nullptr;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  int columns = 14;
  {
    ProgressPrinter printer(
        ProgressStyle::kLive, [&columns] { return columns; }, out);
    printer.Update(Sample(1, 1, 1));
    columns = 23;
    printer.Update(Sample(2, 2, 1));
    columns = 0;  // unknown
    printer.Update(Sample(3, 3, 1));
  }
  fclose(out);
  const std::string printed(text, size);
  free(text);
  EXPECT_EQ(printed,
            "\r0:01  1 insns\033[K\r0:02  2 insns verified\033[K\r"
            "0:03  3 insns verified  0.00 MIPS  0 blocks/s  lag: jit 0, interp 12.3 k\033[K"
            "\r\033[K");
}

TEST(ProgressPrinter, OneLineEveryTenSeconds) {
  const std::string printed = Printed(
      ProgressStyle::kLines, 0,
      {Sample(9, 1, 1), Sample(10, 1, 1), Sample(19, 1, 1), Sample(20.5, 2, 1), Sample(21, 3, 1)});
  EXPECT_EQ(std::count(printed.begin(), printed.end(), '\n'), 2) << printed;
  EXPECT_EQ(printed.substr(0, 16), "lockstep: 0:10  ");
  EXPECT_EQ(printed.find('\r'), std::string::npos);
}

TEST(ProgressPrinter, Silent) {
  EXPECT_EQ(Printed(ProgressStyle::kSilent, 80, {Sample(100, 1, 1)}), "");
}

}  // namespace
}  // namespace lockstep::cli
