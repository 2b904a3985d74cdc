#include "emulator/image/linux_image.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_format.h"

namespace lockstep::image {
namespace {

constexpr size_t kHeaderBytes = 64;
constexpr size_t kTextOffset = 8;
constexpr size_t kImageSize = 16;
constexpr size_t kFlags = 24;
constexpr size_t kVersion = 32;
constexpr size_t kMagic = 48;   // "RISCV\0\0\0", old
constexpr size_t kMagic2 = 56;  // "RSC\x05"

uint64_t ReadLittle(std::span<const uint8_t> file, size_t offset, unsigned size_bytes) {
  uint64_t value = 0;
  for (unsigned i = size_bytes; i-- > 0;) value = value << 8 | file[offset + i];
  return value;
}

}  // namespace

bool LooksLikeLinuxImage(std::span<const uint8_t> file) {
  return file.size() >= kHeaderBytes && std::memcmp(&file[kMagic2], "RSC\x05", 4) == 0 &&
         std::memcmp(&file[kMagic], "RISCV", 5) == 0;
}

absl::StatusOr<LinuxImageHeader> ParseLinuxImageHeader(std::span<const uint8_t> file) {
  if (!LooksLikeLinuxImage(file)) {
    return absl::InvalidArgumentError("not a RISC-V Linux Image");
  }
  if ((ReadLittle(file, kFlags, 8) & 1) != 0) {
    return absl::InvalidArgumentError("Linux Image is big-endian");
  }
  uint64_t version = ReadLittle(file, kVersion, 4);
  if (version >> 16 != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "Linux Image header has unknown version %d.%d", version >> 16, version & 0xffff));
  }
  return LinuxImageHeader{ReadLittle(file, kTextOffset, 8), ReadLittle(file, kImageSize, 8)};
}

bool LooksLikeGzip(std::span<const uint8_t> file) {
  return file.size() >= 3 && file[0] == 0x1f && file[1] == 0x8b && file[2] == 8;
}

absl::StatusOr<std::vector<uint8_t>> Gunzip(std::span<const uint8_t> file, uint64_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return absl::InternalError("zlib does not start");
  std::vector<uint8_t> out;
  absl::Status status = absl::OkStatus();
  size_t consumed = 0;
  int result = Z_OK;
  std::vector<uint8_t> chunk(1 << 16);
  while (status.ok()) {
    if (stream.avail_in == 0) {
      size_t take = std::min<size_t>(file.size() - consumed, 1 << 30);
      stream.next_in = const_cast<uint8_t*>(file.data() + consumed);
      stream.avail_in = static_cast<uInt>(take);
      consumed += take;
    }
    stream.next_out = chunk.data();
    stream.avail_out = static_cast<uInt>(chunk.size());
    result = inflate(&stream, Z_NO_FLUSH);
    size_t made = chunk.size() - stream.avail_out;
    if (out.size() + made > max_bytes) {
      status = absl::InvalidArgumentError(
          absl::StrFormat("gzip file unpacks to more than %d bytes", max_bytes));
      break;
    }
    out.insert(out.end(), chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(made));
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0 && consumed == file.size()) break;
      std::span<const uint8_t> rest(stream.next_in, stream.avail_in);
      if (!LooksLikeGzip(rest)) break;  // padding after the last member is allowed
      inflateReset(&stream);
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && made == 0 && stream.avail_in == 0 && consumed == file.size())) {
      status = absl::InvalidArgumentError("truncated gzip file");
    } else if (result != Z_OK) {
      status = absl::InvalidArgumentError(absl::StrFormat(
          "damaged gzip file (%s)", stream.msg != nullptr ? stream.msg : "zlib error"));
    }
  }
  inflateEnd(&stream);
  if (!status.ok()) return status;
  return out;
}

}  // namespace lockstep::image
