// Aligns N lists into rows, as `sdiff` does for two: elements with equal keys share a row if that
// keeps the order of every list. Exact (longest common subsequence) for two lists; with more,
// each is merged into the rows of those before it.
#ifndef COORDINATOR_DETECT_MERGE_ROWS_H_
#define COORDINATOR_DETECT_MERGE_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep::detect {

// Cells of one row: index into each list, absent where the list has no such element.
using MergedRow = std::vector<std::optional<size_t>>;

// `same(list_i, element_i, list_j, element_j)` tells whether two elements may share a row;
// `earlier(...)` orders elements that do not. Time and memory: rows x list for each list.
template <typename Same, typename Earlier>
std::vector<MergedRow> MergeRows(const std::vector<size_t>& list_sizes, const Same& same,
                                 const Earlier& earlier) {
  const size_t n = list_sizes.size();
  std::vector<MergedRow> rows;
  const auto representative = [&](const MergedRow& row) {
    size_t list = 0;
    while (!row[list]) ++list;
    return std::pair{list, *row[list]};
  };
  for (size_t list = 0; list < n; ++list) {
    const size_t r = rows.size();
    const size_t m = list_sizes[list];
    // length[i][j]: the longest common subsequence of rows i.. and elements j..
    std::vector<uint32_t> length((r + 1) * (m + 1), 0);
    const auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (m + 1) + j]; };
    const auto matches = [&](size_t i, size_t j) {
      const auto [other, element] = representative(rows[i]);
      return same(other, element, list, j);
    };
    for (size_t i = r; i-- > 0;) {
      for (size_t j = m; j-- > 0;) {
        at(i, j) = matches(i, j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    std::vector<MergedRow> merged;
    size_t i = 0, j = 0;
    while (i < r || j < m) {
      if (i < r && j < m && matches(i, j)) {
        merged.push_back(std::move(rows[i++]));
        merged.back()[list] = j++;
        continue;
      }
      bool take_row = j == m;
      if (i < r && j < m) {
        const auto [other, element] = representative(rows[i]);
        take_row = at(i + 1, j) != at(i, j + 1) ? at(i + 1, j) > at(i, j + 1)
                                                : earlier(other, element, list, j);
      }
      if (take_row) {
        merged.push_back(std::move(rows[i++]));
      } else {
        merged.emplace_back(n);
        merged.back()[list] = j++;
      }
    }
    rows = std::move(merged);
  }
  return rows;
}

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_MERGE_ROWS_H_
