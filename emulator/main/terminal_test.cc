#include "emulator/main/terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

namespace lockstep::emu {
namespace {

TEST(EscapeFilterTest, ControlAXQuits) {
  EscapeFilter filter;
  EXPECT_EQ(filter.Take("abc"), "abc");
  EXPECT_EQ(filter.Take("\x01"), "");
  EXPECT_FALSE(filter.quit());
  EXPECT_EQ(filter.Take("x"), "");
  EXPECT_TRUE(filter.quit());
}

TEST(EscapeFilterTest, ControlATwiceIsOne) {
  EscapeFilter filter;
  EXPECT_EQ(filter.Take("\x01\x01"
                        "b\x01"
                        "a\x01"
                        "hz"),
            "\x01"
            "b\x01z");
  EXPECT_FALSE(filter.quit());
}

TEST(StdioInputTest, PipeGivesAllBytesAndEnds) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  StdioInput input(fds[0]);
  EXPECT_EQ(input.Take(0), "");
  EXPECT_FALSE(input.ended());
  ASSERT_EQ(write(fds[1], "a\x01x", 3), 3);
  EXPECT_EQ(input.Take(1000), "a\x01x") << "no escapes in a pipe";
  close(fds[1]);
  EXPECT_EQ(input.Take(1000), "");
  EXPECT_TRUE(input.ended());
  EXPECT_FALSE(input.quit());
  close(fds[0]);
}

TEST(StdioInputTest, TerminalIsRawAndComesBack) {
  int controller, terminal;
  ASSERT_EQ(openpty(&controller, &terminal, nullptr, nullptr, nullptr), 0);
  termios before, during, after;
  ASSERT_EQ(tcgetattr(terminal, &before), 0);
  {
    StdioInput input(terminal);
    ASSERT_EQ(tcgetattr(terminal, &during), 0);
    EXPECT_EQ(during.c_lflag & (ICANON | ECHO | ISIG), 0u);
    ASSERT_EQ(write(controller, "\x03", 1), 1);
    EXPECT_EQ(input.Take(1000), "\x03") << "Ctrl-C is the guest's";
    ASSERT_EQ(write(controller, "\x01x", 2), 2);
    input.Take(1000);
    EXPECT_TRUE(input.quit());
  }
  ASSERT_EQ(tcgetattr(terminal, &after), 0);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  close(controller);
  close(terminal);
}

}  // namespace
}  // namespace lockstep::emu
