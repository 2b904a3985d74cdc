// Disks in files of the host.
//
// A raw image holds the disk's bytes as they are; a size that is no multiple of a sector is rounded
// up, and what lies behind the end of the file reads as zeros. With an overlay the image is only
// read: changes go to a temporary file that has no name and is gone with the object. Images are
// locked (flock): one that is written belongs to one process, since two that write it would not
// repeat. Not thread-safe.
#ifndef EMULATOR_BACKEND_DISK_IMAGE_H_
#define EMULATOR_BACKEND_DISK_IMAGE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "emulator/devices/virtio/block.h"

namespace lockstep::backend {

struct DiskSpec {
  std::string path = {};
  bool read_only = false;
  bool snapshot = false;        // changes go to an overlay
  bool discard = false;         // a discard makes holes; else it does nothing
  bool flush_to_medium = true;  // a flush waits for the host's medium
};

// Errors: one line with the path (cannot open, is a directory, in use).
absl::StatusOr<std::unique_ptr<devices::BlockBackend>> OpenDisk(const DiskSpec& spec);

}  // namespace lockstep::backend

#endif  // EMULATOR_BACKEND_DISK_IMAGE_H_
