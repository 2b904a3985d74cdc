// The sections of the text report, one function each. Internal to this package.
#ifndef COORDINATOR_REPORT_TEXT_SECTIONS_H_
#define COORDINATOR_REPORT_TEXT_SECTIONS_H_

#include <cstdint>

#include "coordinator/report/text/canvas.h"
#include "proto/cc/report.h"

namespace lockstep::report {

void WriteHeadline(const Report& report, Canvas* canvas);
void WriteInstances(const Report& report, Canvas* canvas);

// REQUIRES, of the following: report.divergence. Each writes nothing when it has nothing to tell.
void WriteInstruction(const Report& report, Canvas* canvas);
void WriteSuspectBlock(const Report& report, Canvas* canvas);
void WriteRegisters(const Report& report, Canvas* canvas);
void WriteHistory(const Report& report, uint32_t max_rows, Canvas* canvas);
void WriteTlb(const Report& report, Canvas* canvas);
void WriteEvents(const Report& report, Canvas* canvas);

// Writes nothing when there are none.
void WriteSkews(const Report& report, Canvas* canvas);
void WriteNotes(const Report& report, Canvas* canvas);
void WriteNext(const Report& report, Canvas* canvas);

}  // namespace lockstep::report

#endif  // COORDINATOR_REPORT_TEXT_SECTIONS_H_
