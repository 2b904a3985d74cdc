#include "emulator/trace/spec.h"

#include <gtest/gtest.h>

namespace lockstep::trace {
namespace {

TEST(SpecTest, ItemsAddUp) {
  Spec spec;
  EXPECT_FALSE(spec.wants_anything());
  ASSERT_TRUE(AddLogItems("int,nochain", &spec).ok());
  ASSERT_TRUE(AddTraceKinds("tlb", &spec).ok());
  EXPECT_TRUE(spec.log_int && spec.tlb);
  EXPECT_FALSE(spec.log_mmu || spec.log_exec || spec.log_in_asm || spec.trap);
  EXPECT_TRUE(spec.wants_anything());
  EXPECT_FALSE(spec.wants_blocks());
  ASSERT_TRUE(AddLogItems("in_asm", &spec).ok());
  EXPECT_TRUE(spec.wants_blocks());
}

TEST(SpecTest, EachNameIsItsOwn) {
  for (const char* name : {"int", "mmu", "in_asm", "exec"}) {
    Spec spec;
    ASSERT_TRUE(AddLogItems(name, &spec).ok());
    EXPECT_EQ(spec.log_int + spec.log_mmu + spec.log_in_asm + spec.log_exec, 1) << name;
    EXPECT_NE(LogHelp().find(name), std::string::npos);
  }
  for (const char* name : {"tlb", "mmio", "trap", "block"}) {
    Spec spec;
    ASSERT_TRUE(AddTraceKinds(name, &spec).ok());
    EXPECT_EQ(spec.tlb + spec.mmio + spec.trap + spec.block, 1) << name;
    EXPECT_NE(TraceHelp().find(name), std::string::npos);
  }
}

TEST(SpecTest, UnknownNamesAreNamed) {
  Spec spec;
  EXPECT_EQ(AddLogItems("int,op_opt", &spec).message(),
            "'op_opt' is none of int, mmu, in_asm, exec, nochain, help");
  EXPECT_EQ(AddTraceKinds("", &spec).message(), "'' is none of tlb, mmio, trap, block, help");
}

}  // namespace
}  // namespace lockstep::trace
