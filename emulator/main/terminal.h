// Standard input as the guest's keyboard.
#ifndef EMULATOR_MAIN_TERMINAL_H_
#define EMULATOR_MAIN_TERMINAL_H_

#include <string>

#include "emulator/machine/console.h"

namespace lockstep::emu {

// Interprets what is typed as QEMU's -nographic does: Ctrl-A x quits, Ctrl-A Ctrl-A (or a) is one
// Ctrl-A, Ctrl-A and another key is nothing. Pure.
class EscapeFilter {
 public:
  // The bytes for the guest.
  std::string Take(const std::string& typed);
  bool quit() const { return quit_; }

 private:
  bool escaped_ = false;
  bool quit_ = false;
};

// Reads a file descriptor without blocking the guest. A terminal is put into raw mode for the
// lifetime of the object; from a pipe or file all bytes go to the guest as they are.
class StdioInput : public machine::LiveInput {
 public:
  explicit StdioInput(int fd);
  ~StdioInput() override;

  std::string Take(int timeout_ms) override;
  bool ended() const override { return ended_; }
  // The user asked to end the emulator.
  bool quit() const { return filter_.quit(); }

 private:
  int fd_;
  bool is_terminal_;
  bool ended_ = false;
  EscapeFilter filter_;
};

// Gives the terminal its settings back, if a StdioInput has changed them. Async-signal-safe.
void RestoreTerminal();

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_TERMINAL_H_
