#include "emulator/stats/jit_text.h"

#include <gtest/gtest.h>

#include "emulator/isa/inst.h"

namespace lockstep::stats {
namespace {

TEST(JitTextTest, ThreeLines) {
  jit::Counters jit;
  jit.insns = 900;
  jit.entries = 8;
  jit.interpreted = {90, 10, 0, 0};
  for (size_t i = 1; i <= 13; ++i) jit.out_of_line_by_op[i] = i;
  jit.out_of_line_by_op[static_cast<size_t>(isa::Op::kLd)] = 50;
  const std::string text = JitText(jit, 1000);
  const size_t second = text.find('\n') + 1, third = text.find('\n', second) + 1;
  EXPECT_EQ(text.substr(0, second),
            "lockstep-emu: jit: insns=900 interpreted=100 out_of_line=141 entries=8 translations=0 "
            "regions=0 "
            "guest_insns=0 host_bytes=0 links=0 clears=0\n");
  EXPECT_EQ(text.substr(second, third - second),
            "lockstep-emu: jit: interpreted cold=90 end=10 float=0 too-big=0\n");
  EXPECT_EQ(text.substr(third).rfind("lockstep-emu: jit: out_of_line ld=50 ", 0), 0u);
  EXPECT_NE(text.find(" others="), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace lockstep::stats
