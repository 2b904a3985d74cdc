#include "coordinator/server/call_watch.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace lockstep::server {
namespace {

using grpc::experimental::InterceptionHookPoints;

constexpr const char* kCodeNames[CallCounts::kCodes] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

// Our own service looks at the token itself, and health is for everyone.
bool NeedsGuard(absl::string_view method) {
  return !absl::StartsWith(method, "/lockstep.v1.Coordinator/") &&
         !absl::StartsWith(method, "/grpc.health.v1.Health/");
}

class CallInterceptor final : public grpc::experimental::Interceptor {
 public:
  CallInterceptor(CallCounts* counts, const Access* access, grpc::experimental::ServerRpcInfo* info)
      : counts_(counts), access_(access), info_(info) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA) &&
        NeedsGuard(info_->method()) && !Known(*methods->GetRecvInitialMetadata())) {
      info_->server_context()->TryCancel();
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      counts_->Count(methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  bool Known(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) const {
    return access_->Visible(BearerToken(metadata)).ok();
  }

  CallCounts* const counts_;
  const Access* const access_;
  grpc::experimental::ServerRpcInfo* const info_;
};

}  // namespace

void CallCounts::Count(grpc::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  ++counts_[index < kCodes ? index : static_cast<size_t>(grpc::StatusCode::UNKNOWN)];
}

const char* CodeName(size_t code) { return kCodeNames[code]; }

grpc::experimental::Interceptor* CallWatch::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  return new CallInterceptor(counts_, access_, info);
}

}  // namespace lockstep::server
