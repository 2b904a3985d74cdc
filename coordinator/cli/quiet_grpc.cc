#include "coordinator/cli/quiet_grpc.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <stdlib.h>

namespace lockstep::cli {

void QuietGrpc() {
  if (getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

void KeepGrpc() {
  static const bool is_kept = [] {
    grpc_init();
    return true;
  }();
  (void)is_kept;
}

}  // namespace lockstep::cli
