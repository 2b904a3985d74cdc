// The plugin's parts that need no QEMU.
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

extern "C" {
#include "plugins/qemu/blocks.h"
#include "plugins/qemu/devices.h"
#include "plugins/qemu/log.h"
#include "plugins/qemu/options.h"
#include "plugins/qemu/registers.h"
#include "plugins/qemu/riscv.h"
}

namespace {

using ::testing::HasSubstr;

// ---- riscv ------------------------------------------------------------------------------------

struct Encoding {
  const char* text;
  uint32_t word;
  bool falls_through;
};

class FallsThrough : public ::testing::TestWithParam<Encoding> {};

TEST_P(FallsThrough, In64BitCode) {
  EXPECT_EQ(riscv_falls_through(GetParam().word, 64) != 0, GetParam().falls_through)
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Encodings, FallsThrough,
    ::testing::Values(
        Encoding{"add a0,a0,a1", 0x00b50533, true}, Encoding{"addi a0,a0,1", 0x00150513, true},
        Encoding{"addiw a0,a0,1", 0x0015051b, true}, Encoding{"addw a0,a0,a1", 0x00b5053b, true},
        Encoding{"mul a0,a0,a1", 0x02b50533, true}, Encoding{"lui a0,1", 0x00001537, true},
        Encoding{"auipc a0,0", 0x00000517, true}, Encoding{"lw a0,0(a1)", 0x0005a503, false},
        Encoding{"sw a0,0(a1)", 0x00a5a023, false}, Encoding{"jal 0", 0x0000006f, false},
        Encoding{"jalr a0", 0x00050067, false}, Encoding{"beq", 0x00000063, false},
        Encoding{"ecall", 0x00000073, false}, Encoding{"csrrw", 0x30051073, false},
        Encoding{"fence", 0x0ff0000f, false}, Encoding{"fadd.d", 0x02b57553, false},
        Encoding{"flw", 0x0005a507, false}, Encoding{"amoadd.w", 0x00b5252f, false},
        Encoding{"c.addi4spn", 0x1028, true}, Encoding{"c.unimp", 0x0000, false},
        Encoding{"c.lw", 0x4108, false}, Encoding{"c.sd", 0xe188, false},
        Encoding{"c.addi", 0x0505, true}, Encoding{"c.addiw", 0x2505, true},
        Encoding{"c.li", 0x4505, true}, Encoding{"c.lui", 0x6505, true},
        Encoding{"c.addi16sp", 0x6105, true}, Encoding{"c.srli", 0x8105, true},
        Encoding{"c.addw", 0x9d2d, true}, Encoding{"c.j", 0xa001, false},
        Encoding{"c.beqz", 0xc101, false}, Encoding{"c.bnez", 0xe101, false},
        Encoding{"c.slli", 0x0506, true}, Encoding{"c.lwsp", 0x4502, false},
        Encoding{"c.mv", 0x852e, true}, Encoding{"c.add", 0x952e, true},
        Encoding{"c.jr", 0x8082, false}, Encoding{"c.jalr", 0x9502, false},
        Encoding{"c.ebreak", 0x9002, false}, Encoding{"c.sdsp", 0xe02a, false}));

TEST(Riscv, CJalIs32BitOnly) {
  EXPECT_TRUE(riscv_falls_through(0x2505, 64));
  EXPECT_FALSE(riscv_falls_through(0x2505, 32));
}

struct Store {
  const char* text;
  uint32_t word;
  int source;
  uint32_t bytes;
};

class StoreSource : public ::testing::TestWithParam<Store> {};

TEST_P(StoreSource, In64BitCode) {
  uint32_t bytes = 0;
  EXPECT_EQ(riscv_store_source(GetParam().word, 64, &bytes), GetParam().source) << GetParam().text;
  EXPECT_EQ(bytes, GetParam().bytes) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Encodings, StoreSource,
                         ::testing::Values(Store{"sb a0,0(a1)", 0x00a58023, 10, 1},
                                           Store{"sh a0,0(a1)", 0x00a59023, 10, 2},
                                           Store{"sw t1,0(t0)", 0x0062a023, 6, 4},
                                           Store{"sd a0,0(a1)", 0x00a5b023, 10, 8},
                                           Store{"fsw fa0,0(a1)", 0x00a5a027, -1, 0},
                                           Store{"lw a0,0(a1)", 0x0005a503, -1, 0},
                                           Store{"c.sw a0,0(a0)", 0xc108, 10, 4},
                                           Store{"c.sd a0,0(a1)", 0xe188, 10, 8},
                                           Store{"c.swsp a0,0(sp)", 0xc02a, 10, 4},
                                           Store{"c.sdsp a0,0(sp)", 0xe02a, 10, 8},
                                           Store{"c.fsd", 0xa188, -1, 0}));

TEST(Riscv, CSdIsAFloatStoreIn32BitCode) {
  uint32_t bytes = 0;
  EXPECT_EQ(riscv_store_source(0xe188, 32, &bytes), -1);
}

TEST(Riscv, WordsAreLittleEndian) {
  const uint8_t bytes[] = {0x13, 0x05, 0x15, 0x80};
  EXPECT_EQ(riscv_word(bytes, 4), 0x80150513u);
  EXPECT_EQ(riscv_word(bytes, 2), 0x0513u);
  EXPECT_EQ(riscv_word(bytes, 3), 0u);
}

// ---- blocks -----------------------------------------------------------------------------------

class Blocks : public ::testing::Test {
 protected:
  void SetUp() override { blocks_init(&blocks_, 100); }
  void TearDown() override {
    blocks_.keep = 0;
    blocks_flush(&blocks_);
    free(blocks_.buckets);
  }
  block* Get(uint64_t pc, std::vector<uint16_t> offsets, const std::string& code) {
    return blocks_get(&blocks_, pc, static_cast<uint32_t>(offsets.size()), offsets.data(),
                      reinterpret_cast<const uint8_t*>(code.data()),
                      static_cast<uint32_t>(code.size()));
  }
  blocks blocks_;
};

TEST_F(Blocks, TheSameContentIsOneBlock) {
  block* first = Get(0x1000, {0, 4}, "abcdefgh");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(Get(0x1000, {0, 4}, "abcdefgh"), first);
  EXPECT_NE(Get(0x1002, {0, 4}, "abcdefgh"), first);
  EXPECT_NE(Get(0x1000, {0, 2}, "abcdefgh"), first);
  EXPECT_NE(Get(0x1000, {0, 4}, "abcdefgi"), first);
  EXPECT_NE(Get(0x1000, {0, 4}, "abcdefg"), first);
  EXPECT_EQ(blocks_.n_blocks, 5u);
}

TEST_F(Blocks, IdsAreDense) {
  for (uint32_t i = 0; i < 20000; i++) {
    block* b = Get(i * 4, {0}, "abcd");
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->id, i);
  }
  EXPECT_EQ(Get(4 * 19999, {0}, "abcd")->id, 19999u);
}

TEST_F(Blocks, AnotherAddressIsAnotherBlock) {
  block* b = Get(0x1000, {0, 2}, "abcd");
  EXPECT_EQ(blocks_at(&blocks_, b, 0x1000), b);
  block* elsewhere = blocks_at(&blocks_, b, 0xffffffff80001000);
  ASSERT_NE(elsewhere, b);
  EXPECT_EQ(elsewhere->pc, 0xffffffff80001000u);
  EXPECT_EQ(elsewhere->n_insns, 2u);
  EXPECT_EQ(std::memcmp(block_code(elsewhere), "abcd", 4), 0);
  EXPECT_EQ(blocks_at(&blocks_, b, 0xffffffff80001000), elsewhere);
}

TEST_F(Blocks, AFlushForgetsOnlyAboveTheLimit) {
  for (uint32_t i = 0; i < 100; i++) Get(i * 4, {0}, "abcd");
  blocks_flush(&blocks_);
  EXPECT_EQ(blocks_.n_blocks, 100u);
  Get(4000, {0}, "abcd");
  blocks_flush(&blocks_);
  EXPECT_EQ(blocks_.n_blocks, 0u);
  block* b = Get(4000, {0}, "abcd");
  EXPECT_EQ(b->id, 0u);
  EXPECT_EQ(b->described, 0u);
}

// ---- devices ----------------------------------------------------------------------------------

TEST(Uart, PrintsOnlyWhatGoesOut) {
  uart u = {};
  EXPECT_EQ(u.digest, 0u);
  EXPECT_TRUE(uart_store(&u, 0, 'a'));
  EXPECT_EQ(u.digest, 0xaf63dc4c8601ec8cu);  // FNV-1a 64 of "a"
  uart_store(&u, 3, 0x83);
  EXPECT_FALSE(uart_store(&u, 0, 1));  // divisor latch
  uart_store(&u, 3, 0x03);
  uart_store(&u, 4, 0x10);
  EXPECT_FALSE(uart_store(&u, 0, 'x'));  // loopback
  uart_store(&u, 4, 0x0b);
  EXPECT_FALSE(uart_store(&u, 1, 'x'));
  EXPECT_EQ(u.digest, 0xaf63dc4c8601ec8cu);
  EXPECT_TRUE(uart_store(&u, 0, 'b'));
  EXPECT_EQ(u.digest, 0x089c4407b545986au);  // of "ab"
}

TEST(Finisher, KnowsItsWords) {
  int64_t code = -1;
  EXPECT_EQ(finisher_store(0x5555, &code), FINISHER_EXIT);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(finisher_store(0x73333, &code), FINISHER_EXIT);
  EXPECT_EQ(code, 7);
  EXPECT_EQ(finisher_store(0x7777, &code), FINISHER_RESET);
  EXPECT_EQ(finisher_store(0x1234, &code), FINISHER_NOTHING);
}

// ---- options ----------------------------------------------------------------------------------

std::string ParseError(std::vector<std::string> words, options* o) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  char error[256] = "";
  const int result =
      options_parse(static_cast<int>(argv.size()), argv.data(), o, error, sizeof(error));
  EXPECT_EQ(result == 0, error[0] == 0);
  return error;
}

TEST(Options, Defaults) {
  options o;
  EXPECT_EQ(ParseError({}, &o), "");
  EXPECT_EQ(o.count, COUNT_AUTO);
  EXPECT_EQ(o.pc, PC_AUTO);
  EXPECT_EQ(o.devices, DEVICES_AUTO);
  EXPECT_FALSE(o.has_start);
  EXPECT_EQ(o.sample_insns, 0u);
}

TEST(Options, All) {
  options o;
  EXPECT_EQ(ParseError({"start=0x80000000", "stop=16", "count=insn", "regs=block", "sample=10000",
                        "pc=register", "devices=all", "poweroff=0x5000", "uart=0x6000"},
                       &o),
            "");
  EXPECT_TRUE(o.has_start);
  EXPECT_EQ(o.start, 0x80000000u);
  EXPECT_EQ(o.stop, 16u);
  EXPECT_EQ(o.count, COUNT_INSN);
  EXPECT_EQ(o.digests, DIGESTS_BLOCK);
  EXPECT_EQ(o.sample_insns, 10000u);
  EXPECT_EQ(o.pc, PC_REGISTER);
  EXPECT_EQ(o.devices, DEVICES_ALL);
  EXPECT_EQ(o.poweroff, 0x5000u);
  EXPECT_EQ(o.uart, 0x6000u);
}

TEST(Options, Groups) {
  options o;
  EXPECT_EQ(ParseError({"regs=window", "groups=gpr+csr", "memory=on"}, &o), "");
  EXPECT_EQ(o.digests, DIGESTS_WINDOW);
  EXPECT_EQ(o.groups, 5u);
  EXPECT_EQ(o.memory, 1);
  EXPECT_EQ(ParseError({"groups=fpr"}, &o), "");
  EXPECT_EQ(o.groups, 2u);
  for (const char* wrong : {"groups=", "groups=+gpr", "groups=gpr+", "groups=gpr+mem", "groups=gp",
                            "groups=gprs", "groups=gpr++csr"}) {
    EXPECT_THAT(ParseError({wrong}, &o), HasSubstr(wrong));
  }
}

TEST(Options, Switches) {
  options o;
  EXPECT_EQ(ParseError({"tlb=on", "traps=off"}, &o), "");
  EXPECT_EQ(o.tlb, 1);
  EXPECT_EQ(o.traps, 0);
  EXPECT_THAT(ParseError({"traps=yes"}, &o), HasSubstr("traps=yes"));
}

// ---- registers ----------------------------------------------------------------------------------

struct lockstep_rules Rules(const std::string& masked, const std::string& extra) {
  struct lockstep_rules rules = {};
  rules.n_csr_masks = masked.empty() ? 0 : 1;
  masked.copy(rules.csr_masks[0].csr, LOCKSTEP_CSR_NAME_BYTES - 1);
  rules.csr_masks[0].ignored_bits = 0x80;
  rules.n_extra_csrs = extra.empty() ? 0 : 1;
  extra.copy(rules.extra_csrs[0], LOCKSTEP_CSR_NAME_BYTES - 1);
  return rules;
}

// What is unknown; the list is in *r.
std::string Unknown(uint32_t groups, const struct lockstep_rules& rules, registers* r) {
  *r = {};
  const char* name = registers_choose(r, groups, &rules);
  return name == nullptr ? "" : name;
}

TEST(Registers, TheListIsThatOfTheGroups) {
  registers r;
  EXPECT_EQ(Unknown(1, Rules("", ""), &r), "");
  EXPECT_EQ(r.n, 32u);
  EXPECT_STREQ(r.list[PC_PLACE].name, "pc:pc");
  EXPECT_EQ(r.list[9].element, 10u);
  EXPECT_EQ(Unknown(3, Rules("", ""), &r), "");
  EXPECT_EQ(r.n, 65u);
  EXPECT_EQ(registers_find(&r, "ft0")->element, 32u);
  EXPECT_EQ(Unknown(7, Rules("", ""), &r), "");
  EXPECT_EQ(r.n, 101u);
  EXPECT_EQ(registers_find(&r, "satp")->element, 128u + 0x180);
  EXPECT_EQ(registers_find(&r, "mip"), nullptr);
}

TEST(Registers, APolicyMasksAndAdds) {
  registers r;
  EXPECT_EQ(Unknown(7, Rules("mip", "mip"), &r), "");
  EXPECT_EQ(r.n, 102u);
  EXPECT_EQ(registers_find(&r, "mip")->ignored_bits, 0x80u);
  EXPECT_EQ(Unknown(7, Rules("mstatus", "mstatus"), &r), "");
  EXPECT_EQ(r.n, 101u);
  EXPECT_EQ(registers_find(&r, "mstatus")->ignored_bits, 0x80u);
  EXPECT_EQ(Unknown(3, Rules("fcsr", ""), &r), "");
  EXPECT_EQ(registers_find(&r, "fcsr")->ignored_bits, 0x80u);
  // Known, and not digested here.
  for (const char* name : {"fcsr", "priv", "mepc", "time", "mcycle"}) {
    EXPECT_EQ(Unknown(1, Rules(name, ""), &r), "") << name;
    EXPECT_EQ(r.n, 32u);
  }
}

TEST(Registers, WhatIsNoRegisterIsNamed) {
  registers r;
  EXPECT_EQ(Unknown(7, Rules("mipp", ""), &r), "mipp");
  EXPECT_EQ(Unknown(1, Rules("mipp", ""), &r), "mipp");
  EXPECT_EQ(Unknown(7, Rules("a0", ""), &r), "a0");
  EXPECT_EQ(Unknown(7, Rules("", "ft0"), &r), "ft0");
  EXPECT_EQ(Unknown(7, Rules("", "time"), &r), "time");  // QEMU would end
  EXPECT_EQ(r.n, 101u);
}

// ---- QEMU's log ---------------------------------------------------------------------------------

// What the lines of a log say, in order; those of LOG_PARTIAL are left out.
std::vector<std::pair<log_kind, log_event>> ParseLog(const std::vector<std::string>& lines) {
  std::vector<std::pair<log_kind, log_event>> found;
  log_parser parser = {};
  for (const std::string& line : lines) {
    log_event event = {};
    const log_kind kind = log_parse(&parser, line.c_str(), &event);
    if (kind != LOG_PARTIAL) found.emplace_back(kind, event);
  }
  return found;
}

TEST(Log, AFillOfPagedMemory) {
  const auto found = ParseLog({
      "riscv_cpu_tlb_fill ad ffffffff80002000 rw 1 mmu_idx 1",
      "riscv_cpu_tlb_fill 1st-stage address=ffffffff80002000 ret 0 physical 0000000080202000 prot "
      "3",
      "riscv_cpu_tlb_fill PMP address=0000000080202000 ret 0 prot 7 tlb_size 4096",
  });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].first, LOG_FILL);
  EXPECT_EQ(found[0].second.va, 0xffffffff80002000u);
  EXPECT_EQ(found[0].second.pa, 0x80202000u);
  EXPECT_EQ(found[0].second.access, 1u);
  EXPECT_EQ(found[0].second.privilege, 1u);
  EXPECT_EQ(found[0].second.permissions, 3u);
}

TEST(Log, APageFaultOrAPmpFaultFillsNothing) {
  EXPECT_TRUE(
      ParseLog({
                   "riscv_cpu_tlb_fill ad 1000 rw 0 mmu_idx 0",
                   "riscv_cpu_tlb_fill address=1000 ret 1 physical 0000000000000000 prot 0",
                   "riscv_cpu_tlb_fill ad 2000 rw 0 mmu_idx 0",
                   "riscv_cpu_tlb_fill address=2000 ret 0 physical 0000000000002000 prot 7",
                   "riscv_cpu_tlb_fill PMP address=0000000000002000 ret 1 prot 0 tlb_size 1",
               })
          .empty());
}

TEST(Log, ExceptionsAndInterrupts) {
  const auto found = ParseLog({
      "riscv_cpu_do_interrupt: hart:0, async:0, cause:0000000000000005, epc:0x0000000080000056, "
      "tval:0x0000000000000010, desc=fault_load",
      "riscv_cpu_do_interrupt: hart:0, async:1, cause:0000000000000007, epc:0x0000000080000100, "
      "tval:0x0000000000000000, desc=m_timer",
  });
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].first, LOG_EXCEPTION);
  EXPECT_EQ(found[0].second.cause, 5u);
  EXPECT_EQ(found[0].second.epc, 0x80000056u);
  EXPECT_EQ(found[0].second.tval, 0x10u);
  EXPECT_EQ(found[1].first, LOG_INTERRUPT);
  EXPECT_EQ(found[1].second.cause, 7u);
}

TEST(Log, OtherLinesAreForOthers) {
  for (const char* line :
       {"", "qemu-system-riscv64: terminating", "riscv_cpu_do_interrupt: hart"}) {
    const auto found = ParseLog({line});
    ASSERT_EQ(found.size(), 1u) << line;
    EXPECT_EQ(found[0].first, LOG_OTHER) << line;
  }
}

TEST(Options, ErrorsNameTheOption) {
  options o;
  EXPECT_THAT(ParseError({"colour=red"}, &o), HasSubstr("colour=red"));
  for (const char* bad : {"start=main", "start=-1", "start=", "start", "count=some", "regs=all",
                          "pc=1", "devices=none", "sample=1k"}) {
    EXPECT_THAT(ParseError({bad}, &o), HasSubstr(bad));
  }
}

}  // namespace
