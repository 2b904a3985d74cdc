#include "emulator/image/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "emulator/image/elf.h"
#include "emulator/image/linux_image.h"

namespace lockstep::image {
namespace {

Image FromElf(const ElfImage& elf, std::string_view origin) {
  Image image;
  image.entry = elf.entry;
  image.is_elf = true;
  for (const ElfSegment& segment : elf.segments) {
    image.pieces.push_back({segment.pa,
                            {segment.bytes.begin(), segment.bytes.end()},
                            segment.size_bytes,
                            std::string(origin)});
  }
  return image;
}

Image FromRaw(std::vector<uint8_t> contents, uint64_t pa, std::string_view origin) {
  Image image;
  image.entry = pa;
  uint64_t size = contents.size();
  image.pieces.push_back({pa, std::move(contents), size, std::string(origin)});
  return image;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status SystemError(int error) {
  absl::Status status = absl::ErrnoToStatus(error, "cannot be read");
  return absl::Status(status.code(), absl::StrCat(status.message(), "; check the path"));
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> ReadFile(const std::string& path, uint64_t max_bytes) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemError(errno);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return SystemError(errno);
  if (S_ISDIR(info.st_mode)) return absl::InvalidArgumentError("is a directory; give a file");
  std::vector<uint8_t> contents;
  std::vector<uint8_t> chunk(1 << 20);
  while (true) {
    ssize_t got = read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(errno);
    if (got == 0) break;
    if (contents.size() + static_cast<size_t>(got) > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("file is larger than the guest's RAM (",
                                                       max_bytes, " bytes); use a larger -m"));
    }
    contents.insert(contents.end(), chunk.begin(), chunk.begin() + got);
  }
  if (contents.empty()) return absl::InvalidArgumentError("file is empty");
  return contents;
}

absl::StatusOr<Image> MakeImage(std::vector<uint8_t> contents, Kind kind, uint64_t raw_pa,
                                std::string_view origin, uint64_t max_bytes) {
  if (kind == Kind::kRaw) return FromRaw(std::move(contents), raw_pa, origin);
  if (kind == Kind::kAny && LooksLikeGzip(contents)) {
    absl::StatusOr<std::vector<uint8_t>> unpacked = Gunzip(contents, max_bytes);
    if (!unpacked.ok()) return unpacked.status();
    contents = *std::move(unpacked);
  }
  if (LooksLikeElf(contents)) {
    absl::StatusOr<ElfImage> elf = ParseElf(contents);
    if (!elf.ok()) return elf.status();
    return FromElf(*elf, origin);
  }
  if (kind == Kind::kAny && LooksLikeLinuxImage(contents)) {
    absl::StatusOr<LinuxImageHeader> header = ParseLinuxImageHeader(contents);
    if (!header.ok()) return header.status();
  }
  return FromRaw(std::move(contents), raw_pa, origin);
}

}  // namespace lockstep::image
