// The second pass of a run, in the form in which a server compares the instances of any run: what
// has streams to instances feeds it as it fed the first pass, and its report is that of both.
//
// Pure, as narrow.h; use from one thread at a time. Source: docs/design/alignment.md, "Narrowing".
#ifndef COORDINATOR_NARROW_SECOND_PASS_H_
#define COORDINATOR_NARROW_SECOND_PASS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/detect/comparison.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::narrow {

// `identities` are those with which the instances came back, in the order of the report. The
// comparison is dense, and has its verdict when the second pass has answered. Its report is that of
// the first pass, with the instruction, or with a note why there is none; the reason that Finish()
// is given goes there too.
// Errors: FailedPrecondition, one clause, when one has come back as another producer than before.
// REQUIRES: PlanFrom(first_pass) is ok.
absl::StatusOr<std::unique_ptr<detect::Comparison>> CreateSecondPass(
    const report::Report& first_pass, const policy::Policy& policy,
    const std::vector<state::ProducerIdentity>& identities);

}  // namespace lockstep::narrow

#endif  // COORDINATOR_NARROW_SECOND_PASS_H_
