// How the translator shall work. Every optimisation has a switch; none changes the guest.
#ifndef EMULATOR_JIT_OPTIONS_H_
#define EMULATOR_JIT_OPTIONS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::jit {

struct Options {
  // Passes over the intermediate representation.
  bool fold = true;
  bool state = true;
  bool idiom = true;
  bool dce = true;
  bool link = true;          // direct jumps from translation to translation
  bool jump_cache = true;    // indirect ones
  bool system = true;        // on to the next block behind traps and instructions of Zicsr
  bool region = true;        // blocks that lead to each other are translated together
  bool inline_float = true;  // false: floating-point instructions are interpreted
  uint32_t threshold = 16;   // entries of a block before it is translated; at least 1
  uint32_t code_bytes = 64u << 20;
  bool verify = false;  // the representation is verified after every pass
  // Translations of blocks that hold this address are printed on stderr: guest code, the
  // representation before and after each pass, host code.
  std::optional<uint64_t> dump_pc;
  // Likewise that of the block which holds the instruction before which so many had begun. It is
  // translated then if it was not yet.
  std::optional<uint64_t> dump_icount;
  // Not empty: is given them instead; those of all blocks, if neither of the above is set.
  std::function<void(const std::string& text)> dump_sink;
};

struct Switch {
  std::string_view name;
  bool Options::*member;
};

inline constexpr std::array<Switch, 9> kSwitches = {{{"fold", &Options::fold},
                                                     {"state", &Options::state},
                                                     {"idiom", &Options::idiom},
                                                     {"dce", &Options::dce},
                                                     {"link", &Options::link},
                                                     {"jump-cache", &Options::jump_cache},
                                                     {"system", &Options::system},
                                                     {"region", &Options::region},
                                                     {"float", &Options::inline_float}}};

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_OPTIONS_H_
