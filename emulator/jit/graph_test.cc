// Random control-flow graphs of integer code give the same state translated as interpreted,
// wherever the run is cut: rotations, extensions and other idioms, in loops, with more registers in
// use than the host has, every optimisation off in turn.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/isa/random_encoding.h"
#include "emulator/jit/options.h"

namespace lockstep::jit {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using cpu::Engine;
using cpu::HartConfig;

constexpr uint64_t kBase = FlatMachine::kRamBase, kData = kBase + 0x20000;
constexpr uint64_t kInsns = 4000;
constexpr Reg kDataReg = static_cast<Reg>(3);

constexpr uint32_t RType(uint32_t opcode, uint32_t funct7, uint32_t funct3, Reg rd, Reg rs1,
                         Reg rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t Branch(uint32_t funct3, Reg rs1, Reg rs2, int32_t offset) {
  const uint32_t imm = static_cast<uint32_t>(offset);
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63;
}
constexpr uint32_t kShiftLeft = 1, kShiftRight = 5;
constexpr uint32_t kWhole = 0x13, kWord = 0x1b;  // opcodes of operations with a constant

class Program {
 public:
  explicit Program(uint64_t seed) : random_(seed) {
    n_registers_ = 4 + Below(24);
    std::vector<size_t> starts;
    struct Jump {
      size_t at, target;
    };
    std::vector<Jump> jumps;
    const size_t n_blocks = 2 + Below(8);
    for (size_t block = 0; block < n_blocks; ++block) {
      starts.push_back(words_.size());
      for (uint64_t left = 1 + Below(7); left-- > 0;) Fragment();
      jumps.push_back({words_.size(), Below(n_blocks)});
      words_.push_back(0);
    }
    words_.push_back(JumpBack(static_cast<uint32_t>(4 * words_.size())));
    constexpr uint32_t kConds[] = {0, 1, 4, 5, 6, 7};
    for (const Jump& jump : jumps) {
      const int32_t offset =
          4 * (static_cast<int32_t>(starts[jump.target]) - static_cast<int32_t>(jump.at));
      // A block that goes to itself for ever is dull.
      words_[jump.at] = offset == 0 ? kNop : Branch(kConds[Below(6)], Any(), Any(), offset);
    }
  }

  const std::vector<uint32_t>& words() const { return words_; }
  uint64_t Value() {
    constexpr uint64_t kEdges[] = {0,          1,           0x7fffffff,   0x80000000,
                                   0xffffffff, ~0ull << 31, ~uint64_t{0}, uint64_t{1} << 63};
    return Below(3) == 0 ? kEdges[Below(8)] : isa::NextRandom(random_);
  }

 private:
  uint64_t Below(uint64_t n) { return isa::NextRandom(random_) % n; }
  Reg Any() { return static_cast<Reg>(4 + Below(n_registers_)); }
  void Put(uint32_t word) { words_.push_back(word); }
  // A shift by a constant.
  void PutShift(uint32_t opcode, uint32_t direction, Reg rd, Reg rs, uint64_t amount,
                bool is_arithmetic = false) {
    Put(IType(opcode, direction, rd, rs,
              static_cast<int32_t>(amount) | (is_arithmetic ? 0x400 : 0)));
  }

  // Some instructions that belong together, or nearly.
  void Fragment() {
    const Reg a = Any(), b = Any(), c = Any(), d = Any();
    const bool is_word = Below(2) == 0;
    const uint32_t opcode = is_word ? kWord : kWhole;
    const uint64_t width = is_word ? 32 : 64;
    switch (Below(9)) {
      case 0: {  // a rotation, or nearly one
        const uint64_t up = Below(width);
        const uint64_t down = Below(8) == 0 ? Below(width) : (width - up) % width;
        PutShift(opcode, kShiftLeft, b, a, up);
        PutShift(opcode, kShiftRight, c, Below(8) == 0 ? d : a, down, Below(12) == 0);
        constexpr uint32_t kCombine[] = {0, 4, 6};
        const uint32_t combine = kCombine[Below(3)];
        const bool is_sum_of_words = combine == 0 && Below(2) == 0;
        const bool is_swapped = Below(2) == 0;
        Put(RType(is_sum_of_words ? 0x3b : 0x33, 0, combine, d, is_swapped ? c : b,
                  is_swapped ? b : c));
        break;
      }
      case 1: {  // an extension, or nearly one
        constexpr uint64_t kAmounts[] = {56, 48, 32, 32, 32, 40};
        const uint64_t up = kAmounts[Below(6)];
        PutShift(kWhole, kShiftLeft, b, a, up);
        PutShift(kWhole, kShiftRight, c, b, Below(2) == 0 ? up : Below(64), Below(2) == 0);
        break;
      }
      case 2:  // sign-extensions, needed and not
        Put(IType(kWord, 0, b, a, 0));
        Put(IType(kWord, 0, c, b, Below(4) == 0 ? -1 : 0));
        break;
      case 3:
      case 4: {  // words
        constexpr uint32_t kFunct7[] = {0, 0x20, 1, 0, 0, 0x20};
        constexpr uint32_t kFunct3[] = {0, 0, 0, 1, 5, 5};
        const uint64_t which = Below(6);
        Put(RType(0x3b, kFunct7[which], kFunct3[which], a, b, c));
        break;
      }
      case 5: {
        constexpr uint32_t kFunct3[] = {0, 4, 6, 7, 2, 3};
        Put(IType(kWhole, kFunct3[Below(6)], a, b,
                  Below(2) == 0 ? 0xff : static_cast<int32_t>(Below(4096)) - 2048));
        break;
      }
      case 6: {
        constexpr uint32_t kFunct7[] = {0, 0, 0, 0, 0, 0, 0x20, 0, 1, 1};
        constexpr uint32_t kFunct3[] = {0, 4, 6, 7, 2, 3, 0, 1, 0, 3};
        const uint64_t which = Below(10);
        Put(RType(0x33, kFunct7[which], kFunct3[which], a, b, c));
        break;
      }
      case 7: {
        const uint32_t size = static_cast<uint32_t>(Below(4));
        Put(SType(size, a, kDataReg, static_cast<int32_t>(Below(16) << size)));
        break;
      }
      default: {
        const uint32_t size = static_cast<uint32_t>(Below(7));
        Put(IType(3, size, a, kDataReg, static_cast<int32_t>(Below(16) << (size & 3))));
        break;
      }
    }
  }

  uint64_t random_;
  uint64_t n_registers_ = 0;
  std::vector<uint32_t> words_;
};

struct Result {
  std::vector<uint64_t> registers;
  std::vector<uint8_t> ram;
  cpu::Hart::Stats stats;
};

// Cut every `stride` instructions, with a look at the registers then.
Result RunProgram(uint64_t seed, const HartConfig& config, uint64_t stride) {
  Program program(seed);
  FlatMachine machine(config);
  uint64_t pc = kBase;
  for (const uint32_t word : program.words()) {
    machine.StoreCode(pc, {word});
    pc += 4;
  }
  machine.Restart(kBase);
  for (int number = 4; number < 32; ++number) machine.hart().set_x(number, program.Value());
  machine.hart().set_x(kDataReg, kData);
  Result result;
  for (uint64_t done = 0; done < kInsns;) {
    done += std::min(stride, kInsns - done);
    machine.hart().Run(done);
    const std::vector<uint64_t> registers = machine.hart().Registers();
    if (done % 1000 == 0) {
      result.registers.insert(result.registers.end(), registers.begin(), registers.end());
    }
  }
  result.ram.assign(machine.ram().begin(), machine.ram().end());
  result.stats = machine.hart().stats();
  return result;
}

TEST(GraphTest, TranslatedAsInterpreted) {
  HartConfig jit;
  jit.engine = Engine::kJit;
  jit.jit.threshold = 2;
  jit.jit.verify = true;
  const absl::Status host = cpu::Hart::Check(jit);
  if (!host.ok()) GTEST_SKIP() << host;
  HartConfig interpreter;
  interpreter.engine = Engine::kInterpreter;
  uint64_t translated = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    HartConfig config = jit;
    const size_t off = seed % (3 * kSwitches.size());
    if (off < kSwitches.size()) config.jit.*kSwitches[off].member = false;
    const Result a = RunProgram(seed, interpreter, 1000);
    for (const uint64_t stride : {uint64_t{1000}, uint64_t{40}}) {
      const Result b = RunProgram(seed, config, stride);
      ASSERT_EQ(a.registers, b.registers) << "seed " << seed << " stride " << stride;
      ASSERT_TRUE(a.ram == b.ram) << "seed " << seed << " stride " << stride;
      translated += b.stats.jit.insns;
    }
  }
  EXPECT_GT(translated, 600 * kInsns) << "half of it at least";
}

}  // namespace
}  // namespace lockstep::jit
