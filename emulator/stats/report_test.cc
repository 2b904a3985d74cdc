// Tables and JSON of made-up counts.

#include "emulator/stats/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "emulator/isa/inst.h"

namespace lockstep::stats {
namespace {

void Ran(HartReport* hart, isa::Op op, uint64_t count) {
  hart->ran.by_op.resize(static_cast<size_t>(isa::Op::kCount));
  hart->ran.by_op[static_cast<size_t>(op)] += count;
  hart->insns += count;
}

Report OneHart() {
  Report report;
  report.wall_seconds = 2;
  report.user_seconds = 1.5;
  report.virtual_ns = 1234;
  HartReport& hart = report.harts.emplace_back();
  Ran(&hart, isa::Op::kAddi, 500000);
  Ran(&hart, isa::Op::kCAddi, 300000);
  Ran(&hart, isa::Op::kCLd, 150000);
  Ran(&hart, isa::Op::kLrD, 10000);
  Ran(&hart, isa::Op::kScD, 10000);
  Ran(&hart, isa::Op::kBeq, 30000);
  hart.ran.block_entries = 40000;
  hart.counts.exceptions = 3;
  hart.events.fills = {90, 7, 5};
  hart.events.faults = {10, 0, 1};
  hart.events.flushes[1] = 6;
  hart.events.traps[{false, 8, 0}] = {3, 2, 1000, 100, 900};
  hart.events.traps[{true, 5, 1}] = {1, 0, 0, UINT64_MAX, 0};
  hart.events.devices[{"uart", "thr"}] = {0, 12};
  hart.events.devices[{"uart", "lsr"}] = {36, 0};
  return report;
}

TEST(ReportTest, Golden) {
  EXPECT_EQ(Summary(OneHart()),
            "lockstep-emu: insns=1000000 blocks=0 translations=0 tlb_fills=0 exceptions=3 "
            "interrupts=0 virtual_ns=1234 wall_s=2.000 user_s=1.500 mips=0.5\n");
  EXPECT_EQ(Tables(OneHart()), R"(
instructions                        count         %
alu                                800000     80.00
load                               150000     15.00
branch                              30000      3.00
atomic                              20000      2.00
all                               1000000    100.00
compressed of them                 450000     45.00

traps                    from       count         %    insns%       min         max         avg
user_ecall                  U           3     75.00      0.10       100         900       500.0
irq s_timer                 S           1     25.00

tlb                              accesses             hits      hit%       fills      faults
load                               160000           159900    99.938          90          10
store                               10000             9993    99.930           7           0
fetch                               40000            39994    99.985           5           1
flushes: all 0 address 6 asid 0 address+asid 0 satp 0 permission 0

devices      register                   reads      writes         %
uart         lsr                           36           0     75.00
uart         thr                            0          12     25.00
)");
}

TEST(ReportTest, JsonHasTheSame) {
  const nlohmann::json json = nlohmann::json::parse(Json(OneHart()));
  EXPECT_EQ(json["format"], "lockstep-emu-stats");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["engine"], "interp");
  EXPECT_EQ(json["mips"], 0.5);
  ASSERT_EQ(json["harts"].size(), 1u);
  const nlohmann::json& hart = json["harts"][0];
  EXPECT_EQ(hart["insns"], 1000000);
  EXPECT_EQ(hart["insns_by_class"]["alu"], 800000);
  EXPECT_EQ(hart["insns_by_op"]["c.addi"], 300000);
  EXPECT_EQ(hart["traps"].size(), 2u);
  EXPECT_EQ(hart["traps"][0]["name"], "user_ecall");
  EXPECT_EQ(hart["traps"][0]["max_insns"], 900);
  EXPECT_FALSE(hart["traps"][1].contains("insns"));
  EXPECT_EQ(hart["tlb"]["load"]["hits"], 159900);
  EXPECT_EQ(hart["tlb"]["flushes"]["address"], 6);
  EXPECT_EQ(hart["devices"][0]["register"], "lsr");
  EXPECT_FALSE(hart.contains("jit"));
}

TEST(ReportTest, HartsAreSummed) {
  Report report = OneHart();
  report.harts.push_back(report.harts[0]);
  report.harts[1].events.traps[{false, 8, 0}] = {1, 1, 50, 50, 50};
  report.is_jit = true;
  const std::string text = Tables(report);
  EXPECT_NE(text.find("alu                               1600000     80.00"), std::string::npos);
  EXPECT_NE(text.find("user_ecall                  U           4"), std::string::npos);
  EXPECT_NE(text.find("        50         900       350.0"), std::string::npos) << text;
  EXPECT_NE(text.find("harts                        instructions"), std::string::npos);
  const nlohmann::json json = nlohmann::json::parse(Json(report));
  EXPECT_EQ(json["harts"].size(), 2u);
  EXPECT_TRUE(json["harts"][1].contains("jit"));
}

TEST(ReportTest, ARunOfNothing) {
  Report report;
  report.harts.emplace_back();
  EXPECT_NE(Summary(report).find("insns=0 "), std::string::npos);
  EXPECT_NE(Tables(report).find("flushes: all 0"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(Json(report)));
}

}  // namespace
}  // namespace lockstep::stats
