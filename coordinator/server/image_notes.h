// What the report says of the files that instances on different machines run.
#ifndef COORDINATOR_SERVER_IMAGE_NOTES_H_
#define COORDINATOR_SERVER_IMAGE_NOTES_H_

#include <optional>
#include <string>
#include <vector>

namespace lockstep::server {

struct FileDigest {
  std::string path;
  std::string sha256;  // 32 bytes
};

// The files of one instance, as its agent told them.
struct InstanceFiles {
  std::string instance;
  std::optional<FileDigest> executable;
  std::vector<FileDigest> guest_images;  // in the order of its command line
};

// One line each: the executables, with the beginning of their digests; guest images that differ.
// Nothing is said of instances that told of no files. Pure.
std::vector<std::string> ImageNotes(const std::vector<InstanceFiles>& instances);

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_IMAGE_NOTES_H_
