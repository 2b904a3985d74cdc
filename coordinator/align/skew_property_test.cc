// Properties of the comparison of streams whose interrupts are not pinned: interrupts moved at
// random within the tolerance raise no alarm; one corruption outside of excursions is found
// exactly; an interrupt that is moved too far is a divergence there.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/align/skew_testing.h"

namespace lockstep::align {
namespace {

using testing::Code;
using testing::Excursion;
using testing::Execution;
using testing::Recording;
using testing::Rng;

struct Case {
  uint64_t seed = 0;
  size_t instances = 2;
  uint64_t insns = 100;
  uint64_t tolerance = 1;
  uint64_t excursions = 1;
  bool nested = false;
};

Case DrawCase() {
  Case c;
  c.seed = *rc::gen::arbitrary<uint64_t>();
  c.instances = *rc::gen::element<size_t>(2, 3, 4);
  c.insns = *rc::gen::inRange<uint64_t>(60, 300);
  c.tolerance = *rc::gen::inRange<uint64_t>(1, 16);
  c.excursions = *rc::gen::inRange<uint64_t>(0, 6);
  c.nested = *rc::gen::arbitrary<bool>();
  return c;
}

Options OptionsOf(const Case& c) {
  Options options;
  for (size_t i = 0; i < c.instances; ++i) options.instances.push_back(std::string(1, "ABCD"[i]));
  options.groups = testing::kAllGroups;
  options.async_skew_insns = c.tolerance;
  return options;
}

// Feeds the recordings in random order, advancing at random times.
void Feed(VcpuAligner& aligner, const std::vector<Recording>& recordings, Rng& rng) {
  std::vector<std::vector<state::Batch>> batches;
  std::vector<size_t> at(recordings.size());
  size_t left = 0;
  for (const Recording& recording : recordings) {
    testing::Packing packing;
    packing.batch_blocks = 1 + static_cast<uint32_t>(rng() % 40);
    packing.random_sizes = rng() % 2 != 0;
    packing.block_ids = rng() % 2 != 0 ? 3 : 1000;
    batches.push_back(testing::Pack(recording, packing, rng));
    left += batches.back().size();
  }
  while (left > 0) {
    const size_t i = rng() % batches.size();
    if (at[i] == batches[i].size()) continue;
    RC_ASSERT(aligner.Push(i, std::move(batches[i][at[i]++])).ok());
    --left;
    if (rng() % 3 == 0) aligner.Advance();
  }
  aligner.Advance();
}

// Interrupts with causes of their own, far enough from the end.
std::vector<Excursion> DrawExcursions(const Case& c, Rng& rng) {
  std::vector<Excursion> excursions;
  for (uint64_t k = 0; k < c.excursions; ++k) {
    Excursion excursion;
    excursion.cause = k;
    excursion.at = 1 + rng() % (c.insns - 2 * c.tolerance - 4);
    excursion.length = 1 + rng() % 40;
    excursion.seed = rng();
    if (c.nested && excursion.length > 2 * c.tolerance + 2) {
      Excursion inner{100 + k, 1 + rng() % c.tolerance, 1 + rng() % 10, rng(), {}};
      excursion.nested.push_back(inner);
    }
    excursions.push_back(excursion);
  }
  return excursions;
}

std::vector<Excursion> Moved(std::vector<Excursion> excursions, uint64_t tolerance, Rng& rng) {
  for (Excursion& excursion : excursions) {
    excursion.at += rng() % (tolerance + 1);
    excursion.nested = Moved(std::move(excursion.nested), tolerance, rng);
  }
  std::stable_sort(excursions.begin(), excursions.end(),
                   [](const Excursion& a, const Excursion& b) { return a.at < b.at; });
  return excursions;
}

Recording Cut(const Execution& execution, uint32_t block_insns, Rng& rng) {
  testing::Shape shape;
  shape.max_block_insns = block_insns;
  shape.random_lengths = rng() % 2 != 0;
  shape.overlong_insns = rng() % 2 != 0 ? 3 : 0;
  return testing::Record(execution, shape, rng);
}

std::string Told(const VcpuAligner& aligner) {
  switch (aligner.state()) {
    case Progress::kDiverged:
      return aligner.mismatch().detail + " at " + std::to_string(aligner.mismatch().icount);
    case Progress::kTrouble:
      return aligner.trouble().reason;
    case Progress::kComplete:
      return "complete";
    default:
      return "needs more";
  }
}

TEST(SkewProperty, InterruptsMovedWithinTheToleranceRaiseNoAlarm) {
  EXPECT_TRUE(rc::check([] {
    const Case c = DrawCase();
    Rng rng(c.seed);
    const Code code = testing::RandomCode(c.insns, rng);
    const std::vector<Excursion> excursions = DrawExcursions(c, rng);
    std::vector<Recording> recordings;
    uint64_t total = 0;
    for (size_t i = 0; i < c.instances; ++i) {
      const Execution execution = testing::Run(code, Moved(excursions, c.tolerance, rng));
      total = execution.icount();
      recordings.push_back(Cut(execution, 1 + static_cast<uint32_t>(rng() % 24), rng));
    }
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, rng);
    RC_LOG() << Told(aligner);
    RC_ASSERT(aligner.state() == Progress::kComplete);
    RC_ASSERT(aligner.verified_icount() == total);
    RC_ASSERT(aligner.skews().count <= 2 * c.excursions);
    RC_ASSERT(aligner.skews().max_insns <= c.tolerance);
    for (size_t i = 0; i < c.instances; ++i) {
      RC_ASSERT(aligner.stats(i).records_consumed == aligner.stats(i).records_received);
    }
    RC_CLASSIFY(aligner.skews().count > 0, "skewed");
  }));
}

TEST(SkewProperty, OneCorruptionOutsideOfExcursionsIsFoundExactly) {
  EXPECT_TRUE(rc::check([] {
    Case c = DrawCase();
    Rng rng(c.seed);
    const Code code = testing::RandomCode(c.insns, rng);
    const std::vector<Excursion> excursions = DrawExcursions(c, rng);
    const size_t victim = rng() % c.instances;
    const uint64_t wrong = 1 + rng() % (c.insns - 1);
    // Every instruction is a boundary, so that the fault is visible where it is. With the
    // interrupts where the first instance has them, that is this icount.
    std::vector<Excursion> first = excursions;
    for (Excursion& excursion : first) excursion.at = UINT64_MAX;
    std::vector<Recording> recordings;
    report::Kind kind = report::Kind::kPc;
    for (size_t i = 0; i < c.instances; ++i) {
      const std::vector<Excursion> moved = Moved(excursions, c.tolerance, rng);
      for (const Excursion& excursion : moved) {
        first[excursion.cause].at = std::min(first[excursion.cause].at, excursion.at);
        // What is interrupted right there is saved by the handler, wrong as it is.
        if (i == victim) RC_PRE(excursion.at != wrong);
      }
      std::vector<uint64_t> places;
      Execution execution = testing::Run(code, moved, &places);
      if (i == victim) {
        testing::Point& point = execution.points[places[wrong]];
        switch (rng() % 3) {
          case 0:
            point.pc ^= 0x4000;
            break;
          case 1:
            point.digests[0] ^= 1;
            kind = report::Kind::kGpr;
            break;
          default:
            point.digests[3] ^= 1;
            kind = report::Kind::kMem;
        }
      }
      testing::Shape single;
      single.max_block_insns = 1;
      recordings.push_back(testing::Record(execution, single, rng));
    }
    uint64_t expected = wrong;
    for (const Excursion& excursion : first) {
      if (excursion.at > wrong) continue;
      expected += excursion.length;
      for (const Excursion& nested : excursion.nested) expected += nested.length;
    }
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, rng);
    RC_LOG() << Told(aligner) << "; expected " << expected;
    RC_ASSERT(aligner.state() == Progress::kDiverged);
    RC_ASSERT(aligner.mismatch().icount == expected);
    RC_ASSERT(aligner.mismatch().kind == kind);
    if (c.instances > 2) {
      RC_ASSERT(aligner.mismatch().outliers == std::vector<size_t>{victim});
    }
  }));
}

TEST(SkewProperty, AnInterruptThatIsMovedTooFarIsADivergenceThere) {
  EXPECT_TRUE(rc::check([] {
    Case c = DrawCase();
    c.excursions = 1;
    Rng rng(c.seed);
    const Code code = testing::RandomCode(c.insns, rng);
    const Excursion excursion = DrawExcursions(c, rng)[0];
    const size_t victim = rng() % c.instances;
    std::vector<Recording> recordings;
    for (size_t i = 0; i < c.instances; ++i) {
      std::vector<Excursion> moved = {excursion};
      moved[0].nested.clear();
      if (i == victim) moved[0].at += c.tolerance + 1;
      recordings.push_back(
          Cut(testing::Run(code, moved), 1 + static_cast<uint32_t>(rng() % 24), rng));
    }
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, rng);
    RC_LOG() << Told(aligner);
    RC_ASSERT(aligner.state() == Progress::kDiverged);
    RC_ASSERT(aligner.mismatch().kind == report::Kind::kInterrupt);
    RC_ASSERT(aligner.mismatch().icount == excursion.at);
    RC_ASSERT(aligner.skews().count == 0u);
    if (c.instances > 2) {
      RC_ASSERT(aligner.mismatch().outliers == std::vector<size_t>{victim});
    }
  }));
}

}  // namespace
}  // namespace lockstep::align
