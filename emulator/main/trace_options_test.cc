#include "emulator/main/trace_options.h"

#include <gtest/gtest.h>

namespace lockstep::emu {
namespace {

std::string Error(const RawTrace& raw) {
  const absl::StatusOr<trace::Spec> spec = ParseTrace(raw);
  return spec.ok() ? "" : std::string(spec.status().message());
}

TEST(TraceOptionsTest, All) {
  RawTrace raw;
  raw.items = "int,exec";
  raw.kinds = "mmio";
  raw.icount = "100..200";
  raw.address = "0x80000000+0x1000";
  raw.path = "log";
  const absl::StatusOr<trace::Spec> spec = ParseTrace(raw);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_TRUE(spec->log_int && spec->log_exec && spec->mmio);
  EXPECT_FALSE(spec->log_mmu || spec->trap);
  EXPECT_TRUE(spec->icount.Contains(200) && !spec->icount.Contains(201));
  EXPECT_TRUE(spec->address.Contains(0x80000fff));
  EXPECT_EQ(spec->path, "log");
}

TEST(TraceOptionsTest, Errors) {
  const auto error = [](std::string RawTrace::*option, const char* value, const char* kinds = "") {
    RawTrace raw;
    raw.kinds = kinds;
    raw.*option = value;
    return Error(raw);
  };
  EXPECT_EQ(Error({}), "");
  EXPECT_EQ(error(&RawTrace::items, "cpu").substr(0, 4), "-d: ");
  EXPECT_EQ(error(&RawTrace::kinds, "x").substr(0, 9), "--trace: ");
  EXPECT_EQ(error(&RawTrace::icount, "x", "tlb").substr(0, 16), "--trace-icount: ");
  EXPECT_EQ(error(&RawTrace::address, "5..4", "tlb").substr(0, 17), "--trace-address: ");
  EXPECT_EQ(error(&RawTrace::path, "log").substr(0, 4), "-D, ");
  EXPECT_EQ(error(&RawTrace::icount, "1").substr(0, 4), "-D, ");
  EXPECT_EQ(error(&RawTrace::path, "log", "tlb"), "");
}

TEST(TraceOptionsTest, Help) {
  RawTrace raw;
  raw.items = "int";
  EXPECT_FALSE(TraceHelpText(raw).has_value());
  raw.items = "help";
  EXPECT_NE(TraceHelpText(raw)->find("in_asm"), std::string::npos);
  raw = RawTrace();
  raw.kinds = "help";
  EXPECT_NE(TraceHelpText(raw)->find("mmio"), std::string::npos);
}

TEST(TraceOptionsTest, Stats) {
  using Form = StatsOptions::Form;
  EXPECT_EQ(ParseStats("")->form, Form::kText);
  EXPECT_EQ(ParseStats("brief")->form, Form::kBrief);
  EXPECT_FALSE(ParseStats("brief")->counts());
  EXPECT_EQ(ParseStats("json")->form, Form::kJson);
  EXPECT_EQ(ParseStats("json,file=a,b")->path, "a,b");
  EXPECT_EQ(ParseStats(",file=a")->path, "a");
  EXPECT_EQ(ParseStats("xml").status().message(),
            "'xml' is none of text, brief, json, each with ,file=PATH");
  EXPECT_EQ(ParseStats("json,x").status().message(), "',x' is not ,file=PATH");
  EXPECT_FALSE(ParseStats("json,file=").ok());
}

}  // namespace
}  // namespace lockstep::emu
