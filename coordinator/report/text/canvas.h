// Lines of text with styles, for the text report: padding counts what is seen, not bytes.
//
// Plain values; safe from any thread.
#ifndef COORDINATOR_REPORT_TEXT_CANVAS_H_
#define COORDINATOR_REPORT_TEXT_CANVAS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::report {

enum class Style { kPlain, kBold, kDim, kGood, kBad, kWarn, kTitle };

// Columns that UTF-8 text takes: one per code point.
size_t WidthOf(std::string_view text);

// At most `width` columns; a cut text ends in "…".
std::string Fit(std::string_view text, size_t width);

// A piece of a line. Spans are put together by Canvas.
struct Span {
  std::string text;
  Style style = Style::kPlain;
};
using Line = std::vector<Span>;

size_t WidthOf(const Line& line);

// The line, cut or padded with blanks to exactly `width` columns.
Line Padded(Line line, size_t width);

// The line with another's spans after it.
Line Joined(Line line, const Line& more);

class Canvas {
 public:
  Canvas(bool color, size_t width) : color_(color), width_(width) {}

  size_t width() const { return width_; }
  bool color() const { return color_; }

  // Writes one line; blanks at its end are left out, and control characters become blanks. Longer
  // lines are not cut.
  void Write(const Line& line);
  void Write(std::string_view text) { Write(Line{{std::string(text), Style::kPlain}}); }
  void Blank() { text_ += '\n'; }

  // The head and then the text, wrapped at blanks to the width, continued under the text.
  void WriteWrapped(Line head, const std::string& text, Style style = Style::kPlain);

  // "LABEL     text", wrapped at blanks to the width, continued under the text.
  void WriteField(std::string_view label, const std::string& text, Style style = Style::kPlain);

  // A blank line and "Title ───── ...".
  void Section(std::string_view title, std::string_view remark = "");

  std::string Take() { return std::move(text_); }

 private:
  bool color_;
  size_t width_;
  std::string text_;
};

// `text` in one style, with the characters that differ from `other` in kBad. Texts of unequal
// length differ from the first unequal place on.
Line Marked(std::string_view text, std::string_view other, Style style = Style::kPlain);

// Blanks, with '^' under every differing character: what Marked() says without colour.
std::string Carets(std::string_view text, std::string_view other);

}  // namespace lockstep::report

#endif  // COORDINATOR_REPORT_TEXT_CANVAS_H_
