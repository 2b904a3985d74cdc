// How the interpreter shall work. Every optimisation has a switch; none changes the guest.
#ifndef EMULATOR_INTERP_OPTIONS_H_
#define EMULATOR_INTERP_OPTIONS_H_

#include <array>
#include <string_view>

namespace lockstep::interp {

struct Options {
  // Floating point by the host's unit where that is known to give RISC-V's results and flags;
  // false: all of it in integer arithmetic.
  bool host_float = true;
  // The end of a block goes on to the next without the run loop, where nobody watches.
  bool chain = true;
  // One handler for two instructions in a row; needs chain.
  bool fuse = true;
};

struct Switch {
  std::string_view name;
  bool Options::*member;
};

inline constexpr std::array<Switch, 3> kSwitches = {
    {{"host-float", &Options::host_float}, {"chain", &Options::chain}, {"fuse", &Options::fuse}}};

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_OPTIONS_H_
