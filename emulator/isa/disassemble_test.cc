// Compares the disassembler with riscv64-linux-gnu-objdump 2.40, the reference for its text: for
// random words of every row, for a million random legal words, for all 16-bit words, and for words
// around the edges of the table, where both must agree on what is an instruction at all.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

// A word and the address at which objdump sees it.
struct PlacedWord {
  uint32_t word;
  uint64_t address;
};

// objdump knows the extensions of an ELF file's attributes; of raw bytes it takes RV64GC.
constexpr char kArchitecture[] = "rv64gc_zicsr_zifencei_zba_zbb_zbc_zbs_svinval";

int LengthOf(uint32_t word) { return (word & 3) == 3 ? 4 : 2; }

// Instruction column of a line of objdump, with one blank between mnemonic and operands and
// without comment; empty if the line is no instruction.
//   "   4:\t00a50533          \tadd\ta0,a0,a0"
std::string TextOfLine(std::string_view line, uint64_t* address) {
  const size_t first_tab = line.find('\t');
  if (first_tab == std::string_view::npos) return "";
  const size_t second_tab = line.find('\t', first_tab + 1);
  if (second_tab == std::string_view::npos) return "";
  *address = std::strtoull(std::string(line.substr(0, first_tab)).c_str(), nullptr, 16);
  std::string_view rest = line.substr(second_tab + 1);
  rest = rest.substr(0, rest.find(" # "));
  std::string text;
  for (char ch : rest) {
    if (ch != '\t' && ch != ' ' && ch != '\n') {
      text += ch;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// An object file without code; made once.
const std::string& EmptyElf() {
  static const std::string* const path = [] {
    auto* elf = new std::string(::testing::TempDir() + "/empty.elf");
    const std::string command = std::string("riscv64-linux-gnu-as -march=") + kArchitecture +
                                " /dev/null -o '" + *elf + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return elf;
  }();
  return *path;
}

// Runs objdump over the words, one after the other in memory, and calls
// visit(placed word, objdump's text) for each.
template <typename Visit>
void ForEachObjdumpText(const std::vector<uint32_t>& words, const Visit& visit) {
  const std::string path = ::testing::TempDir() + "/words.bin";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr) << path;
  for (uint32_t word : words) {
    const unsigned char bytes[4] = {
        static_cast<unsigned char>(word), static_cast<unsigned char>(word >> 8),
        static_cast<unsigned char>(word >> 16), static_cast<unsigned char>(word >> 24)};
    std::fwrite(bytes, 1, LengthOf(word), file);
  }
  ASSERT_EQ(std::fclose(file), 0);

  const std::string elf = path + ".elf";
  const std::string make_elf = "riscv64-linux-gnu-objcopy --update-section .text='" + path + "' '" +
                               EmptyElf() + "' '" + elf + "'";
  ASSERT_EQ(std::system(make_elf.c_str()), 0) << make_elf;
  const std::string command =
      "riscv64-linux-gnu-objdump -D -z -j .text -M no-aliases '" + elf + "'";
  std::FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char* line = nullptr;
  size_t capacity = 0;
  ssize_t length = 0;
  size_t next = 0;
  uint64_t expected_address = 0;
  while ((length = getline(&line, &capacity, pipe)) > 0) {
    uint64_t address = 0;
    const std::string text = TextOfLine({line, static_cast<size_t>(length)}, &address);
    if (text.empty()) continue;
    ASSERT_LT(next, words.size()) << text;
    ASSERT_EQ(address, expected_address) << "objdump lost step before " << text;
    visit(PlacedWord{words[next], address}, text);
    expected_address += LengthOf(words[next++]);
  }
  std::free(line);
  EXPECT_EQ(pclose(pipe), 0) << command;
  EXPECT_EQ(next, words.size()) << "objdump stopped early";
  std::remove(path.c_str());
  std::remove(elf.c_str());
}

// Legal words that objdump 2.40 prints as data. QEMU 7.2 executes them; see docs/design/isa.md.
bool IsUnknownToObjdump(const Instruction& inst) {
  const uint32_t rd_rs1 = inst.raw & (0x1fu << 15 | 0x1fu << 7);
  switch (inst.op) {
    case Op::kFence:  // reserved fields, to be ignored
      return rd_rs1 != 0 || inst.imm >> 8 != 0;
    case Op::kFenceI:
      return rd_rs1 != 0 || inst.raw >> 20 != 0;
    case Op::kFcvtDW:  // exact conversions, whose rounding mode does not matter
    case Op::kFcvtDWu:
    case Op::kFcvtDS:
      return inst.rm != 0;
    default:
      return false;
  }
}

// What objdump knows and the table leaves illegal on purpose, as QEMU 7.2 does: returns from modes
// that there are not, fences of the hypervisor extension, the fence of privileged
// specification 1.9, a reserved encoding.
bool IsKnownToObjdumpOnly(std::string_view text) {
  return text == "uret" || text == "hret" || text == "dret" || text.starts_with("sfence.vm ") ||
         text.starts_with("hinval.") || text == "sfence.vm" || text == "c.addi16sp sp,0";
}

// Counts failures so that a systematic one does not print a million lines.
class Comparison {
 public:
  void Check(const PlacedWord& placed, const std::string& objdump) {
    ++checked_;
    const Instruction inst = Decode(placed.word);
    const std::string ours = Disassemble(inst, placed.address);
    std::string expected = objdump;
    if (inst.op == Op::kIllegal && IsKnownToObjdumpOnly(objdump)) {
      ++refused_;
      return;
    }
    if (IsUnknownToObjdump(inst)) {
      ++unknown_;
      char data[32];
      std::snprintf(data, sizeof data, ".4byte 0x%x", placed.word);
      if (objdump == data && ours.starts_with(Mnemonic(inst.op))) return;
      expected += " (known to be unknown to objdump)";
    } else if (ours == objdump) {
      return;
    }
    if (++failed_ > 20) return;
    ADD_FAILURE() << std::hex << "word 0x" << placed.word << " at 0x" << placed.address
                  << "\n  objdump: " << expected << "\n  ours:    " << ours;
  }

  int checked() const { return checked_; }
  int unknown() const { return unknown_; }
  int refused() const { return refused_; }
  int failed() const { return failed_; }

 private:
  int checked_ = 0;
  int unknown_ = 0;  // legal, unknown to objdump
  int refused_ = 0;  // known to objdump, illegal
  int failed_ = 0;
};

void ExpectSameText(const std::vector<uint32_t>& words, double max_unknown_share) {
  Comparison comparison;
  ForEachObjdumpText(words, [&](const PlacedWord& placed, const std::string& text) {
    comparison.Check(placed, text);
  });
  EXPECT_EQ(comparison.failed(), 0);
  EXPECT_EQ(comparison.checked(), static_cast<int>(words.size()));
  EXPECT_LE(comparison.unknown(), max_unknown_share * static_cast<double>(words.size()));
}

// One test per row: its operands drawn at random.
class RowTest : public ::testing::TestWithParam<int> {};

TEST_P(RowTest, RandomOperandsPrintAsObjdumpDoes) {
  const Op op = static_cast<Op>(GetParam());
  uint64_t state = 1000 + static_cast<uint64_t>(GetParam());
  std::vector<uint32_t> words;
  for (int i = 0; i < 500; ++i) words.push_back(RandomEncoding(op, state));
  ExpectSameText(words, 1.0);
}

INSTANTIATE_TEST_SUITE_P(Rv64, RowTest, ::testing::Range(1, static_cast<int>(Op::kCount)),
                         [](const auto& info) {
                           std::string name;
                           for (char ch : Mnemonic(static_cast<Op>(info.param))) {
                             name += ch == '.' ? '_' : ch;
                           }
                           return name;
                         });

TEST(DisassembleTest, AMillionRandomLegalWordsPrintAsObjdumpDoes) {
  uint64_t state = 2024;
  std::vector<uint32_t> words;
  while (words.size() < 1000000) {
    const uint32_t word = static_cast<uint32_t>(NextRandom(state));
    if (Decode(word).op != Op::kIllegal) {
      words.push_back(LengthOf(word) == 2 ? word & 0xffff : word);
    }
  }
  ExpectSameText(words, 0.05);
}

// Every row equally often, which uniform words do not give: most of those are compressed.
TEST(DisassembleTest, AMillionWordsSpreadOverAllRowsPrintAsObjdumpDoes) {
  uint64_t state = 2025;
  std::vector<uint32_t> words;
  while (words.size() < 1000000) {
    const uint64_t row = NextRandom(state) % (static_cast<uint64_t>(Op::kCount) - 1);
    words.push_back(RandomEncoding(static_cast<Op>(row + 1), state));
  }
  ExpectSameText(words, 0.03);
}

TEST(DisassembleTest, AllCsrNamesPrintAsObjdumpDoes) {
  std::vector<uint32_t> words;
  for (uint32_t csr = 0; csr < 4096; ++csr) words.push_back(csr << 20 | 0x0002a573);
  ExpectSameText(words, 0);
}

TEST(DisassembleTest, EveryCompressedWordIsAnInstructionOfBothOrOfNeither) {
  std::vector<uint32_t> words;
  for (uint32_t word = 1; word < 0x10000; ++word) {
    if ((word & 3) != 3) words.push_back(word);
  }
  ExpectSameText(words, 0);
}

// The all-zero word is illegal by definition; objdump has a name for it.
TEST(DisassembleTest, ZeroIsData) {
  EXPECT_EQ(Decode(0).op, Op::kIllegal);
  EXPECT_EQ(Disassemble(Decode(0), 0), ".2byte 0x0");
}

TEST(DisassembleTest, UnimpIsTheWriteToCycle) {
  EXPECT_EQ(Decode(0xc0001073).op, Op::kCsrrw);
  EXPECT_EQ(Disassemble(Decode(0xc0001073), 0), "unimp");
  EXPECT_EQ(Disassemble(Decode(0xc0001573), 0), "csrrw a0,cycle,zero");
}

TEST(DisassembleTest, TargetsAreAbsoluteAndWrapAround) {
  EXPECT_EQ(Disassemble(Decode(0xfe0508e3), 0x80000010), "beq a0,zero,0x80000000");
  EXPECT_EQ(Disassemble(Decode(0xfe0508e3), 0), "beq a0,zero,0xfffffffffffffff0");
  EXPECT_EQ(Disassemble(Decode(0x008000ef), 0xffffffe000000000), "jal ra,0xffffffe000000008");
}

TEST(DisassembleTest, LegalWordsUnknownToObjdumpKeepTheStyle) {
  EXPECT_EQ(Disassemble(Decode(0x01f5050f), 0), "fence w,iorw");
  EXPECT_EQ(Disassemble(Decode(0x1005150f), 0), "fence.i");
  EXPECT_EQ(Disassemble(Decode(0xd2059553), 0), "fcvt.d.w fa0,a1,rtz");
  EXPECT_EQ(Disassemble(Decode(0x4205f553), 0), "fcvt.d.s fa0,fa1,dyn");
}

// Words one bit away from an instruction, and words with a random body under every major opcode:
// where the table has a gap or is too wide, the two disagree.
TEST(DisassembleTest, NoGapAgainstObjdump) {
  uint64_t state = 7;
  std::vector<uint32_t> words;
  while (words.size() < 1000000) {
    const uint32_t word = RandomEdgeWord(state);
    if ((word & 0x1f) == 0x1f) continue;  // objdump takes these for longer than 32 bits
    if (word == 0) continue;              // see ZeroIsData
    words.push_back(word);
  }
  Comparison comparison;
  int illegal = 0;
  ForEachObjdumpText(words, [&](const PlacedWord& placed, const std::string& text) {
    illegal += Decode(placed.word).op == Op::kIllegal ? 1 : 0;
    comparison.Check(placed, text);
  });
  EXPECT_EQ(comparison.failed(), 0);
  EXPECT_GT(illegal, 100000) << "the words do not probe the edges";
  EXPECT_LT(comparison.refused(), 1000);
}

}  // namespace
}  // namespace lockstep::isa
