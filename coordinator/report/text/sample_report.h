// Reports for tests of the renderers: complete, and fixed for ever.
#ifndef COORDINATOR_REPORT_TEXT_SAMPLE_REPORT_H_
#define COORDINATOR_REPORT_TEXT_SAMPLE_REPORT_H_

#include "proto/cc/report.h"

namespace lockstep::report::testing {

Report IdenticalReport();

// An instance crashed.
Report TroubleReport();

// Two instances, narrowed to one instruction, with everything that a report can hold.
Report DivergedReport();

// Five instances, two outliers, not narrowed: more columns than fit.
Report FiveInstancesReport();

}  // namespace lockstep::report::testing

#endif  // COORDINATOR_REPORT_TEXT_SAMPLE_REPORT_H_
