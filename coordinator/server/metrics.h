// What Prometheus is told of a coordinator, and the HTTP server that tells it.
//
// docs/howto/serve.md has the list of the metrics.
#ifndef COORDINATOR_SERVER_METRICS_H_
#define COORDINATOR_SERVER_METRICS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/net/address.h"
#include "coordinator/server/call_watch.h"
#include "coordinator/server/registry.h"

namespace lockstep::server {

// The metrics in Prometheus' text format, as of now.
std::string MetricsText(const Registry& registry, const CallCounts& calls);

// Answers GET /metrics, unencrypted. Thread-safe.
class MetricsServer {
 public:
  // `registry` and `calls` outlive it. Errors: Unavailable when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const net::Address& address,
                                                              const Registry* registry,
                                                              const CallCounts* calls);
  ~MetricsServer();

  // Where it listens, with the port that was chosen.
  const net::Address& address() const { return address_; }

 private:
  class Exposition;
  MetricsServer();

  net::Address address_;
  std::unique_ptr<Exposition> exposition_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_METRICS_H_
