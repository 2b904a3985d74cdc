// Journal files of a coordinator: the bytes of docs/formats/journal.md, to and from
// journal::Record.
//
// Pure functions. This header needs no generated code.
#ifndef PROTO_CC_JOURNAL_CONVERT_H_
#define PROTO_CC_JOURNAL_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/cc/journal.h"

namespace lockstep::wire {

std::string EncodeJournal(const journal::Record& record);

// Trusts nothing. Errors: InvalidArgument, one line: no journal, a version that is not known, cut
// short, damaged, or a field that breaks the comments of journal.proto.
absl::StatusOr<journal::Record> DecodeJournal(absl::string_view bytes);

}  // namespace lockstep::wire

#endif  // PROTO_CC_JOURNAL_CONVERT_H_
