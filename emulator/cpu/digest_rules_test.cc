// Masked, added and ignored state: what a run's policy makes of the digests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::cpu {
namespace {

using namespace testing;  // NOLINT: instruction encoders
using ::testing::HasSubstr;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr int kCsr = 2, kFpr = 1, kMem = 3;

struct lockstep_rules Rules(const char* mask, uint64_t bits, const char* extra = nullptr) {
  struct lockstep_rules rules = {};
  if (mask != nullptr) {
    std::strcpy(rules.csr_masks[rules.n_csr_masks].csr, mask);
    rules.csr_masks[rules.n_csr_masks++].ignored_bits = bits;
  }
  if (extra != nullptr) std::strcpy(rules.extra_csrs[rules.n_extra_csrs++], extra);
  return rules;
}

std::string Error(const struct lockstep_rules& rules) {
  const absl::StatusOr<DigestRules> resolved = Hart::ResolveRules(rules);
  EXPECT_FALSE(resolved.ok());
  return std::string(resolved.status().message());
}

TEST(DigestRules, NamesBecomeElements) {
  for (const auto& [name, element] : {std::pair<const char*, uint32_t>{"priv", 65},
                                      {"fcsr", 64},
                                      {"mstatus", 128 + 0x300},
                                      {"pmpaddr15", 128 + 0x3bf},
                                      {"mip", 128 + 0x344}}) {
    const absl::StatusOr<DigestRules> rules = Hart::ResolveRules(Rules(name, 6));
    ASSERT_TRUE(rules.ok()) << rules.status();
    EXPECT_EQ(rules->IgnoredBits(element), 6u) << name;
    EXPECT_EQ(rules->masks.size(), 1u);
  }
}

TEST(DigestRules, ExtraRegistersAreThoseThatTheGroupLacks) {
  EXPECT_THAT(Hart::ResolveRules(Rules(nullptr, 0, "time"))->extra_csrs,
              ::testing::ElementsAre(0xc01));
  for (const char* digested : {"mstatus", "priv", "fcsr"}) {
    EXPECT_THAT(Hart::ResolveRules(Rules(nullptr, 0, digested))->extra_csrs, ::testing::IsEmpty());
  }
  const DigestRules rules = Hart::ResolveRules(Rules(nullptr, 0, "mcycle")).value();
  const std::vector<std::string> names = Hart::RegisterNames(rules);
  ASSERT_EQ(names.size(), Hart::RegisterNames().size() + 1);
  EXPECT_EQ(names.back(), "csr:mcycle");
}

TEST(DigestRules, UnknownRegistersAreNamedWithThoseThatThereAre) {
  const std::string mask = Error(Rules("mipp", 1));
  EXPECT_THAT(mask, HasSubstr("policy.csr_masks: there is no register mipp; there are priv fcsr"));
  EXPECT_THAT(mask, HasSubstr(" mip "));
  EXPECT_THAT(mask, HasSubstr(" pmpaddr0..15 "));
  EXPECT_LT(mask.size(), 1000u);  // it travels in an End record
  EXPECT_THAT(Error(Rules(nullptr, 0, "vstart")),
              HasSubstr("policy.extra_csrs: there is no register vstart"));
  EXPECT_THAT(Error(Rules("sstatus", 1)), HasSubstr("sstatus is a view of mstatus"));
  EXPECT_THAT(Error(Rules(nullptr, 0, "sip")), HasSubstr("sip is a view of mip"));
}

// A hart with these rules that has run the program.
struct Ran {
  Ran(const struct lockstep_rules& rules, std::initializer_list<uint32_t> words, uint64_t insns)
      : machine(Config(rules)) {
    machine.SetObserver(&entries, false);
    machine.RunCode(words, insns);
    digests = machine.hart().digests();
  }
  static HartConfig Config(const struct lockstep_rules& rules) {
    HartConfig config;
    config.digests = true;
    config.digest_rules = Hart::ResolveRules(rules).value();
    return config;
  }
  struct Entries : observe::Observer {
    void BlockTranslated(uint32_t, const observe::BlockView&) override {}
    void BlockEntered(uint32_t, uint32_t, uint64_t, const observe::Digests& d) override {
      last = d;
    }
    void Event(uint32_t, observe::EventKind, uint64_t, std::span<const uint64_t>) override {}
    void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}
    observe::Digests last{};
  };
  Entries entries;
  FlatMachine machine;
  observe::Digests digests{};
};

TEST(DigestRules, MaskedBitsAreDigestedAsZero) {
  const auto ran = [](const struct lockstep_rules& rules, int32_t value) {
    return Ran(rules, {Addi(t0, zero, value), Csrrw(zero, 0x340, t0), JumpBack(0)}, 9);
  };
  const struct lockstep_rules masked = Rules("mscratch", 0xf0);
  const observe::Digests low = ran(masked, 0x01).entries.last;
  EXPECT_EQ(low[kCsr], ran(masked, 0xf1).entries.last[kCsr]);
  EXPECT_NE(low[kCsr], ran(masked, 0x02).entries.last[kCsr]);
  const struct lockstep_rules none = {};
  EXPECT_NE(ran(none, 0x01).digests[kCsr], ran(none, 0xf1).digests[kCsr]);
  // The masked digest is that of the register with its bits 0, kept by writes or from scratch.
  EXPECT_EQ(ran(masked, 0xf1).digests[kCsr], ran(none, 0x01).digests[kCsr]);
  EXPECT_EQ(low[kCsr], ran(none, 0x01).entries.last[kCsr]);
}

TEST(DigestRules, MaskedFlagsOfFloatingPoint) {
  const auto ran = [](const struct lockstep_rules& rules, int32_t fcsr) {
    constexpr uint32_t kFs = 6;  // of mstatus, upper 20 bits
    return Ran(rules,
               {Lui(t1, kFs), Csrrs(zero, 0x300, t1), Addi(t0, zero, fcsr), Csrrw(zero, 3, t0),
                JumpBack(0)},
               12);
  };
  const struct lockstep_rules masked = Rules("fcsr", 0x1f);
  const observe::Digests inexact = ran(masked, 0x21).entries.last;
  EXPECT_EQ(inexact[kFpr], ran(masked, 0x30).entries.last[kFpr]);
  EXPECT_NE(inexact[kFpr], ran(masked, 0x41).entries.last[kFpr]);
  EXPECT_EQ(inexact[kFpr], ran(masked, 0x21).digests[kFpr]);
}

TEST(DigestRules, AnAddedRegisterTicksInTheDigest) {
  const auto ran = [](const struct lockstep_rules& rules, uint64_t insns) {
    return Ran(rules, {Addi(t0, t0, 1), JumpBack(4)}, insns);
  };
  const struct lockstep_rules time = Rules(nullptr, 0, "time");
  const observe::Digests at_40 = ran(time, 40).digests;
  EXPECT_EQ(at_40[kCsr], ran(time, 42).digests[kCsr]) << "a tick takes ten instructions";
  EXPECT_NE(at_40[kCsr], ran(time, 60).digests[kCsr]);
  const struct lockstep_rules none = {};
  EXPECT_EQ(ran(none, 40).digests[kCsr], ran(none, 60).digests[kCsr]);
  // On block entry, where it is kept by writes: of the last block, two instructions before the end.
  EXPECT_EQ(ran(time, 62).entries.last[kCsr], ran(time, 60).digests[kCsr]);
}

TEST(DigestRules, StoresToVolatileBytesAreNotDigested) {
  // Two bytes at kBase + 0x2000 are ignored.
  struct lockstep_rules rules = {};
  rules.n_ranges = 1;
  rules.ranges[0] = {kBase + 0x2002, 2};
  const auto mem = [&](const struct lockstep_rules& r, uint32_t store, int32_t value) {
    const observe::Digests digests =
        Ran(r, {Auipc(t1, 2), Addi(t0, zero, value), store, JumpBack(0)}, 9).digests;
    return digests[kMem];
  };
  const uint64_t page = kBase + 0x2000;
  EXPECT_EQ(mem(rules, Sh(t0, 2, t1), 0x123), 0u);
  EXPECT_EQ(mem(rules, Sb(t0, 3, t1), 0x12), 0u);
  EXPECT_EQ(mem(rules, Sh(t0, 4, t1), 0x123), lockstep_mem_term(page + 4, 0x123, 2));
  EXPECT_EQ(mem(rules, Sw(t0, 0, t1), -1), lockstep_mem_term(page, 0xffff, 4));
  EXPECT_EQ(mem(rules, Sd(t0, 0, t1), -1), lockstep_mem_term(page, 0xffffffff0000ffff, 8));
  EXPECT_EQ(mem({}, Sw(t0, 0, t1), -1), lockstep_mem_term(page, 0xffffffff, 4));
}

}  // namespace
}  // namespace lockstep::cpu
