#include "emulator/main/serial.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "emulator/image/image.h"

namespace lockstep::emu {
namespace {

constexpr uint64_t kMaxScriptBytes = 16 << 20, kMaxInputBytes = 1 << 30;

absl::StatusOr<std::unique_ptr<SerialOutput>> OpenOutput(absl::string_view option,
                                                         const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": cannot write ", path, " (",
                                                   std::strerror(errno), "); give another path"));
  }
  return std::make_unique<SerialOutput>(file, true);
}

absl::StatusOr<std::vector<machine::ScriptStep>> ReadScript(absl::string_view option,
                                                            const std::string& path) {
  absl::StatusOr<std::vector<uint8_t>> contents = image::ReadFile(path, kMaxScriptBytes);
  if (!contents.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": script ", path, ": ", contents.status().message()));
  }
  absl::string_view text(reinterpret_cast<const char*>(contents->data()), contents->size());
  absl::StatusOr<std::vector<machine::ScriptStep>> steps = machine::ParseConsoleScript(text);
  if (!steps.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": script ", path, ": ", steps.status().message()));
  }
  return steps;
}

// A script that types a file.
absl::StatusOr<std::vector<machine::ScriptStep>> ReadInput(absl::string_view option,
                                                           const std::string& path) {
  absl::StatusOr<std::vector<uint8_t>> contents = image::ReadFile(path, kMaxInputBytes);
  if (!contents.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": input-path=", path, ": ", contents.status().message()));
  }
  machine::ScriptStep step;
  step.kind = machine::ScriptStep::Kind::kSend;
  step.text.assign(contents->begin(), contents->end());
  return std::vector<machine::ScriptStep>{std::move(step)};
}

}  // namespace

SerialOutput::~SerialOutput() {
  if (file_ == nullptr) return;
  if (is_owned_) {
    std::fclose(file_);
  } else {
    std::fflush(file_);
  }
}

bool SerialOutput::Flush() {
  if (file_ == nullptr) return true;
  return std::fflush(file_) == 0 && std::ferror(file_) == 0;
}

absl::StatusOr<Serial> OpenSerial(absl::string_view option, const SerialSpec& spec) {
  Serial serial;
  serial.output = std::make_unique<SerialOutput>(stdout, false);
  std::string path = spec.out_path;
  switch (spec.kind) {
    case SerialSpec::Kind::kStdio:
      serial.takes_stdin = true;
      break;
    case SerialSpec::Kind::kNull:
      serial.output = std::make_unique<SerialOutput>(nullptr, false);
      break;
    case SerialSpec::Kind::kFile:
      path = spec.path;
      if (!spec.in_path.empty()) {
        absl::StatusOr<std::vector<machine::ScriptStep>> input = ReadInput(option, spec.in_path);
        if (!input.ok()) return input.status();
        serial.script = *std::move(input);
      }
      break;
    case SerialSpec::Kind::kScript: {
      absl::StatusOr<std::vector<machine::ScriptStep>> script = ReadScript(option, spec.path);
      if (!script.ok()) return script.status();
      serial.script = *std::move(script);
      break;
    }
  }
  if (!path.empty()) {
    absl::StatusOr<std::unique_ptr<SerialOutput>> output = OpenOutput(option, path);
    if (!output.ok()) return output.status();
    serial.output = *std::move(output);
  }
  return serial;
}

}  // namespace lockstep::emu
