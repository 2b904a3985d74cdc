#include "coordinator/server/image_notes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

FileDigest File(const std::string& path, char byte) { return {path, std::string(32, byte)}; }

TEST(ImageNotes, NothingIsKnown) {
  EXPECT_THAT(ImageNotes({{"A", std::nullopt, {}}, {"B", std::nullopt, {}}}), IsEmpty());
}

TEST(ImageNotes, SameImagesUnderOtherNames) {
  EXPECT_THAT(ImageNotes({{"A", File("/usr/bin/emu", 1), {File("fw.elf", 2), File("k", 3)}},
                          {"B", std::nullopt, {File("copy/k", 3), File("f", 2)}}}),
              ElementsAre("instance A ran /usr/bin/emu (sha256 010101010101...)"));
}

TEST(ImageNotes, NamesTheFilesThatDiffer) {
  EXPECT_THAT(ImageNotes({{"A", std::nullopt, {File("fw.elf", 2), File("k", 3)}},
                          {"B", std::nullopt, {File("fw.elf", 2), File("k", 4)}},
                          {"C", std::nullopt, {}},
                          {"D", std::nullopt, {File("fw.elf", 2)}}}),
              ElementsAre("the guest images differ: instance A has k (sha256 030303030303...), "
                          "instance B has k (sha256 040404040404...)",
                          "the guest images differ: instance A has k (sha256 030303030303...), "
                          "instance D has no such file"));
}

}  // namespace
}  // namespace lockstep::server
