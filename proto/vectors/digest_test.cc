// plugins/sdk/lockstep_digest.h against the vectors of an independent implementation.
#include <gtest/gtest.h>

#include <cstdint>
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

TEST_F(DigestTest, Memory) {
  uint64_t mem = 0;
  ASSERT_EQ(vectors_["mem_term"].size(), vectors_["mem"]["stores"]);
  for (const auto& row : vectors_["mem_term"]) {
    const uint64_t term =
        lockstep_mem_term(Number(row["paddr"]), Number(row["value"]), row["size_bytes"]);
    EXPECT_EQ(term, Number(row["term"])) << row;
    mem += term;
  }
  EXPECT_EQ(mem, Number(vectors_["mem"]["digest"]));
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
