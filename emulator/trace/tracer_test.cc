// Golden lines of small programs, filters, and agreement of engines and geometries.

#include "emulator/trace/tracer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::trace {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using cpu::HartConfig;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase + 0x1000;
constexpr uint32_t kMtvec = 0x305, kMepc = 0x341;
constexpr uint64_t kInsns = 60;

Spec Wanting(const std::string& items, const std::string& kinds, const std::string& icount = "",
             const std::string& address = "") {
  Spec spec;
  if (!items.empty()) EXPECT_TRUE(AddLogItems(items, &spec).ok());
  if (!kinds.empty()) EXPECT_TRUE(AddTraceKinds(kinds, &spec).ok());
  if (!icount.empty()) spec.icount = *ParseRanges(icount);
  if (!address.empty()) spec.address = *ParseRanges(address);
  return spec;
}

// A program with a loop, device accesses, an ecall and a load fault in turn, for ever.
void Load(FlatMachine* machine) {
  machine->StoreCode(kBase, {Lui(t0, 0x80001), Slli(t0, t0, 32), 0x0202d293,  // srli t0,t0,32
                             Csrrw(zero, kMtvec, t0), Lui(a0, 0x10000),
                             // Here begins the part that is repeated.
                             Lw(a1, 0, a0), Sw(a1, 12, a0), kEcall, Lw(a2, 0, zero),
                             Addi(a3, a3, 1), JumpBack(20)});
  machine->StoreCode(kHandler,
                     {Csrrs(t1, kMepc, zero), Addi(t1, t1, 4), Csrrw(zero, kMepc, t1), kMret});
}

std::vector<std::string> Traced(const Spec& spec, const HartConfig& config = {}) {
  const std::string path = ::testing::TempDir() + "/trace";
  {
    auto log = LogFile::Open(path);
    EXPECT_TRUE(log.ok());
    Tracer tracer(spec, image::SymbolTable(), log->get());
    FlatMachine machine(config);
    Load(&machine);
    machine.SetObserver(&tracer, false);
    machine.Restart(kBase);
    EXPECT_EQ(machine.hart().Run(kInsns), cpu::RunStop::kLimit);
    EXPECT_TRUE((*log)->Flush());
  }
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::vector<std::string> lines = absl::StrSplit(text.str(), '\n');
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  return lines;
}

std::string First(const std::vector<std::string>& lines, size_t n) {
  return absl::StrJoin(lines.begin(), lines.begin() + static_cast<long>(std::min(n, lines.size())),
                       "\n");
}

TEST(TracerTest, Traps) {
  EXPECT_EQ(First(Traced(Wanting("", "trap")), 3),
            "trap hart=0 icount=8 exception cause=11 machine_ecall epc=0x8000001c tval=0x0 from=M "
            "to=M handler=0x80001000\n"
            "trap hart=0 icount=13 exception cause=5 fault_load epc=0x80000020 tval=0x0 from=M "
            "to=M handler=0x80001000\n"
            "trap hart=0 icount=22 exception cause=11 machine_ecall epc=0x8000001c tval=0x0 from=M "
            "to=M handler=0x80001000");
  EXPECT_EQ(First(Traced(Wanting("int", "")), 1),
            "riscv_cpu_do_interrupt: hart:0, async:0, cause:000000000000000b, "
            "epc:0x000000008000001c, tval:0x0000000000000000, desc=machine_ecall");
}

TEST(TracerTest, Mmio) {
  EXPECT_EQ(First(Traced(Wanting("", "mmio")), 2),
            "mmio hart=0 icount=6 read pa=0x10000000 size=4 value=0x6 reg=uart.rbr\n"
            "mmio hart=0 icount=7 write pa=0x1000000c size=4 value=0x6 reg=uart.scr");
}

TEST(TracerTest, Tlb) {
  EXPECT_EQ(First(Traced(Wanting("", "tlb")), 3),
            "tlb hart=0 icount=0 fill access=fetch va=0x80000000 pa=0x80000000 size=4K "
            "perm=rwx---- priv=M mode=bare asid=0\n"
            "tlb hart=0 icount=6 fill access=load va=0x10000000 pa=0x10000000 size=4K perm=rwx---- "
            "priv=M mode=bare asid=0\n"
            "tlb hart=0 icount=7 fill access=store va=0x10000000 pa=0x10000000 size=4K "
            "perm=rwx---- priv=M mode=bare asid=0");
  EXPECT_EQ(First(Traced(Wanting("mmu", "")), 1),
            "riscv_cpu_tlb_fill address=80000000 ret 0 physical 0000000080000000 prot 7 rw 2 "
            "mmu_idx 3 hart:0");
}

TEST(TracerTest, Blocks) {
  EXPECT_EQ(First(Traced(Wanting("", "block")), 4),
            "block hart=0 icount=0 pc=0x80000000 insns=4 priv=M mode=bare asid=0\n"
            "block hart=0 icount=4 pc=0x80000010 insns=4 priv=M mode=bare asid=0\n"
            "block hart=0 icount=6 pc=0x80000018 insns=2 priv=M mode=bare asid=0\n"
            "block hart=0 icount=7 pc=0x8000001c insns=1 priv=M mode=bare asid=0");
  EXPECT_EQ(First(Traced(Wanting("exec", "")), 2),
            "Trace 0: 0x0 [0000000000000000/0000000080000000/00000003/00000004] \n"
            "Trace 0: 0x4 [0000000000000000/0000000080000010/00000003/00000004] ");
}

TEST(TracerTest, CodeOnceForEachBlock) {
  const std::vector<std::string> lines = Traced(Wanting("in_asm", ""));
  EXPECT_EQ(First(lines, 8),
            "----------------\n"
            "IN: \n"
            "Priv: 3; Virt: 0; hart: 0\n"
            "0x0000000080000000:  800012b7          lui t0,0x80001\n"
            "0x0000000080000004:  02029293          slli t0,t0,0x20\n"
            "0x0000000080000008:  0202d293          srli t0,t0,0x20\n"
            "0x000000008000000c:  30529073          csrrw zero,mtvec,t0\n");
  int of_handler = 0;
  for (const std::string& line : lines) of_handler += absl::StartsWith(line, "0x0000000080001000:");
  EXPECT_EQ(of_handler, 1);
}

TEST(TracerTest, FiltersAreSubsets) {
  for (const char* kind : {"tlb", "mmio", "trap", "block"}) {
    std::vector<std::string> expected;
    for (const std::string& line : Traced(Wanting("", kind))) {
      const size_t at = line.find("icount=") + 7;
      const uint64_t icount = std::stoull(line.substr(at));
      if (icount >= 7 && icount <= 30) expected.push_back(line);
    }
    EXPECT_EQ(Traced(Wanting("", kind, "7..30")), expected) << kind;
    if (std::string(kind) != "tlb") EXPECT_GT(expected.size(), 2u) << kind;
  }
}

TEST(TracerTest, AddressesOfEachKind) {
  const auto lines = [](const char* kind, const char* address) {
    return Traced(Wanting("", kind, "", address)).size();
  };
  // By virtual or physical page; device; pc or faulting address; any instruction of the block.
  EXPECT_EQ(lines("tlb", "0x80000800"), 1u);
  EXPECT_EQ(lines("tlb", "0x70000000"), 0u);
  EXPECT_EQ(lines("mmio", "0x1000000e"), Traced(Wanting("", "mmio")).size() / 2);
  EXPECT_EQ(lines("trap", "0..0xfff"), lines("trap", "0x80000020"));
  EXPECT_EQ(lines("trap", "0..0xfff") + lines("trap", "0x8000001c"),
            Traced(Wanting("", "trap")).size());
  EXPECT_EQ(lines("block", "0x80000004"), 1u);
}

TEST(TracerTest, EnginesAndGeometriesAgree) {
  std::vector<HartConfig> configs(4);
  configs[1].max_block_insns = 1;
  configs[2].engine = cpu::Engine::kJit;
  configs[2].jit.threshold = 1;
  configs[3] = configs[2];
  configs[3].max_block_insns = 3;
  const bool has_jit = cpu::Hart::Check(configs[2]).ok();
  const auto no_fetch = [](std::vector<std::string> lines) {
    std::erase_if(lines, [](const std::string& l) { return absl::StrContains(l, "access=fetch"); });
    return lines;
  };
  for (const HartConfig& config : configs) {
    if (config.engine == cpu::Engine::kJit && !has_jit) continue;
    EXPECT_EQ(Traced(Wanting("", "trap,mmio"), config), Traced(Wanting("", "trap,mmio")));
    EXPECT_EQ(Traced(Wanting("int", ""), config), Traced(Wanting("int", "")));
    // When code is looked up depends on the engine and on the length of blocks.
    EXPECT_EQ(no_fetch(Traced(Wanting("", "tlb"), config)), no_fetch(Traced(Wanting("", "tlb"))));
    // Blocks are equal for the same longest block.
    HartConfig interpreter = config;
    interpreter.engine = cpu::Engine::kInterpreter;
    EXPECT_EQ(Traced(Wanting("exec,in_asm", "block"), config),
              Traced(Wanting("exec,in_asm", "block"), interpreter));
  }
}

}  // namespace
}  // namespace lockstep::trace
