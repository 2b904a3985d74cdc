#include "coordinator/server/image_notes.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::server {
namespace {

// Enough to tell files apart.
constexpr size_t kShownBytes = 6;

std::string Show(const FileDigest& file) {
  return absl::StrCat(file.path, " (sha256 ",
                      absl::BytesToHexString(file.sha256.substr(0, kShownBytes)), "...)");
}

std::multiset<std::string> DigestsOf(const InstanceFiles& files) {
  std::multiset<std::string> digests;
  for (const FileDigest& image : files.guest_images) digests.insert(image.sha256);
  return digests;
}

// Images of `files` that `other` does not have.
std::vector<std::string> Missing(const InstanceFiles& files, const InstanceFiles& other) {
  std::multiset<std::string> there = DigestsOf(other);
  std::vector<std::string> missing;
  for (const FileDigest& image : files.guest_images) {
    const auto found = there.find(image.sha256);
    if (found == there.end()) {
      missing.push_back(Show(image));
    } else {
      there.erase(found);
    }
  }
  return missing;
}

std::string Names(const std::vector<std::string>& files) {
  return files.empty() ? "no such file" : absl::StrJoin(files, ", ");
}

}  // namespace

std::vector<std::string> ImageNotes(const std::vector<InstanceFiles>& instances) {
  std::vector<std::string> notes;
  std::vector<const InstanceFiles*> known;
  for (const InstanceFiles& files : instances) {
    if (!files.executable.has_value() && files.guest_images.empty()) continue;
    known.push_back(&files);
    if (files.executable.has_value()) {
      notes.push_back(absl::StrCat("instance ", files.instance, " ran ", Show(*files.executable)));
    }
  }
  for (size_t i = 1; i < known.size(); ++i) {
    const InstanceFiles& first = *known.front();
    const InstanceFiles& other = *known[i];
    if (DigestsOf(first) == DigestsOf(other)) continue;
    notes.push_back(absl::StrCat("the guest images differ: instance ", first.instance, " has ",
                                 Names(Missing(first, other)), ", instance ", other.instance,
                                 " has ", Names(Missing(other, first))));
  }
  return notes;
}

}  // namespace lockstep::server
