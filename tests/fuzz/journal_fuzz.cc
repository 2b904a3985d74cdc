// A journal of a run, as another process may have left it: an error of one line, or a record whose
// journal says the same. The checksum keeps a fuzzer out, so its bytes are put into a good frame
// too.
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "emulator/base/check.h"
#include "proto/cc/journal_convert.h"

namespace {

void Check(absl::string_view bytes) {
  namespace wire = lockstep::wire;
  const absl::StatusOr<lockstep::journal::Record> record = wire::DecodeJournal(bytes);
  if (!record.ok()) {
    LOCKSTEP_CHECK(record.status().message().find('\n') == absl::string_view::npos)
        << record.status();
    return;
  }
  LOCKSTEP_CHECK(record->joined.size() == record->instances.size());
  const std::string once = wire::EncodeJournal(*record);
  const absl::StatusOr<lockstep::journal::Record> again = wire::DecodeJournal(once);
  LOCKSTEP_CHECK(again.ok()) << again.status();
  LOCKSTEP_CHECK(wire::EncodeJournal(*again) == once);
}

void Append(uint64_t value, size_t bytes, std::string& out) {
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  Check(input);
  std::string framed = "LCKPRUN\n";
  Append(1, 4, framed);
  Append(size, 4, framed);
  framed += std::string(input);
  Append(XXH64(framed.data(), framed.size(), 0), 8, framed);
  Check(framed);
  return 0;
}
