// The mem digest that translated code keeps, against the interpreter's: loops of many stores, whose
// addresses and values are wherever the translator may keep them, in regions with pinned registers
// and temporaries of their own.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "tests/random/recorder.h"

namespace lockstep::testing {
namespace {

using cpu::testing::FlatMachine;
using cpu::testing::IType;
using cpu::testing::Lui;
using cpu::testing::Reg;
using cpu::testing::SType;

constexpr uint64_t kMemGroup = 3;
constexpr uint64_t kData = FlatMachine::kRamBase + 0x40000;  // middle of the bases
constexpr uint64_t kInsns = 6000;

constexpr uint32_t BType(uint32_t funct3, uint32_t rs1, uint32_t rs2, int32_t offset) {
  const uint32_t bits = static_cast<uint32_t>(offset);
  return (bits >> 12 & 1) << 31 | (bits >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (bits >> 1 & 15) << 8 | (bits >> 11 & 1) << 7 | 0x63;
}
constexpr uint32_t RType(uint32_t opcode, uint32_t funct3, uint32_t funct7, uint32_t rd,
                         uint32_t rs1, uint32_t rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

// Bases hold addresses all the time; the counter and those at hand are written by arithmetic.
constexpr std::array<Reg, 4> kBases = {Reg{2}, Reg{10}, Reg{20}, Reg{31}};
constexpr Reg kCounter{9}, kAddress{28};
constexpr std::array<Reg, 21> kValues = {Reg{8},  Reg{11}, Reg{12}, Reg{13}, Reg{14}, Reg{15},
                                         Reg{16}, Reg{5},  Reg{18}, Reg{19}, Reg{26}, Reg{30},
                                         Reg{7},  Reg{17}, Reg{21}, Reg{22}, Reg{23}, Reg{24},
                                         Reg{25}, Reg{27}, Reg{29}};

class Program {
 public:
  explicit Program(uint64_t seed) : random_(seed * 0x9e3779b97f4a7c15) {
    words_ = {Lui(Reg{6}, 6), IType(0x73, 2, Reg{0}, Reg{6}, 0x300)};  // mstatus.FS
    for (const Reg base : kBases) {
      words_.push_back(Lui(base, kData >> 12));
      // Lui sign-extends.
      words_.push_back(IType(0x13, 1, base, base, 32));
      words_.push_back(IType(0x13, 5, base, base, 32));
      words_.push_back(IType(0x13, 0, base, base, 8 * static_cast<int32_t>(Below(200))));
    }
    for (const Reg value : kValues) {
      words_.push_back(Lui(value, static_cast<uint32_t>(Below(1 << 20))));
      words_.push_back(IType(0x13, 0, value, value, static_cast<int32_t>(Below(4096)) - 2048));
      if (Below(3) != 0) words_.push_back(IType(0x13, 1, value, value, 29));
    }
    words_.push_back(IType(0x13, 0, kCounter, Reg{0}, 300));
    // Two loops, one behind the other, so that a region has several blocks.
    const size_t n_outer = words_.size();
    for (int loop = 0; loop < 2; ++loop) {
      for (uint64_t left = 6 + Below(14); left != 0; --left) AddOne();
      const size_t skipped = words_.size();
      words_.push_back(0);
      AddStore();
      const auto offset = static_cast<int32_t>(4 * (words_.size() - skipped));
      words_[skipped] = BType(Below(2) != 0 ? 0 : 5, Value(), Value(), offset);  // beq, bge
    }
    words_.push_back(IType(0x13, 0, kCounter, kCounter, -1));
    words_.push_back(BType(1, kCounter, 0, -static_cast<int32_t>(4 * (words_.size() - n_outer))));
    words_.push_back(cpu::testing::kJumpHere);
  }

  const std::vector<uint32_t>& words() const { return words_; }

 private:
  uint64_t Below(uint64_t n) {
    random_ = random_ * 6364136223846793005 + 1442695040888963407;
    return (random_ >> 33) % n;
  }
  Reg Value() { return kValues[Below(kValues.size())]; }
  Reg Base() { return kBases[Below(kBases.size())]; }

  // Sums, and stores of them: more than there are temporaries.
  void AddBurst() {
    std::array<Reg, 6> sums{};
    for (Reg& sum : sums) {
      sum = Value();
      words_.push_back(RType(0x33, 0, 0, sum, Value(), Value()));
    }
    for (const Reg sum : sums) {
      const int32_t offset = Below(2) != 0 ? 0 : 8 * static_cast<int32_t>(Below(20));
      words_.push_back(SType(static_cast<uint32_t>(Below(4)), sum, Base(), offset));
    }
  }

  void AddStore() {
    // Some cross a page now and then, and some are of a base or of zero.
    const uint32_t size = static_cast<uint32_t>(Below(4));
    Reg base = Base();
    if (Below(4) == 0) {
      words_.push_back(IType(0x13, 0, kAddress, base, 8 * static_cast<int32_t>(Below(9))));
      base = kAddress;
    }
    const int32_t offset =
        Below(3) == 0 ? 0 : static_cast<int32_t>(Below(2) ? 8 * Below(255) : Below(2047)) - 1024;
    if (Below(6) == 0) {  // fsw, fsd
      words_.push_back(SType(2 + static_cast<uint32_t>(Below(2)), Reg{8}, base, offset) ^ 4);
      return;
    }
    const uint64_t kind = Below(8);
    Reg value = kind == 0 ? Reg{0} : kind == 1 ? base : kind == 2 ? Base() : Value();
    if (kind == 3) {  // a constant
      words_.push_back(IType(0x13, 0, value, Reg{0}, static_cast<int32_t>(Below(4096)) - 2048));
      if (Below(2) != 0) words_.push_back(Lui(value, static_cast<uint32_t>(Below(1 << 20))));
    }
    words_.push_back(SType(size, value, base, offset));
  }

  void AddOne() {
    switch (Below(7)) {
      case 0:  // add, sub, xor, and a shift
        words_.push_back(RType(0x33, 0, Below(2) != 0 ? 0x20 : 0, Value(), Value(), Value()));
        break;
      case 1:
        words_.push_back(RType(0x33, Below(2) != 0 ? 4 : 1, 0, Value(), Value(), Value()));
        break;
      case 2:  // lb to lwu, ld
        words_.push_back(IType(3, static_cast<uint32_t>(Below(7)), Value(), Base(),
                               8 * static_cast<int32_t>(Below(100))));
        break;
      case 3:  // addw
        words_.push_back(RType(0x3b, 0, 0, Value(), Value(), Value()));
        break;
      case 4:
        AddBurst();
        break;
      default:
        AddStore();
        break;
    }
  }

  uint64_t random_;
  std::vector<uint32_t> words_;
};

struct Outcome {
  uint64_t mem = 0;
  std::vector<uint8_t> ram;
  std::vector<uint64_t> registers;
  cpu::Hart::Stats stats;
};

Outcome RunOne(const Program& program, const cpu::HartConfig& config, Recorder* recorder) {
  FlatMachine machine(config);
  uint64_t pa = FlatMachine::kRamBase;
  for (const uint32_t word : program.words()) {
    machine.Store32(pa, word);
    pa += 4;
  }
  if (recorder != nullptr) machine.SetObserver(recorder, /*step=*/false);
  machine.Restart(FlatMachine::kRamBase);
  machine.hart().Run(kInsns);
  const auto registers = machine.hart().Registers();
  return {machine.hart().digests()[kMemGroup],
          {machine.ram().begin(), machine.ram().end()},
          {registers.begin(), registers.end()},
          machine.hart().stats()};
}

TEST(StoreDigestTest, TranslatedCodeKeepsWhatTheInterpreterKeeps) {
  cpu::HartConfig plain, jit;
  plain.digests = jit.digests = true;
  jit.engine = cpu::Engine::kJit;
  jit.jit.threshold = 3;
  jit.jit.verify = true;
  if (const absl::Status host = cpu::Hart::Check(jit); !host.ok()) GTEST_SKIP() << host;
  uint64_t translated = 0, regions = 0, blocks = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const Program program(seed);
    const Outcome expected = RunOne(program, plain, nullptr);
    ASSERT_NE(expected.mem, 0u);
    for (const bool is_lazy : {false, true}) {
      jit.lazy_digests = is_lazy;
      Recorder recorder(/*has_ring=*/true, seed, /*has_runs=*/is_lazy);
      const Outcome actual = RunOne(program, jit, &recorder);
      const std::string what = "program " + std::to_string(seed) + (is_lazy ? ", lazy" : "");
      ASSERT_EQ(expected.registers, actual.registers) << what;
      ASSERT_TRUE(expected.ram == actual.ram) << what;
      ASSERT_EQ(expected.mem, actual.mem) << what;
      translated += actual.stats.jit.insns - actual.stats.jit.out_of_line();
      regions += actual.stats.jit.regions;
      blocks += actual.stats.jit.translations;
    }
  }
  EXPECT_GT(translated, 300 * kInsns) << "of twice as many";
  EXPECT_GT(blocks, regions * 2);
}

}  // namespace
}  // namespace lockstep::testing
