// Files that a user may give as firmware, kernel or device tree: taken with their invariants, or
// refused in one line.
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "emulator/base/check.h"
#include "emulator/image/elf.h"
#include "emulator/image/linux_image.h"
#include "emulator/machine/device_tree.h"

namespace {

void CheckRefusal(const absl::Status& status) {
  LOCKSTEP_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  LOCKSTEP_CHECK(!status.message().empty() &&
                 status.message().find('\n') == absl::string_view::npos)
      << status;
}

void FuzzElf(std::span<const uint8_t> file) {
  const auto elf = lockstep::image::ParseElf(file);
  if (!elf.ok()) return CheckRefusal(elf.status());
  uint64_t end = 0;
  LOCKSTEP_CHECK(!elf->segments.empty());
  for (const auto& segment : elf->segments) {
    LOCKSTEP_CHECK(segment.pa >= end && segment.size_bytes >= segment.bytes.size());
    LOCKSTEP_CHECK(segment.bytes.empty() ||
                   (segment.bytes.data() >= file.data() &&
                    segment.bytes.data() + segment.bytes.size() <= file.data() + file.size()));
    end = segment.pa + segment.size_bytes;
    LOCKSTEP_CHECK(end >= segment.pa);
  }
}

void FuzzLinux(std::span<const uint8_t> file) {
  if (lockstep::image::LooksLikeLinuxImage(file)) {
    const auto header = lockstep::image::ParseLinuxImageHeader(file);
    if (!header.ok()) CheckRefusal(header.status());
  }
  if (lockstep::image::LooksLikeGzip(file)) {
    constexpr uint64_t kMaxBytes = 1 << 20;
    const auto contents = lockstep::image::Gunzip(file, kMaxBytes);
    if (!contents.ok()) return CheckRefusal(contents.status());
    LOCKSTEP_CHECK(contents->size() <= kMaxBytes);
  }
}

void FuzzTree(std::span<const uint8_t> file) {
  const absl::Status status = lockstep::machine::CheckDeviceTree(file);
  if (!status.ok()) return CheckRefusal(status);
  lockstep::machine::BootProperties boot;
  boot.bootargs = "console=ttyS0";
  boot.initrd = {.start = 0x88000000, .end = 0x88001000};
  const auto patched = lockstep::machine::PatchDeviceTree(file, boot);
  if (!patched.ok()) return CheckRefusal(patched.status());
  LOCKSTEP_CHECK(lockstep::machine::CheckDeviceTree(*patched).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> file(data, size);
  FuzzElf(file);
  FuzzLinux(file);
  FuzzTree(file);
  return 0;
}
