#include "emulator/isa/extensions.h"

#include <array>
#include <cstddef>

namespace lockstep::isa {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Extension::kCount)> kNames = {
    "i",           "m",   "a",   "f",   "d",   "c",    "s",       "u",       "zicsr", "zifencei",
    "zihintpause", "zba", "zbb", "zbc", "zbs", "sstc", "svinval", "svnapot", "svpbmt"};

constexpr bool IsLetter(Extension extension) { return extension <= Extension::kU; }

}  // namespace

std::string_view ExtensionName(Extension extension) {
  return kNames[static_cast<size_t>(extension)];
}

std::string IsaString(ExtensionSet extensions) {
  std::string text = "rv64";
  for (size_t i = 0; i < kNames.size(); ++i) {
    const Extension extension = static_cast<Extension>(i);
    const bool is_mode = extension == Extension::kS || extension == Extension::kU;
    if (is_mode || !extensions.Has(extension)) continue;
    if (!IsLetter(extension)) text += '_';
    text += kNames[i];
  }
  return text;
}

uint64_t Misa(ExtensionSet extensions) {
  constexpr uint64_t kMxl64 = uint64_t{2} << 62;
  uint64_t misa = kMxl64;
  for (size_t i = 0; i < kNames.size(); ++i) {
    const Extension extension = static_cast<Extension>(i);
    if (IsLetter(extension) && extensions.Has(extension)) misa |= 1u << (kNames[i][0] - 'a');
  }
  return misa;
}

}  // namespace lockstep::isa
