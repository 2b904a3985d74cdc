#include "emulator/main/argv.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace lockstep::emu {
namespace {

bool IsOption(const std::string& word) {
  return word.size() >= 2 && word[0] == '-' &&
         std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

}  // namespace

std::vector<std::string> NormaliseArguments(const std::vector<std::string>& args,
                                            const std::vector<std::string>& takes_value) {
  std::vector<std::string> out;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& word = args[i];
    if (word == "--") {
      out.insert(out.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
      break;
    }
    if (!IsOption(word)) {
      out.push_back(word);
      continue;
    }
    std::string name = word.substr(word[1] == '-' ? 2 : 1);
    size_t equals = name.find('=');
    const auto is_valued = [&](const std::string& option) {
      return std::find(takes_value.begin(), takes_value.end(), option) != takes_value.end();
    };
    if (equals != std::string::npos && word[1] == '-' && is_valued(name.substr(0, equals))) {
      out.push_back("--" + name.substr(0, equals));
      out.push_back(name.substr(equals + 1));
      continue;
    }
    out.push_back("--" + name);
    bool has_value = is_valued(name);
    if (has_value && i + 1 < args.size()) out.push_back(args[++i]);
  }
  return out;
}

}  // namespace lockstep::emu
