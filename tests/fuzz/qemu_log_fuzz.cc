// What QEMU may print: the lines of `-d mmu` and `-d int` as the plugin reads them, and the version
// as the command line does.
//
// Input: text. Each of its lines goes through both.
#include <cstddef>
#include <cstdint>
#include <string>

#include "coordinator/qemu/probe.h"
#include "emulator/base/check.h"

extern "C" {
#include "plugins/qemu/log.h"
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lockstep::qemu::Version> version = lockstep::qemu::ParseVersion(text);
  if (version.ok()) LOCKSTEP_CHECK(version->major >= 0 && version->minor >= 0) << version->major;
  struct log_parser parser {};
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    struct log_event event {};
    const enum log_kind kind = log_parse(&parser, line.c_str(), &event);
    if (kind == LOG_FILL) LOCKSTEP_CHECK(event.permissions < 8 && event.privilege < 4);
    begin = end + 1;
  }
  return 0;
}
