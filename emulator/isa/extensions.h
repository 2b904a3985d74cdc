// The extensions of the instruction set that a hart may have or not, and sets of them.
//
// Pure values; safe from any thread. Source: the names and the order of the device tree's riscv,isa
// string are those of QEMU 7.2.
#ifndef EMULATOR_ISA_EXTENSIONS_H_
#define EMULATOR_ISA_EXTENSIONS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace lockstep::isa {

// In the order of the riscv,isa string; kS and kU are not in it.
enum class Extension : uint8_t {
  kI,  // and what every hart has: mret, wfi
  kM,
  kA,
  kF,
  kD,
  kC,
  kS,
  kU,
  kZicsr,
  kZifencei,
  kZihintpause,
  kZba,
  kZbb,
  kZbc,
  kZbs,
  kSstc,
  kSvinval,
  kSvnapot,
  kSvpbmt,
  kCount
};

class ExtensionSet {
 public:
  constexpr ExtensionSet() = default;
  constexpr ExtensionSet(std::initializer_list<Extension> extensions) {
    for (Extension extension : extensions) Set(extension, true);
  }

  constexpr bool Has(Extension extension) const { return (bits_ & BitOf(extension)) != 0; }
  constexpr bool HasAll(ExtensionSet others) const { return (others.bits_ & ~bits_) == 0; }
  constexpr void Set(Extension extension, bool is_there) {
    bits_ = is_there ? bits_ | BitOf(extension) : bits_ & ~BitOf(extension);
  }
  friend constexpr bool operator==(ExtensionSet, ExtensionSet) = default;

 private:
  static constexpr uint32_t BitOf(Extension extension) {
    return uint32_t{1} << static_cast<unsigned>(extension);
  }
  uint32_t bits_ = 0;
};

// RV64GC with supervisor and user mode, and nothing beyond.
inline constexpr ExtensionSet kRv64gc = {
    Extension::kI,     Extension::kM,        Extension::kA,          Extension::kF,
    Extension::kD,     Extension::kC,        Extension::kS,          Extension::kU,
    Extension::kZicsr, Extension::kZifencei, Extension::kZihintpause};

// "zba"; single letters too ("m").
std::string_view ExtensionName(Extension extension);

// Value of the device tree's riscv,isa: "rv64imafdc_zicsr_zifencei_zihintpause".
std::string IsaString(ExtensionSet extensions);

// Value of misa.
uint64_t Misa(ExtensionSet extensions);

}  // namespace lockstep::isa

#endif  // EMULATOR_ISA_EXTENSIONS_H_
