// QEMU writes its long options with one dash, GNU programs with two; CLI11 knows the latter only.
#ifndef EMULATOR_MAIN_ARGV_H_
#define EMULATOR_MAIN_ARGV_H_

#include <string>
#include <vector>

namespace lockstep::emu {

// Gives every option two dashes: "-bios" becomes "--bios", "-m" becomes "--m". Left as they are:
// the values of options (what follows an option in `takes_value`), "-", numbers such as "-1", words
// without a dash, everything after "--". "--name=value" is split into two words, since CLI11 takes
// no empty value that way. `args` is without the program's name.
std::vector<std::string> NormaliseArguments(const std::vector<std::string>& args,
                                            const std::vector<std::string>& takes_value);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_ARGV_H_
