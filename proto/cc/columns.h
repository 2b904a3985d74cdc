// Packed little-endian columns in `bytes` fields.
//
// Columns are copied as they lie in memory; the host is little-endian.
#ifndef PROTO_CC_COLUMNS_H_
#define PROTO_CC_COLUMNS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace lockstep::wire {

static_assert(std::endian::native == std::endian::little);

// Replaces the contents of `column`.
template <typename T>
void PackColumn(const std::vector<T>& values, std::string* column) {
  static_assert(std::is_integral_v<T>);
  column->assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// Appends one value.
template <typename T>
void AppendTo(std::string* column, T value) {
  static_assert(std::is_integral_v<T>);
  column->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Value number `i` of a column that is long enough.
template <typename T>
T ColumnValue(const std::string& column, size_t i) {
  T value;
  memcpy(&value, column.data() + i * sizeof(T), sizeof(T));
  return value;
}

// InvalidArgument unless `column` holds exactly `count` values of type T.
template <typename T>
absl::Status CheckColumn(absl::string_view field, const std::string& column, uint64_t count) {
  if (column.size() / sizeof(T) == count && column.size() % sizeof(T) == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(field, ": the column has ", column.size(),
                                                 " bytes, not ", count, " values of ", sizeof(T)));
}

// REQUIRES: a whole number of values.
template <typename T>
std::vector<T> UnpackColumn(const std::string& column) {
  std::vector<T> values(column.size() / sizeof(T));
  if (!values.empty()) memcpy(values.data(), column.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace lockstep::wire

#endif  // PROTO_CC_COLUMNS_H_
