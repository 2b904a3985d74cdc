// Values of command-line options that are more than a number or a word.
//
// Pure functions. Errors say what is wrong and what is accepted, without the option's name.
#ifndef EMULATOR_MAIN_VALUES_H_
#define EMULATOR_MAIN_VALUES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::emu {

// "128", "128M", "2G", "size=512M": bytes; a bare number is MiB. As QEMU, the suffixes k, M, G, T.
absl::StatusOr<uint64_t> ParseMemorySize(absl::string_view text);

// "shift=N[,sleep=off]": N. sleep=on is refused: time would follow the host's clock.
absl::StatusOr<unsigned> ParseIcount(absl::string_view text);

// "base=2024-01-01T00:00:00[,clock=vm]": Unix time. base=utc and clock=host are refused alike.
absl::StatusOr<uint64_t> ParseRtc(absl::string_view text);

// "1", "cpus=1", "1,maxcpus=1": the number of harts.
absl::StatusOr<unsigned> ParseSmp(absl::string_view text);

// Where a serial port or a port of a virtio console is connected.
struct SerialSpec {
  enum class Kind { kStdio, kNull, kFile, kScript };
  Kind kind = Kind::kStdio;
  std::string path;      // of kFile and kScript
  std::string out_path;  // of kScript; "" is stdout
  std::string in_path;   // of kFile: a file whose bytes are the input; "" is none
};
// "stdio", "null", "file:PATH", "script:PATH[,out=PATH]", "mon:stdio" (no monitor: as stdio).
absl::StatusOr<SerialSpec> ParseSerial(absl::string_view text);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_VALUES_H_
