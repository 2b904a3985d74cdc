// proto3 `string` fields are UTF-8; text that comes from programs and files may be anything.
#ifndef PROTO_CC_UTF8_H_
#define PROTO_CC_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lockstep::wire {

// `text` with each byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string ValidUtf8(absl::string_view text);

}  // namespace lockstep::wire

#endif  // PROTO_CC_UTF8_H_
