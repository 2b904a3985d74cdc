#include <bit>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"
#include "emulator/isa/table.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

// The row that the table's rule gives for a word, without the decoder's index.
Op OpByLinearScan(uint32_t word) {
  const Row* best = nullptr;
  for (const Row& row : kRows) {
    const Encoding& e = row.encoding_bits;
    if (e.length_bytes == 2 && (word & 3) == 3) continue;
    if (!e.Matches(e.length_bytes == 2 ? word & 0xffff : word)) continue;
    if (best == nullptr || std::popcount(e.mask) > std::popcount(best->encoding_bits.mask)) {
      best = &row;
    }
  }
  return best == nullptr ? Op::kIllegal : best->op;
}

TEST(DecodeTest, IndexFindsWhatALinearScanFinds) {
  for (uint32_t word = 0; word < 0x10000; ++word) {
    if ((word & 3) != 3) {
      ASSERT_EQ(Decode(word).op, OpByLinearScan(word)) << std::hex << word;
    }
  }
  uint64_t state = 1;
  for (int i = 0; i < 100000; ++i) {
    const uint32_t random = static_cast<uint32_t>(NextRandom(state));
    ASSERT_EQ(Decode(random).op, OpByLinearScan(random)) << std::hex << random;
    const uint32_t edge = RandomEdgeWord(state);
    ASSERT_EQ(Decode(edge).op, OpByLinearScan(edge)) << std::hex << edge;
  }
}

TEST(DecodeTest, EveryRowIsReached) {
  uint64_t state = 2;
  for (const Row& row : kRows) {
    const uint32_t word = RandomEncoding(row.op, state);
    EXPECT_EQ(Decode(word).op, row.op) << row.mnemonic;
    EXPECT_EQ(Decode(word).length_bytes, row.encoding_bits.length_bytes) << row.mnemonic;
  }
}

TEST(DecodeTest, HighHalfOfCompressedWordIsIgnored) {
  const Instruction inst = Decode(0xffff4505);
  EXPECT_EQ(inst.op, Op::kCLi);
  EXPECT_EQ(inst.raw, 0x4505u);
  EXPECT_EQ(inst.length_bytes, 2);
}

TEST(DecodeTest, IllegalEncodingsKeepLengthAndRaw) {
  for (const auto& [word, length] : std::vector<std::pair<uint32_t, int>>{
           {0x00000000, 2},
           {0xffffffff, 4},
           {0x0000001f, 4},  // prefix of 48 bits
           {0x0000003f, 4},  // prefix of 64 bits
           {0x00008002, 2},  // c.jr with rs1 = 0
           {0x0000000b, 4},  // custom-0
       }) {
    const Instruction inst = Decode(word);
    EXPECT_EQ(inst.op, Op::kIllegal) << std::hex << word;
    EXPECT_EQ(inst.length_bytes, length) << std::hex << word;
    EXPECT_EQ(inst.raw, word);
  }
}

// Reserved encodings (Volume I, chapter 16; QEMU 7.2 agrees, see qemu_legality_test).
TEST(DecodeTest, ReservedEncodingsAreIllegal) {
  for (uint32_t word : {
           0x00000004u,  // c.addi4spn with immediate 0
           0x00008000u,  // quadrant 0, funct3 100
           0x00002001u,  // c.addiw with rd = 0
           0x00006001u,  // c.lui with immediate 0 and rd = 0
           0x00006501u,  // c.lui with immediate 0
           0x00006101u,  // c.addi16sp with immediate 0
           0x00009c41u,  // quadrant 1, funct6 100111, funct2 10
           0x00009c61u,  // the same with funct2 11
           0x00004002u,  // c.lwsp with rd = 0
           0x00006002u,  // c.ldsp with rd = 0
           0x0200151bu,  // slliw with shift amount 32
           0x0200551bu,  // srliw
           0x4200551bu,  // sraiw
           0x04001513u,  // slli with shift amount 64
           0x1015252fu,  // lr.w with rs2 != 0
           0x2805252fu,  // atomic with funct5 00101
           0x0005052fu,  // atomic of a byte
           0x0005452fu,  // atomic of 128 bits
           0x04000553u,  // fadd.h
           0x06000553u,  // fadd.q
           0x00002067u,  // jalr with funct3 010
           0x00002063u,  // branch with funct3 010
           0x00007003u,  // load with funct3 111
           0x00004023u,  // store with funct3 100
           0x00200073u,  // uret
           0x7b200073u,  // dret
           0x30200173u,  // mret with rd != 0
           0x00004073u,  // SYSTEM with funct3 100
           0x0000200fu,  // MISC-MEM with funct3 010
       }) {
    EXPECT_EQ(Decode(word).op, Op::kIllegal) << std::hex << word;
  }
}

// Fields that are reserved for finer instructions and must be ignored today.
TEST(DecodeTest, IgnoredFieldsAreIgnored) {
  EXPECT_EQ(Decode(0x01f5050f).op, Op::kFence);
  EXPECT_EQ(Decode(0xf000000f).op, Op::kFence);
  EXPECT_EQ(Decode(0x0100000f).op, Op::kFence);  // pause
  EXPECT_EQ(Decode(0xfff5150f).op, Op::kFenceI);
  EXPECT_EQ(Decode(0x8330000f).op, Op::kFenceTso);
  EXPECT_EQ(Decode(0x8330008f).op, Op::kFence);
  EXPECT_EQ(Decode(0x8330000f).imm, 0x833);
  EXPECT_EQ(Decode(0x12a0000f).imm, 0x12a);
}

// HINTs of the C extension decode and write x0, or nothing new.
TEST(DecodeTest, HintsAreLegal) {
  EXPECT_EQ(Decode(0x0001).op, Op::kCAddi);    // c.nop
  EXPECT_EQ(Decode(0x1005).op, Op::kCAddi);    // c.nop with an immediate
  EXPECT_EQ(Decode(0x0501).op, Op::kCAddi);    // c.addi a0,0
  EXPECT_EQ(Decode(0x4005).op, Op::kCLi);      // c.li zero,1
  EXPECT_EQ(Decode(0x6005).op, Op::kCLui);     // c.lui zero,1
  EXPECT_EQ(Decode(0x802e).op, Op::kCMv);      // c.mv zero,a1
  EXPECT_EQ(Decode(0x902e).op, Op::kCAdd);     // c.add zero,a1
  EXPECT_EQ(Decode(0x0006).op, Op::kCSlli);    // c.slli zero,1
  EXPECT_EQ(Decode(0x0502).op, Op::kCSlli64);  // shift amount 0
  EXPECT_EQ(Decode(0x8101).op, Op::kCSrli64);
  EXPECT_EQ(Decode(0x8501).op, Op::kCSrai64);
}

// The encoding and all that Decode makes of it.
struct Golden {
  uint32_t word;
  Op op;
  Op base;
  int rd;
  int rs1;
  int rs2;
  int64_t imm;
};

std::ostream& operator<<(std::ostream& out, const Golden& g) {
  return out << Mnemonic(g.op) << " 0x" << std::hex << g.word;
}

void ExpectGolden(const Golden& g) {
  const Instruction inst = Decode(g.word);
  EXPECT_EQ(inst.op, g.op) << g << " is " << Mnemonic(inst.op);
  EXPECT_EQ(BaseOp(inst.op), g.base) << g;
  EXPECT_EQ(inst.rd, g.rd) << g;
  EXPECT_EQ(inst.rs1, g.rs1) << g;
  EXPECT_EQ(inst.rs2, g.rs2) << g;
  EXPECT_EQ(inst.imm, g.imm) << g;
}

// Encodings by GNU as; the operands are those of the source line in the comment.
TEST(DecodeTest, OperandsAreThoseOfTheAssembler) {
  for (const Golden& golden : {
           Golden{0x1fe8, Op::kCAddi4spn, Op::kAddi, 10, 2, 0, 1020},   // c.addi4spn a0,sp,1020
           {0x0044, Op::kCAddi4spn, Op::kAddi, 9, 2, 0, 4},             // c.addi4spn s1,sp,4
           {0x3fec, Op::kCFld, Op::kFld, 11, 15, 0, 248},               // c.fld fa1,248(a5)
           {0x23ec, Op::kCFld, Op::kFld, 11, 15, 0, 192},               // c.fld fa1,192(a5)
           {0x5c6c, Op::kCLw, Op::kLw, 11, 8, 0, 124},                  // c.lw a1,124(s0)
           {0x406c, Op::kCLw, Op::kLw, 11, 8, 0, 68},                   // c.lw a1,68(s0)
           {0x66f8, Op::kCLd, Op::kLd, 14, 13, 0, 200},                 // c.ld a4,200(a3)
           {0xa0a4, Op::kCFsd, Op::kFsd, 0, 9, 9, 64},                  // c.fsd fs1,64(s1)
           {0xdd50, Op::kCSw, Op::kSw, 0, 10, 12, 60},                  // c.sw a2,60(a0)
           {0xfe48, Op::kCSd, Op::kSd, 0, 12, 10, 184},                 // c.sd a0,184(a2)
           {0x1e01, Op::kCAddi, Op::kAddi, 28, 28, 0, -32},             // c.addi t3,-32
           {0x0e7d, Op::kCAddi, Op::kAddi, 28, 28, 0, 31},              // c.addi t3,31
           {0x357d, Op::kCAddiw, Op::kAddiw, 10, 10, 0, -1},            // c.addiw a0,-1
           {0x5bbd, Op::kCLi, Op::kAddi, 23, 0, 0, -17},                // c.li s7,-17
           {0x7101, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, -512},          // c.addi16sp sp,-512
           {0x617d, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 496},           // c.addi16sp sp,496
           {0x6141, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 16},            // c.addi16sp sp,16
           {0x6105, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 32},            // c.addi16sp sp,32
           {0x6121, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 64},            // c.addi16sp sp,64
           {0x6109, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 128},           // c.addi16sp sp,128
           {0x6111, Op::kCAddi16sp, Op::kAddi, 2, 2, 0, 256},           // c.addi16sp sp,256
           {0x7681, Op::kCLui, Op::kLui, 13, 0, 0, -131072},            // c.lui a3,0xfffe0
           {0x6ffd, Op::kCLui, Op::kLui, 31, 0, 0, 126976},             // c.lui t6,31
           {0x93fd, Op::kCSrli, Op::kSrli, 15, 15, 0, 63},              // c.srli a5,63
           {0x9405, Op::kCSrai, Op::kSrai, 8, 8, 0, 33},                // c.srai s0,33
           {0x9af9, Op::kCAndi, Op::kAndi, 13, 13, 0, -2},              // c.andi a3,-2
           {0x8c99, Op::kCSub, Op::kSub, 9, 9, 14, 0},                  // c.sub s1,a4
           {0x8d2d, Op::kCXor, Op::kXor, 10, 10, 11, 0},                // c.xor a0,a1
           {0x8e55, Op::kCOr, Op::kOr, 12, 12, 13, 0},                  // c.or a2,a3
           {0x8f7d, Op::kCAnd, Op::kAnd, 14, 14, 15, 0},                // c.and a4,a5
           {0x9c05, Op::kCSubw, Op::kSubw, 8, 8, 9, 0},                 // c.subw s0,s1
           {0x9da9, Op::kCAddw, Op::kAddw, 11, 11, 10, 0},              // c.addw a1,a0
           {0xb001, Op::kCJ, Op::kJal, 0, 0, 0, -2048},                 // c.j .-2048
           {0xaffd, Op::kCJ, Op::kJal, 0, 0, 0, 2046},                  // c.j .+2046
           {0xab91, Op::kCJ, Op::kJal, 0, 0, 0, 1364},                  // c.j .+1364
           {0xa46d, Op::kCJ, Op::kJal, 0, 0, 0, 682},                   // c.j .+682
           {0xd301, Op::kCBeqz, Op::kBeq, 0, 14, 0, -256},              // c.beqz a4,.-256
           {0xcf7d, Op::kCBeqz, Op::kBeq, 0, 14, 0, 254},               // c.beqz a4,.+254
           {0xe44d, Op::kCBnez, Op::kBne, 0, 8, 0, 170},                // c.bnez s0,.+170
           {0xe831, Op::kCBnez, Op::kBne, 0, 8, 0, 84},                 // c.bnez s0,.+84
           {0x12fe, Op::kCSlli, Op::kSlli, 5, 5, 0, 63},                // c.slli t0,63
           {0x32fe, Op::kCFldsp, Op::kFld, 5, 2, 0, 504},               // c.fldsp ft5,504(sp)
           {0x32aa, Op::kCFldsp, Op::kFld, 5, 2, 0, 168},               // c.fldsp ft5,168(sp)
           {0x50fe, Op::kCLwsp, Op::kLw, 1, 2, 0, 252},                 // c.lwsp ra,252(sp)
           {0x40d6, Op::kCLwsp, Op::kLw, 1, 2, 0, 84},                  // c.lwsp ra,84(sp)
           {0x6dd6, Op::kCLdsp, Op::kLd, 27, 2, 0, 336},                // c.ldsp s11,336(sp)
           {0x8302, Op::kCJr, Op::kJalr, 0, 6, 0, 0},                   // c.jr t1
           {0x8976, Op::kCMv, Op::kAdd, 18, 0, 29, 0},                  // c.mv s2,t4
           {0x9002, Op::kCEbreak, Op::kEbreak, 0, 0, 0, 0},             // c.ebreak
           {0x9382, Op::kCJalr, Op::kJalr, 1, 7, 0, 0},                 // c.jalr t2
           {0x98fe, Op::kCAdd, Op::kAdd, 17, 17, 31, 0},                // c.add a7,t6
           {0xbfee, Op::kCFsdsp, Op::kFsd, 0, 2, 27, 504},              // c.fsdsp fs11,504(sp)
           {0xb56e, Op::kCFsdsp, Op::kFsd, 0, 2, 27, 168},              // c.fsdsp fs11,168(sp)
           {0xd75a, Op::kCSwsp, Op::kSw, 0, 2, 22, 172},                // c.swsp s6,172(sp)
           {0xc8da, Op::kCSwsp, Op::kSw, 0, 2, 22, 80},                 // c.swsp s6,80(sp)
           {0xe692, Op::kCSdsp, Op::kSd, 0, 2, 4, 328},                 // c.sdsp tp,328(sp)
           {0x800002b7, Op::kLui, Op::kLui, 5, 0, 0, -2147483648},      // lui t0,0x80000
           {0x7ffff297, Op::kAuipc, Op::kAuipc, 5, 0, 0, 2147479552},   // auipc t0,0x7ffff
           {0x800000ef, Op::kJal, Op::kJal, 1, 0, 0, -0x100000},        // jal ra,.-1048576
           {0x7ffff0ef, Op::kJal, Op::kJal, 1, 0, 0, 1048574},          // jal ra,.+1048574
           {0x2abaa0ef, Op::kJal, Op::kJal, 1, 0, 0, 699050},           // jal ra,.+699050
           {0x554550ef, Op::kJal, Op::kJal, 1, 0, 0, 349524},           // jal ra,.+349524
           {0x800302e7, Op::kJalr, Op::kJalr, 5, 6, 0, -2048},          // jalr t0,-2048(t1)
           {0x80628063, Op::kBeq, Op::kBeq, 0, 5, 6, -4096},            // beq t0,t1,.-4096
           {0x7fff7fe3, Op::kBgeu, Op::kBgeu, 0, 30, 31, 4094},         // bgeu t5,t6,.+4094
           {0x2a9445e3, Op::kBlt, Op::kBlt, 0, 8, 9, 2730},             // blt s0,s1,.+2730
           {0x54941a63, Op::kBne, Op::kBne, 0, 8, 9, 1364},             // bne s0,s1,.+1364
           {0x7ff5c503, Op::kLbu, Op::kLbu, 10, 11, 0, 2047},           // lbu a0,2047(a1)
           {0x80c6b023, Op::kSd, Op::kSd, 0, 13, 12, -2048},            // sd a2,-2048(a3)
           {0x7ec68fa3, Op::kSb, Op::kSb, 0, 13, 12, 2047},             // sb a2,2047(a3)
           {0xaac69523, Op::kSh, Op::kSh, 0, 13, 12, -1366},            // sh a2,-1366(a3)
           {0xfff5b513, Op::kSltiu, Op::kSltiu, 10, 11, 0, -1},         // sltiu a0,a1,-1
           {0x03f59513, Op::kSlli, Op::kSlli, 10, 11, 0, 63},           // slli a0,a1,63
           {0x41f5d51b, Op::kSraiw, Op::kSraiw, 10, 11, 0, 31},         // sraiw a0,a1,31
           {0x40c58533, Op::kSub, Op::kSub, 10, 11, 12, 0},             // sub a0,a1,a2
           {0x0000100f, Op::kFenceI, Op::kFenceI, 0, 0, 0, 0},          // fence.i
           {0x12c58073, Op::kSfenceVma, Op::kSfenceVma, 0, 11, 12, 0},  // sfence.vma a1,a2
           {0xffc5a507, Op::kFlw, Op::kFlw, 10, 11, 0, -4},             // flw fa0,-4(a1)
           {0x00c6b427, Op::kFsd, Op::kFsd, 0, 13, 12, 8},              // fsd fa2,8(a3)
           {0xe2058553, Op::kFmvXD, Op::kFmvXD, 10, 11, 0, 0},          // fmv.x.d a0,fa1
           {0xa2c5a553, Op::kFeqD, Op::kFeqD, 10, 11, 12, 0},           // feq.d a0,fa1,fa2
       }) {
    ExpectGolden(golden);
  }
}

TEST(DecodeTest, FieldsOfFloatingPointCsrAndAtomic) {
  Instruction inst = Decode(0x6ac5a543);  // fmadd.d fa0,fa1,fa2,fa3,rdn with rm = 2
  EXPECT_EQ(inst.op, Op::kFmaddD);
  EXPECT_EQ(inst.rd, 10);
  EXPECT_EQ(inst.rs1, 11);
  EXPECT_EQ(inst.rs2, 12);
  EXPECT_EQ(inst.rs3, 13);
  EXPECT_EQ(inst.rm, 2);

  inst = Decode(0xd205f553);  // fcvt.d.w with rm = 7: rs2 is part of the opcode
  EXPECT_EQ(inst.op, Op::kFcvtDW);
  EXPECT_EQ(inst.rs2, 0);
  EXPECT_EQ(inst.rm, 7);
  EXPECT_EQ(Decode(0xd235f553).op, Op::kFcvtDLu);
  EXPECT_EQ(Decode(0xd235f553).rs2, 0);

  inst = Decode(0x34029573);  // csrrw a0,mscratch,t0
  EXPECT_EQ(inst.op, Op::kCsrrw);
  EXPECT_EQ(inst.rd, 10);
  EXPECT_EQ(inst.rs1, 5);
  EXPECT_EQ(inst.csr, 0x340);
  EXPECT_EQ(inst.imm, 0);

  inst = Decode(0xfff7d573);  // csrrwi a0,0xfff,15
  EXPECT_EQ(inst.op, Op::kCsrrwi);
  EXPECT_EQ(inst.rs1, 15);
  EXPECT_EQ(inst.csr, 0xfff);

  inst = Decode(0x04c5a52f);  // amoadd.w.aq a0,a2,(a1)
  EXPECT_EQ(inst.op, Op::kAmoaddW);
  EXPECT_EQ(inst.rm, 2);
  EXPECT_EQ(inst.rd, 10);
  EXPECT_EQ(inst.rs1, 11);
  EXPECT_EQ(inst.rs2, 12);
  inst = Decode(0x1ec5b52f);  // sc.d.aqrl a0,a2,(a1)
  EXPECT_EQ(inst.op, Op::kScD);
  EXPECT_EQ(inst.rm, 3);
}

TEST(TableTest, OnlyTheseRowsOverlap) {
  // Finer row and the row that it takes words from.
  const std::set<std::pair<std::string_view, std::string_view>> expected = {
      {"c.addi16sp", "c.lui"}, {"c.slli64", "c.slli"}, {"c.srli64", "c.srli"},
      {"c.srai64", "c.srai"},  {"fence.tso", "fence"},
  };
  std::set<std::pair<std::string_view, std::string_view>> found;
  for (const Row& a : kRows) {
    for (const Row& b : kRows) {
      if (a.op == b.op) continue;
      if (OverlapOf(a.encoding_bits, b.encoding_bits) == Overlap::kFirstWins) {
        found.insert({a.mnemonic, b.mnemonic});
      }
    }
  }
  EXPECT_EQ(found, expected);
}

TEST(TableTest, OverlapIsFoundAndDecided) {
  const auto overlap = [](std::string_view a, std::string_view b) {
    return OverlapOf(ParseEncoding(a), ParseEncoding(b));
  };
  EXPECT_EQ(overlap("000iiiiiiiiiii01", "001iiiiiiiiiii01"), Overlap::kNone);
  EXPECT_EQ(overlap("000iiiiiiiiiii01", "0001iiiiiiiiii01"), Overlap::kSecondWins);
  EXPECT_EQ(overlap("0001iiiiiiiiii01", "000iiiiiiiiiii01"), Overlap::kFirstWins);
  EXPECT_EQ(overlap("000iiiiiiiiiii01", "000ddddddddddd01"), Overlap::kUndecidable);
  EXPECT_EQ(overlap("0001iiiiiiiiii01", "000i1iiiiiiiii01"), Overlap::kUndecidable);
  // A field that must not be zero keeps rows apart.
  EXPECT_EQ(overlap("000DDDDDDDDDDD01", "0000000000000001"), Overlap::kNone);
  EXPECT_EQ(overlap("000DDDDDDDDDDD01", "0000000000000101"), Overlap::kSecondWins);
}

TEST(TableTest, MalformedBitStringsAreRejected) {
  EXPECT_EQ(ParseEncoding("0000000_ttttt_sssss_000_ddddd_0110011").length_bytes, 4);
  EXPECT_EQ(ParseEncoding("000_i_bbbbb_iiiii_01").length_bytes, 2);
  for (std::string_view text : {
           "",
           "0000000_ttttt_sssss_000_ddddd_011001",    // 31 bits
           "0000000_ttttt_sssss_000_ddddd_01100111",  // 33 bits
           "000_i_bbbbb_iiiii_11",                    // 16 bits that say 32
           "0000000_ttttt_sssss_000_ddddd_0110010",   // 32 bits that say 16
           "000_i_bbbbb_iiiii_dd",                    // length bits not fixed
           "000_i_qqqqq_iiiii_01",                    // unknown letter
           "000_I_BBBBB_IIIII_01",                    // two fields in capitals
       }) {
    EXPECT_EQ(ParseEncoding(text).length_bytes, 0) << text;
  }
}

TEST(TableTest, FormatAndLettersMustAgree) {
  const auto agrees = [](std::string_view encoding, Format format) {
    Row row{};
    row.format = format;
    row.encoding_bits = ParseEncoding(encoding);
    return FormatAgrees(row);
  };
  constexpr std::string_view kAddEncoding = "0000000_ttttt_sssss_000_ddddd_0110011";
  EXPECT_TRUE(agrees(kAddEncoding, Format::kR));
  EXPECT_FALSE(agrees(kAddEncoding, Format::kI));
  EXPECT_FALSE(agrees(kAddEncoding, Format::kRRm));
  EXPECT_TRUE(agrees("0101100_00000_sssss_000_ddddd_1010011", Format::kR));
  EXPECT_FALSE(agrees("1100000_00001_sssss_000_ddddd_1010011", Format::kR));
}

TEST(TableTest, ClassesAndNamesOfIllegal) {
  EXPECT_EQ(Mnemonic(Op::kIllegal), "illegal");
  EXPECT_EQ(BaseOp(Op::kIllegal), Op::kIllegal);
  EXPECT_EQ(ClassOf(Op::kIllegal), Class::kSystem);
  EXPECT_EQ(ClassOf(Op::kCJr), Class::kJump);
  EXPECT_EQ(ClassOf(Op::kLrW), Class::kAtomic);
  EXPECT_EQ(Mnemonic(Op::kCAddi4spn), "c.addi4spn");
}

// A compressed row and its base do the same, so they are of one class.
TEST(TableTest, BaseIsOfTheSameClass) {
  for (const Row& row : kRows) {
    EXPECT_EQ(row.cls, RowOf(row.base).cls) << row.mnemonic;
    EXPECT_EQ(row.mnemonic.starts_with("c."), row.encoding_bits.length_bytes == 2) << row.mnemonic;
  }
}

}  // namespace
}  // namespace lockstep::isa
