#include "coordinator/report/text/canvas.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace lockstep::report {
namespace {

constexpr size_t kLabelColumns = 11;

bool BeginsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

const char* Escape(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\033[1m";
    case Style::kDim:
      return "\033[2m";
    case Style::kGood:
      return "\033[32m";
    case Style::kBad:
      return "\033[1;31m";
    case Style::kWarn:
      return "\033[33m";
    case Style::kTitle:
      return "\033[1;36m";
  }
  return "";
}

// Text comes from instances and files: what a terminal would obey becomes a blank.
std::string Harmless(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

bool Differ(std::string_view text, std::string_view other, size_t i) {
  return i >= other.size() || text[i] != other[i];
}

}  // namespace

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), BeginsCodePoint));
}

std::string Fit(std::string_view text, size_t width) {
  if (WidthOf(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t columns = 0, end = 0;
  while (end < text.size() && (columns < width - 1 || !BeginsCodePoint(text[end]))) {
    if (BeginsCodePoint(text[end])) ++columns;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

size_t WidthOf(const Line& line) {
  size_t width = 0;
  for (const Span& span : line) width += WidthOf(span.text);
  return width;
}

Line Padded(Line line, size_t width) {
  size_t used = 0;
  Line result;
  for (Span& span : line) {
    if (used == width) break;
    span.text = Fit(span.text, width - used);
    used += WidthOf(span.text);
    result.push_back(std::move(span));
  }
  if (used < width) result.push_back({std::string(width - used, ' '), Style::kPlain});
  return result;
}

Line Joined(Line line, const Line& more) {
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

void Canvas::Write(const Line& line) {
  Line trimmed = line;
  while (!trimmed.empty()) {
    std::string& text = trimmed.back().text;
    text.erase(text.find_last_not_of(' ') + 1);
    if (!text.empty()) break;
    trimmed.pop_back();
  }
  for (const Span& span : trimmed) {
    const char* escape = color_ ? Escape(span.style) : "";
    text_ += escape;
    text_ += Harmless(span.text);
    if (*escape != '\0') text_ += "\033[0m";
  }
  text_ += '\n';
}

void Canvas::WriteWrapped(Line head, const std::string& text, Style style) {
  const size_t indent = WidthOf(head);
  std::string line;
  const auto flush = [&] {
    Write(Joined(std::move(head), {{line, style}}));
    head = Padded({}, indent);
    line.clear();
  };
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(text, ' '))) {
    if (!line.empty() && indent + WidthOf(line) + 1 + WidthOf(word) > width_) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
}

void Canvas::WriteField(std::string_view label, const std::string& text, Style style) {
  WriteWrapped(Padded({{std::string(label), Style::kDim}}, kLabelColumns), text, style);
}

void Canvas::Section(std::string_view title, std::string_view remark) {
  Blank();
  Line line = {{std::string(title), Style::kTitle}};
  if (!remark.empty()) line.push_back({"  " + std::string(remark), Style::kDim});
  const size_t used = WidthOf(line) + 1;
  std::string rule = " ";
  for (size_t i = used; i < width_; ++i) rule += "─";
  line.push_back({rule, Style::kDim});
  Write(line);
}

Line Marked(std::string_view text, std::string_view other, Style style) {
  Line line;
  for (size_t i = 0; i < text.size();) {
    const bool differs = Differ(text, other, i);
    size_t end = i;
    while (end < text.size() && Differ(text, other, end) == differs) ++end;
    line.push_back({std::string(text.substr(i, end - i)), differs ? Style::kBad : style});
    i = end;
  }
  return line;
}

std::string Carets(std::string_view text, std::string_view other) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) result += Differ(text, other, i) ? '^' : ' ';
  return result;
}

}  // namespace lockstep::report
