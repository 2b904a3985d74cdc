// The text report: what a person reads in a terminal or in a CI log.
//
// Pure functions of a report::Report; safe from any thread. Source: docs/design/report.md.
#ifndef COORDINATOR_REPORT_TEXT_TEXT_H_
#define COORDINATOR_REPORT_TEXT_TEXT_H_

#include <cstdint>
#include <string>

#include "proto/cc/report.h"

namespace lockstep::report {

struct TextOptions {
  bool color = false;     // ANSI escapes
  int width = 100;        // columns; at least 60
  uint32_t history = 16;  // rows of block history at most
};

// The last line of the text verdict, without a newline, in one of the three forms of the command
// line contract: IDENTICAL, DIVERGED, TROUBLE. Never coloured.
std::string VerdictLine(const Report& report);

// The whole report; ends with the verdict line and a newline.
std::string RenderText(const Report& report, const TextOptions& options = {});

}  // namespace lockstep::report

#endif  // COORDINATOR_REPORT_TEXT_TEXT_H_
