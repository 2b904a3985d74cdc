// Executes words on qemu-system-riscv64 7.2 and compares which of them raise an illegal-instruction
// exception with what the decoder says: all 16-bit words, and 32-bit words around the edges of the
// table. The guest is qemu_legality_guest.S.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

constexpr char kGuest[] = "emulator/isa/qemu_legality_guest.elf";
// All that the table has, and less: each extension must be off when it is off. Without A QEMU 7.2
// still carries out the atomics of double words; here, as in the manual, they are illegal.
struct Cpu {
  const char* name;
  const char* text;
  ExtensionSet extensions;
  bool is_whole;  // asked about more words
};
constexpr ExtensionSet EveryExtension() {
  ExtensionSet all;
  for (int i = 0; i < static_cast<int>(Extension::kCount); ++i) {
    all.Set(static_cast<Extension>(i), true);
  }
  return all;
}
constexpr Cpu kCpus[] = {
    {"Everything", "rv64,h=off,svinval=on", EveryExtension(), true},
    {"Rv64gc", "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off", kRv64gc, false},
    {"WithoutMD",
     "rv64,h=off,m=off,d=off,zba=off,zbb=off",
     {Extension::kI, Extension::kA, Extension::kF, Extension::kC, Extension::kS, Extension::kU,
      Extension::kZicsr, Extension::kZifencei, Extension::kZbc, Extension::kZbs},
     false},
};

int HexDigit(char ch) {
  if (ch >= '0' && ch <= '9') return ch - '0';
  if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
  return -1;
}

void AppendLittleEndian(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

// Runs the guest over the words; element n of the result tells whether word n is illegal. Empty
// after a failure, which has been reported.
std::vector<bool> IllegalOnQemu(const Cpu& cpu, std::vector<uint32_t> words) {
  const size_t count = words.size();
  while (words.size() % 4 != 0) words.push_back(0x00000013);
  std::string list;
  AppendLittleEndian(static_cast<uint32_t>(words.size()), list);
  for (uint32_t word : words) {
    AppendLittleEndian((word & 3) == 3 ? word : word | 0x9002u << 16, list);
  }
  const std::string list_path = ::testing::TempDir() + "/words.bin";
  const std::string out_path = ::testing::TempDir() + "/qemu.out";
  std::ofstream(list_path, std::ios::binary) << list;
  const std::string command = std::string("timeout 240 qemu-system-riscv64 -M virt -m 256M -cpu ") +
                              cpu.text + " -bios " + kGuest + " -device loader,file='" + list_path +
                              "',addr=0x84000000,force-raw=on -display none -monitor none" +
                              " -serial file:'" + out_path + "' </dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(status, 0) << command;
  std::ifstream out(out_path, std::ios::binary);
  const std::string digits((std::istreambuf_iterator<char>(out)), std::istreambuf_iterator<char>());
  EXPECT_EQ(digits.size(), words.size() / 4) << "the guest stopped early";
  if (status != 0 || digits.size() != words.size() / 4) return {};
  std::vector<bool> illegal(count);
  for (size_t i = 0; i < count; ++i) {
    const int digit = HexDigit(digits[i / 4]);
    EXPECT_GE(digit, 0) << "garbage from the guest: " << digits[i / 4];
    illegal[i] = (digit >> i % 4 & 1) != 0;
  }
  return illegal;
}

// Words whose execution tells nothing about their encoding, or does not end: CSR numbers and their
// privileges are not the decoder's matter, and a branch to itself or into itself may loop.
bool IsExecutable(uint32_t word) {
  const Instruction inst = Decode(word);
  if (inst.op == Op::kIllegal) return true;
  const Class cls = ClassOf(inst.op);
  if (cls == Class::kCsr) return false;
  if (cls == Class::kBranch || BaseOp(inst.op) == Op::kJal) return inst.imm < -4 || inst.imm > 4;
  return true;
}

// Static rounding modes 5 and 6 are legal to decode and illegal to execute.
bool IsIllegalToExecute(const Cpu& cpu, uint32_t word) {
  const Instruction inst = Decode(word, cpu.extensions);
  if (inst.op == Op::kIllegal) return true;
  return ClassOf(inst.op) == Class::kFloat && (inst.rm == 5 || inst.rm == 6);
}

void ExpectSameLegality(const Cpu& cpu, const std::vector<uint32_t>& words) {
  const std::vector<bool> illegal = IllegalOnQemu(cpu, words);
  ASSERT_EQ(illegal.size(), words.size());
  int failed = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if (illegal[i] == IsIllegalToExecute(cpu, words[i])) continue;
    if (++failed > 20) continue;
    ADD_FAILURE() << "word 0x" << std::hex << words[i] << " (" << Disassemble(Decode(words[i]), 0)
                  << "): QEMU says " << (illegal[i] ? "illegal" : "legal");
  }
  EXPECT_EQ(failed, 0);
}

class QemuLegalityTest : public ::testing::TestWithParam<Cpu> {};

INSTANTIATE_TEST_SUITE_P(Cpus, QemuLegalityTest, ::testing::ValuesIn(kCpus),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(QemuLegalityTest, EveryCompressedWord) {
  std::vector<uint32_t> words;
  for (uint32_t word = 0; word < 0x10000; ++word) {
    if ((word & 3) != 3 && IsExecutable(word)) words.push_back(word);
  }
  EXPECT_GT(words.size(), 49000u);
  ExpectSameLegality(GetParam(), words);
}

// Every major opcode with every funct3 and funct7, and the second-level field rs2 small and random.
TEST_P(QemuLegalityTest, EveryOpcodeAndFunction) {
  uint64_t state = 11;
  const uint32_t first_variant = GetParam().is_whole ? 0 : 3;
  std::vector<uint32_t> words;
  for (uint32_t opcode = 3; opcode < 0x80; opcode += 4) {
    for (uint32_t funct3 = 0; funct3 < 8; ++funct3) {
      for (uint32_t funct7 = 0; funct7 < 0x80; ++funct7) {
        const uint32_t fixed = funct7 << 25 | funct3 << 12 | opcode;
        for (uint32_t variant = first_variant; variant < 5; ++variant) {
          const uint32_t random = static_cast<uint32_t>(NextRandom(state));
          uint32_t word = fixed | (random & 0x000f8f80);
          word |= variant < 4 ? variant << 20 : random & 0x01f00000;
          if (IsExecutable(word)) words.push_back(word);
        }
      }
    }
  }
  ExpectSameLegality(GetParam(), words);
}

TEST_P(QemuLegalityTest, EverySystemFunction) {
  std::vector<uint32_t> words;
  for (uint32_t function = 0; function < 0x1000; ++function) {
    words.push_back(function << 20 | 0x73);
    words.push_back(function << 20 | 0x40073);  // hypervisor loads and stores, absent
  }
  ExpectSameLegality(GetParam(), words);
}

TEST_P(QemuLegalityTest, WordsAroundTheEdgesOfTheTable) {
  uint64_t state = 12;
  std::vector<uint32_t> words;
  const size_t count = GetParam().is_whole ? 150000 : 30000;
  while (words.size() < count) {
    const uint32_t word = RandomEdgeWord(state);
    if (IsExecutable(word)) words.push_back(word);
  }
  ExpectSameLegality(GetParam(), words);
}

}  // namespace
}  // namespace lockstep::isa
