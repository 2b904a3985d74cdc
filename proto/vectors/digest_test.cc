// plugins/sdk/lockstep_digest.h against the vectors of an independent implementation.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "plugins/sdk/lockstep_digest.h"

namespace {

uint64_t Number(const nlohmann::json& value) {
  return std::stoull(value.get<std::string>(), nullptr, 16);
}

class DigestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file("proto/vectors/digest.json");
    ASSERT_TRUE(file.good());
    vectors_ = nlohmann::json::parse(file);
  }
  nlohmann::json vectors_;
};

TEST_F(DigestTest, Tables) {
  EXPECT_EQ(Number(vectors_["seed"]), LOCKSTEP_DIGEST_SEED);
  ASSERT_GE(vectors_["tables"].size(), 72u);
  for (const auto& row : vectors_["tables"]) {
    EXPECT_EQ(lockstep_digest_a(row["element"]), Number(row["a"])) << row;
    EXPECT_EQ(lockstep_digest_b(row["element"]), Number(row["b"])) << row;
    EXPECT_EQ(lockstep_digest_b(row["element"]) & 1, 1u) << row;
  }
}

TEST_F(DigestTest, Mum) {
  ASSERT_FALSE(vectors_["mum"].empty());
  for (const auto& row : vectors_["mum"]) {
    EXPECT_EQ(lockstep_mum(Number(row["x"]), Number(row["y"])), Number(row["mum"])) << row;
  }
}

TEST_F(DigestTest, Terms) {
  ASSERT_FALSE(vectors_["term"].empty());
  for (const auto& row : vectors_["term"]) {
    EXPECT_EQ(lockstep_term(row["element"], Number(row["value"])), Number(row["term"])) << row;
  }
}

TEST_F(DigestTest, SizesOfStores) {
  ASSERT_EQ(vectors_["mem_size"].size(), 8u);
  for (const auto& row : vectors_["mem_size"]) {
    const uint32_t size_bytes = row["size_bytes"];
    EXPECT_EQ(lockstep_mem_size(size_bytes), Number(row["addend"])) << row;
    EXPECT_EQ(lockstep_mem_size(size_bytes),
              lockstep_splitmix((uint64_t{1} << 32) + size_bytes) >> 33);
  }
}

TEST_F(DigestTest, Memory) {
  uint64_t mem = 0;
  ASSERT_EQ(vectors_["mem_term"].size(), vectors_["mem"]["stores"]);
  for (const auto& row : vectors_["mem_term"]) {
    const uint64_t term =
        lockstep_mem_term(Number(row["paddr"]), Number(row["value"]), row["size_bytes"]);
    EXPECT_EQ(term, Number(row["term"])) << row;
    EXPECT_EQ(lockstep_mem_term_at(Number(row["paddr"]) + LOCKSTEP_MEM_P, Number(row["value"]),
                                   row["size_bytes"]),
              term);
    mem += term;
  }
  EXPECT_EQ(mem, Number(vectors_["mem"]["digest"]));
}

// How many errors of a fixed pattern among four stores of neighbours leave the sum of their terms
// as it is: two values swapped; equal values at a, a+3d that belong to a+d, a+2d; the values v, v+3
// in place of v+1, v+2; values that are wrong, of the right sum.
template <typename Term>
std::array<int, 4> CountMissed(const Term& term) {
  std::array<int, 4> missed{};
  uint64_t random = 88172645463325252;
  for (int i = 0; i < 1 << 24; ++i) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    const uint64_t a = 0x80000000 + 8 * (random & 0xfffff), d = 8 + 8 * (random >> 20 & 7);
    const uint64_t v = random >> 30 & 255, w = random >> 40 & 255,
                   change = 1 + (random >> 50 & 255);
    const uint64_t right = term(a, v) + term(a + d, w);
    missed[0] += v != w && right == term(a, w) + term(a + d, v);
    missed[1] += term(a, v) + term(a + 3 * d, v) == term(a + d, v) + term(a + 2 * d, v);
    missed[2] += term(a, v) + term(a, v + 3) == term(a, v + 1) + term(a, v + 2);
    missed[3] += right == term(a, v + change) + term(a + d, w - change);
  }
  std::printf("missed: %d %d %d %d\n", missed[0], missed[1], missed[2], missed[3]);
  return missed;
}

// docs/design/digests.md has these figures.
TEST(DigestQualityTest, ErrorsThatMightCancel) {
  for (const int missed : CountMissed(
           [](uint64_t paddr, uint64_t value) { return lockstep_mem_term(paddr, value, 8); })) {
    EXPECT_LE(missed, 8);
  }
  // Without the address in the second factor.
  const std::array<int, 4> plain = CountMissed([](uint64_t paddr, uint64_t value) {
    return lockstep_mum(paddr + LOCKSTEP_MEM_P, value + lockstep_mem_size(8));
  });
  EXPECT_GT(plain[1], 100'000);
}

TEST_F(DigestTest, RegisterFiles) {
  ASSERT_FALSE(vectors_["register_files"].empty());
  for (const auto& file : vectors_["register_files"]) {
    uint64_t digest = 0;
    for (const auto& row : file["values"]) {
      digest += lockstep_term(row["element"], Number(row["value"]));
    }
    EXPECT_EQ(digest, Number(file["digest"])) << file["name"];
  }
}

TEST_F(DigestTest, MaskedRegisters) {
  ASSERT_FALSE(vectors_["masked"].empty());
  for (const auto& file : vectors_["masked"]) {
    uint64_t digest = 0;
    for (const auto& row : file["values"]) {
      digest += lockstep_term(row["element"], Number(row["value"]) & ~Number(row["ignored"]));
    }
    EXPECT_EQ(digest, Number(file["digest"])) << file["name"];
  }
}

TEST_F(DigestTest, VolatileRanges) {
  std::vector<lockstep_range> ranges;
  for (const auto& row : vectors_["volatile"]["ranges"]) {
    ranges.push_back({Number(row["base"]), Number(row["bytes"])});
  }
  ASSERT_FALSE(ranges.empty());
  uint64_t mem = 0;
  for (const auto& row : vectors_["volatile"]["stores"]) {
    const uint64_t paddr = Number(row["paddr"]);
    const uint32_t size_bytes = row["size_bytes"];
    const uint64_t kept =
        lockstep_kept_bits(ranges.data(), static_cast<uint32_t>(ranges.size()), paddr, size_bytes);
    const uint64_t adds =
        kept == 0 ? 0 : lockstep_mem_term(paddr, Number(row["value"]) & kept, size_bytes);
    EXPECT_EQ(adds, Number(row["adds"])) << row;
    mem += adds;
  }
  EXPECT_EQ(mem, Number(vectors_["volatile"]["digest"]));
}

}  // namespace
