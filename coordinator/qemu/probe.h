// Asks a QEMU, before a run, whether the plugin can work in it: its own words when it cannot come
// late and say little.
#ifndef COORDINATOR_QEMU_PROBE_H_
#define COORDINATOR_QEMU_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep::qemu {

struct Version {
  int major = 0, minor = 0;
};

// Of what `--version` prints ("QEMU emulator version 7.2.22 (Debian ...)", "qemu-riscv64 version
// 7.2.22"). Errors: InvalidArgument, the program is no QEMU.
absl::StatusOr<Version> ParseVersion(const std::string& text);

// Runs `program` (looked up in PATH) with --version and -help. Errors, one sentence that helps:
// NotFound or PermissionDenied when it cannot be run; FailedPrecondition when it is no QEMU, is
// linked statically, is older than plugins, or was built without them.
absl::Status Probe(const std::string& program);

// The plugin's file: $LOCKSTEP_QEMU_PLUGIN, else where it was built or installed beside this
// program. Errors: NotFound.
absl::StatusOr<std::string> FindPlugin();

}  // namespace lockstep::qemu

#endif  // COORDINATOR_QEMU_PROBE_H_
