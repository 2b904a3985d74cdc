// Connects the guest's serial port and the ports of its virtio consoles as the command line says.
#ifndef EMULATOR_MAIN_SERIAL_H_
#define EMULATOR_MAIN_SERIAL_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "emulator/machine/console_script.h"
#include "emulator/main/values.h"

namespace lockstep::emu {

// Where console output goes; buffered. Owns the file unless it is stdout.
class SerialOutput {
 public:
  // `file` may be null: output is dropped.
  SerialOutput(std::FILE* file, bool is_owned) : file_(file), is_owned_(is_owned) {}
  ~SerialOutput();
  SerialOutput(const SerialOutput&) = delete;
  SerialOutput& operator=(const SerialOutput&) = delete;

  void Put(uint8_t byte) {
    if (file_ != nullptr) std::putc(byte, file_);
  }
  // True when all output so far could be written.
  bool Flush();

 private:
  std::FILE* file_;
  bool is_owned_;
};

struct Serial {
  std::unique_ptr<SerialOutput> output;
  std::vector<machine::ScriptStep> script;
  bool takes_stdin = false;
};

// Opens files. Errors begin with `option` ("-serial") and name the file.
absl::StatusOr<Serial> OpenSerial(absl::string_view option, const SerialSpec& spec);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_SERIAL_H_
