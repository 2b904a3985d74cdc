// Checks the token of each call against the table that is in force.
#ifndef COORDINATOR_SERVER_ACCESS_H_
#define COORDINATOR_SERVER_ACCESS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/server/auth.h"

namespace lockstep::server {

// Thread-safe.
class Access {
 public:
  // Everyone may do everything, until a table is set.
  Access() = default;
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // From now on: calls that were let in before go on.
  void SetTokens(TokenTable table);

  bool demands_tokens() const;

  // Errors: Unauthenticated, PermissionDenied. `token` is that of the call's metadata, see
  // BearerToken().
  absl::Status Check(absl::string_view token, Action action, absl::string_view run_id) const;

  // Which runs the token may watch. Errors: Unauthenticated.
  absl::StatusOr<std::function<bool(const std::string& run_id)>> Visible(
      absl::string_view token) const;

 private:
  std::shared_ptr<const TokenTable> table() const;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const TokenTable> table_ ABSL_GUARDED_BY(mutex_);  // null: open
};

// The token of "authorization: Bearer TOKEN" in the call's metadata; empty if there is none.
std::string BearerToken(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);
std::string BearerToken(const grpc::CallbackServerContext& context);

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_ACCESS_H_
