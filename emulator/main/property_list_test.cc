#include "emulator/main/property_list.h"

#include <gtest/gtest.h>

namespace lockstep::emu {
namespace {

TEST(PropertyListTest, KindAndProperties) {
  auto list = PropertyList::Parse("-device", "thing,a=1,b=x,,y,c=,a=2,d=p=q", true);
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->kind(), "thing");
  EXPECT_EQ(list->Take("a"), "2") << "the last one counts";
  EXPECT_EQ(list->Take("a"), std::nullopt);
  EXPECT_EQ(list->Take("b"), "x,y");
  EXPECT_EQ(list->Take("c"), "");
  EXPECT_EQ(list->Finish().message(),
            "-device thing,a=1,b=x,,y,c=,a=2,d=p=q: unknown property 'd'");
  EXPECT_EQ(list->Take("d"), "p=q");
  EXPECT_TRUE(list->Finish().ok());
}

TEST(PropertyListTest, SeveralValues) {
  auto list = PropertyList::Parse("-x", "a=1,b=2,a=3", false);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->TakeAll("a"), (std::vector<std::string>{"1", "3"}));
  EXPECT_TRUE(list->TakeAll("a").empty());
}

TEST(PropertyListTest, Malformed) {
  EXPECT_EQ(PropertyList::Parse("-x", "a=1,b", true).status().message(),
            "-x a=1,b: 'b' is not property=value");
  EXPECT_EQ(PropertyList::Parse("-x", "a", false).status().message(),
            "-x a: 'a' is not property=value");
  EXPECT_EQ(PropertyList::Parse("-x", "=1", true).status().message(),
            "-x =1: '=1' is not property=value");
  EXPECT_FALSE(PropertyList::Parse("-x", "", false).ok());
  EXPECT_FALSE(PropertyList::Parse("-x", "a=1,", false).ok());
}

TEST(PropertyListTest, TypedValues) {
  auto list = PropertyList::Parse("-x", "a=on,b=no,c=7,d=what", false);
  ASSERT_TRUE(list.ok());
  bool flag = false;
  EXPECT_TRUE(list->TakeSwitch("a", &flag).ok());
  EXPECT_TRUE(flag);
  EXPECT_TRUE(list->TakeSwitch("b", &flag).ok());
  EXPECT_FALSE(flag);
  EXPECT_TRUE(list->TakeSwitch("absent", &flag).ok());
  uint64_t number = 1;
  EXPECT_TRUE(list->TakeNumber("c", 0, 10, &number).ok());
  EXPECT_EQ(number, 7u);
  EXPECT_EQ(list->TakeNumber("d", 0, 10, &number).message(),
            "-x a=on,b=no,c=7,d=what: d=what: not a number from 0 to 10");
  std::string text;
  EXPECT_EQ(list->TakeNeeded("e", &text).message(), "-x a=on,b=no,c=7,d=what: e= is needed");
}

}  // namespace
}  // namespace lockstep::emu
