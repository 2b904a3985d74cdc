// What the translator makes of chosen blocks: guest code, representation before and after each
// pass, host code, as golden/NAME.txt says. After a change that is wanted:
//
//   bazel run //emulator/jit:golden_test -- --bless=$PWD/emulator/jit/golden
//
// Host addresses are left out, and places in the guest's state have names, so that nothing but the
// translator changes these files.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "emulator/cpu/hart.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::jit {
namespace {

using cpu::testing::FlatMachine;

std::string bless_directory;

struct Sample {
  const char* name;
  std::vector<uint32_t> words;
  uint32_t threshold = 1;
};

// Sources stand in the goldens, disassembled.
const std::vector<Sample>& Samples() {
  static const auto* samples = new std::vector<Sample>{
      {"integer",
       {0x00550513, 0x00b50e3b, 0x003e1613, 0x00a636b3, 0x12345737, 0x67870713, 0x4047579b,
        0x02a7aeb3, 0x0000006f}},
      {"memory", {0x00853283, 0x00350583, 0x00552823, 0x000100a3, 0x0000006f}},
      {"division", {0x02c5c533, 0x02b5733b, 0x0000006f}},
      {"loop", {0xfff50513, 0x00a585b3, 0xfe051ce3}},
      {"calls", {0x000300e7}},
      {"region", {0x001e7293, 0x001e0e13, 0x00028463, 0x01ce8eb3, 0x01df4f33, 0xfedff06f}, 4},
      {"float",
       {0x00053507, 0x62a575c3, 0x00f776d3, 0xa2b515d3, 0xc2059653, 0x00b53427, 0x0000006f}},
      {"status", {0x10017573}},
      {"scratch", {0x34011173}},
      {"atomics", {0x00100613, 0x00c5b52f, 0x00c50533, 0x0000006f}},
  };
  return *samples;
}

// Names of places in the state, by their offset from where rbp points to.
std::map<int64_t, std::string> StateNames() {
  const auto state = std::make_unique<cpu::HartState>();
  std::map<int64_t, std::string> names;
  const auto name = [&](const void* field, const std::string& text) {
    constexpr int64_t kBias = 128;
    names[static_cast<const char*>(field) - reinterpret_cast<const char*>(state.get()) - kBias] =
        text;
  };
  for (size_t i = 0; i < 32; ++i) {
    name(&state->x[i], absl::StrCat("x", i));
    name(&state->f[i], absl::StrCat("f", i));
    name(reinterpret_cast<const char*>(&state->f[i]) + 4, absl::StrCat("f", i, "+4"));
  }
  for (size_t i = 0; i < state->native.float_masks.size(); ++i) {
    name(&state->native.float_masks[i], absl::StrCat("float_masks+", 8 * i));
  }
  name(&state->pc, "pc");
  name(&state->tlb_mask, "tlb_mask");
  name(&state->csr.mstatus, "mstatus");
  name(&state->csr.mie, "mie");
  name(&state->csr.mscratch, "mscratch");
  name(&state->lines, "lines");
  name(&state->mip_software, "mip_software");
  name(&state->load_tlb, "load_tlb");
  name(&state->store_tlb, "store_tlb");
  name(&state->map_epoch, "map_epoch");
  name(&state->native.jump_table, "jump_table");
  name(&state->native.float_ready, "float_ready");
  return names;
}

// With the names of the words of the state, which are offsets.
std::string WithWords(std::string dump, const std::map<int64_t, std::string>& names) {
  static const std::regex word("(GetWord |SetWord v[0-9]+, )(0x[0-9a-f]+)");
  constexpr int64_t kBias = 128;
  std::smatch match;
  while (std::regex_search(dump, match, word)) {
    const auto name = names.find(std::stoll(match[2].str(), nullptr, 16) - kBias);
    dump.replace(static_cast<size_t>(match.position(2)), static_cast<size_t>(match.length(2)),
                 name == names.end() ? "state?" : name->second);
  }
  return dump;
}

// Without addresses of the host (numbers of 13 digits and more), and with the state's names.
std::string Normalized(const std::string& text_in) {
  static const std::map<int64_t, std::string> names = StateNames();
  const std::string dump = WithWords(text_in, names);
  const size_t host_code = dump.find("host code:");
  std::string text;
  for (size_t at = 0; at < dump.size();) {
    if (dump.compare(at, 4, "[rbp") == 0) {
      char* end;
      const int64_t offset = std::strtoll(dump.c_str() + at + 4, &end, 10);
      const auto name = names.find(offset);
      absl::StrAppend(&text, "[", name == names.end() ? "state?" : name->second);
      at = static_cast<size_t>(end - dump.c_str());
    } else if (at > host_code && std::isdigit(static_cast<unsigned char>(dump[at]))) {
      const size_t end = std::min(dump.find_first_not_of("0123456789", at), dump.size());
      text += end - at >= 13 ? "HOST" : dump.substr(at, end - at);
      at = end;
    } else {
      text += dump[at++];
    }
  }
  return text;
}

// The first translation at the program's beginning.
std::string Translation(const Sample& sample) {
  std::string dump;
  cpu::HartConfig config;
  config.engine = cpu::Engine::kJit;
  config.jit.threshold = sample.threshold;
  config.jit.verify = true;
  config.jit.dump_sink = [&dump](const std::string& text) {
    if (dump.empty()) dump = text;
  };
  FlatMachine machine(config);
  uint64_t pc = FlatMachine::kRamBase;
  for (const uint32_t word : sample.words) {
    machine.StoreCode(pc, {word});
    pc += 4;
  }
  machine.Restart(FlatMachine::kRamBase);
  machine.hart().Run(1000);
  return Normalized(dump);
}

// A loop of three instructions, entered in the middle of its second turn.
TEST(DumpTest, OfTheBlockThatRunsAtAnIcount) {
  cpu::HartConfig config;
  config.engine = cpu::Engine::kJit;
  const absl::Status host = cpu::Hart::Check(config);
  if (!host.ok()) GTEST_SKIP() << host;
  for (const uint32_t threshold : {1u, 1000000u}) {
    for (const uint64_t icount : {0, 1, 4, 98, 99, 100}) {
      std::vector<std::string> dumps;
      config.jit.threshold = threshold;
      config.jit.dump_icount = icount;
      config.jit.dump_sink = [&dumps](const std::string& text) { dumps.push_back(text); };
      FlatMachine machine(config);
      // addi a0, a0, 1; addi a1, a1, 1; bne a0, a2, -8; j . on the next line.
      machine.StoreCode(FlatMachine::kRamBase, {0x00150513, 0x00158593, 0xfec51ce3, 0x0000006f});
      machine.Restart(FlatMachine::kRamBase);
      machine.hart().set_x(12, 33);
      machine.hart().Run(1000);
      ASSERT_EQ(dumps.size(), 1u) << icount;
      const std::string begin =
          icount < 99 ? "guest code at 0x80000000" : "guest code at 0x8000000c";
      EXPECT_EQ(dumps[0].substr(0, begin.size()), begin) << icount;
      EXPECT_NE(dumps[0].find("host code:"), std::string::npos);
      EXPECT_EQ(machine.hart().icount(), 1000u);
    }
  }
}

class GoldenTest : public ::testing::TestWithParam<Sample> {};

TEST_P(GoldenTest, IsAsBlessed) {
  cpu::HartConfig config;
  config.engine = cpu::Engine::kJit;
  const absl::Status host = cpu::Hart::Check(config);
  if (!host.ok()) GTEST_SKIP() << host;
  const std::string actual = Translation(GetParam());
  ASSERT_NE(actual, "");
  const std::string file = absl::StrCat(GetParam().name, ".txt");
  if (!bless_directory.empty()) {
    std::ofstream(absl::StrCat(bless_directory, "/", file)) << actual;
    return;
  }
  std::ifstream golden(absl::StrCat("emulator/jit/golden/", file));
  std::stringstream expected;
  expected << golden.rdbuf();
  EXPECT_EQ(actual, expected.str()) << "if this is wanted: bazel run //emulator/jit:golden_test -- "
                                       "--bless=$PWD/emulator/jit/golden";
}

INSTANTIATE_TEST_SUITE_P(Blocks, GoldenTest, ::testing::ValuesIn(Samples()),
                         [](const ::testing::TestParamInfo<Sample>& info) {
                           return std::string(info.param.name);
                         });

}  // namespace
}  // namespace lockstep::jit

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kBless = "--bless=";
  if (argc == 2 && std::string_view(argv[1]).starts_with(kBless)) {
    lockstep::jit::bless_directory = argv[1] + kBless.size();
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: golden_test [--bless=DIRECTORY]\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}
