#include "emulator/backend/disk_image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "emulator/base/check.h"

namespace lockstep::backend {
namespace {

// An open file; closes it.
class File {
 public:
  explicit File(int fd = -1) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

  // What lies behind the end reads as zeros.
  bool Read(uint64_t offset, std::span<uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      if (n == 0) {
        std::fill(bytes.begin(), bytes.end(), uint8_t{0});
        return true;
      }
      bytes = bytes.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return true;
  }
  bool Write(uint64_t offset, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return true;
  }
  // Makes the bytes read as zeros, as a hole if the file system can.
  bool Zero(uint64_t offset, uint64_t n_bytes) {
    constexpr int kHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (n_bytes == 0) return true;
    if (fallocate(fd_, kHole, static_cast<off_t>(offset), static_cast<off_t>(n_bytes)) == 0) {
      return true;
    }
    static constexpr std::array<uint8_t, 64 << 10> kZeros{};
    while (n_bytes != 0) {
      const uint64_t part = std::min<uint64_t>(n_bytes, kZeros.size());
      if (!Write(offset, std::span(kZeros).first(part))) return false;
      offset += part;
      n_bytes -= part;
    }
    return true;
  }

 private:
  int fd_;
};

class RawDisk : public devices::BlockBackend {
 public:
  RawDisk(File file, uint64_t size_bytes, const DiskSpec& spec)
      : file_(std::move(file)), size_bytes_(size_bytes), spec_(spec) {}

  uint64_t size_bytes() const override { return size_bytes_; }
  bool is_read_only() const override { return spec_.read_only; }
  bool Read(uint64_t offset, std::span<uint8_t> bytes) override {
    return file_.Read(offset, bytes);
  }
  bool Write(uint64_t offset, std::span<const uint8_t> bytes) override {
    return file_.Write(offset, bytes);
  }
  bool Flush() override {
    return spec_.read_only || !spec_.flush_to_medium || fdatasync(file_.fd()) == 0;
  }
  bool Discard(uint64_t offset, uint64_t n_bytes) override {
    return !spec_.discard || file_.Zero(offset, n_bytes);
  }
  bool WriteZeroes(uint64_t offset, uint64_t n_bytes) override {
    return file_.Zero(offset, n_bytes);
  }

 private:
  File file_;
  uint64_t size_bytes_;
  DiskSpec spec_;
};

// Changed blocks live in a second file at their own offsets; a bit each says so.
class OverlayDisk : public devices::BlockBackend {
 public:
  OverlayDisk(File base, File changes, uint64_t size_bytes, bool discard)
      : base_(std::move(base)),
        changes_(std::move(changes)),
        size_bytes_(size_bytes),
        discard_(discard),
        is_changed_((size_bytes + kBlockBytes - 1) / kBlockBytes) {}

  uint64_t size_bytes() const override { return size_bytes_; }
  bool is_read_only() const override { return false; }

  bool Read(uint64_t offset, std::span<uint8_t> bytes) override {
    return ForRuns(offset, bytes.size(), [&](uint64_t from, uint64_t n_bytes, bool is_changed) {
      File& file = is_changed ? changes_ : base_;
      return file.Read(from, bytes.subspan(from - offset, n_bytes));
    });
  }
  bool Write(uint64_t offset, std::span<const uint8_t> bytes) override {
    return TakeOver(offset, bytes.size()) && changes_.Write(offset, bytes);
  }
  bool Flush() override { return true; }
  bool Discard(uint64_t offset, uint64_t n_bytes) override {
    return !discard_ || WriteZeroes(offset, n_bytes);
  }
  bool WriteZeroes(uint64_t offset, uint64_t n_bytes) override {
    return TakeOver(offset, n_bytes) && changes_.Zero(offset, n_bytes);
  }

 private:
  static constexpr uint64_t kBlockBytes = 4096;

  // Calls `action(offset, n_bytes, is_changed)` for each stretch of blocks of one kind.
  template <typename Action>
  bool ForRuns(uint64_t offset, uint64_t n_bytes, Action action) {
    const uint64_t end = offset + n_bytes;
    while (offset < end) {
      const bool is_changed = is_changed_[offset / kBlockBytes];
      uint64_t next = offset;
      do {
        next = std::min(end, (next / kBlockBytes + 1) * kBlockBytes);
      } while (next < end && is_changed_[next / kBlockBytes] == is_changed);
      if (!action(offset, next - offset, is_changed)) return false;
      offset = next;
    }
    return true;
  }

  // Makes the blocks of a range changed ones. Those that it covers in part are copied.
  bool TakeOver(uint64_t offset, uint64_t n_bytes) {
    const uint64_t end = offset + n_bytes;
    for (uint64_t block = offset / kBlockBytes; block * kBlockBytes < end; ++block) {
      if (is_changed_[block]) continue;
      const uint64_t start = block * kBlockBytes;
      if (start < offset || start + kBlockBytes > end) {
        std::array<uint8_t, kBlockBytes> copy;
        if (!base_.Read(start, copy) || !changes_.Write(start, copy)) return false;
      }
      is_changed_[block] = true;
    }
    return true;
  }

  File base_;
  File changes_;
  uint64_t size_bytes_;
  bool discard_;
  std::vector<bool> is_changed_;
};

absl::Status Bad(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

absl::StatusOr<File> MakeTemporary() {
  const char* directory = getenv("TMPDIR");
  std::string name =
      absl::StrCat(directory == nullptr ? "/tmp" : directory, "/lockstep-overlay-XXXXXX");
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    return Bad(name, absl::StrCat("cannot make the overlay (", strerror(errno),
                                  "); set TMPDIR to a directory with room"));
  }
  unlink(name.c_str());
  return File(fd);
}

}  // namespace

absl::StatusOr<std::unique_ptr<devices::BlockBackend>> OpenDisk(const DiskSpec& spec) {
  const bool is_written = !spec.read_only && !spec.snapshot;
  File file(open(spec.path.c_str(), (is_written ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (file.fd() < 0) {
    const bool is_protected = is_written && (errno == EACCES || errno == EROFS);
    return Bad(spec.path, absl::StrCat("cannot open the image (", strerror(errno), ")",
                                       is_protected ? "; add readonly=on or snapshot=on" : ""));
  }
  struct stat info;
  if (fstat(file.fd(), &info) != 0 || (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))) {
    return Bad(spec.path, "is neither a file nor a block device");
  }
  if (flock(file.fd(), (is_written ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    return Bad(spec.path, is_written
                              ? "is in use by another process; add snapshot=on to leave it as it is"
                              : "is being written by another process; give each its own copy");
  }
  const off_t end = lseek(file.fd(), 0, SEEK_END);
  if (end < 0) return Bad(spec.path, absl::StrCat("has no size (", strerror(errno), ")"));
  constexpr uint64_t kSector = devices::VirtioBlock::kSectorBytes;
  const uint64_t size_bytes = (static_cast<uint64_t>(end) + kSector - 1) / kSector * kSector;
  if (!spec.snapshot || spec.read_only) {
    return std::make_unique<RawDisk>(std::move(file), size_bytes, spec);
  }
  absl::StatusOr<File> changes = MakeTemporary();
  if (!changes.ok()) return changes.status();
  return std::make_unique<OverlayDisk>(std::move(file), *std::move(changes), size_bytes,
                                       spec.discard);
}

}  // namespace lockstep::backend
