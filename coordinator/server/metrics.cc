#include "coordinator/server/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace lockstep::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Label = std::pair<const char*, std::string>;

MetricFamily Family(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

void Add(MetricFamily& family, double value, const std::vector<Label>& labels = {}) {
  ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

MetricFamily One(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family = Family(name, help, type);
  Add(family, value);
  return family;
}

double ResidentBytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void AddPopulation(const Population& now, std::vector<MetricFamily>& families) {
  MetricFamily runs = Family("lockstep_runs", "Runs, by state.", MetricType::Gauge);
  Add(runs, static_cast<double>(now.waiting), {{"state", "waiting"}});
  Add(runs, static_cast<double>(now.comparing), {{"state", "running"}});
  Add(runs, static_cast<double>(now.ended), {{"state", "ended"}});
  families.push_back(std::move(runs));
  families.push_back(One("lockstep_instances",
                         "Instances that are connected, of runs that have not ended.",
                         MetricType::Gauge, static_cast<double>(now.instances)));
  families.push_back(One("lockstep_window_bytes", "Memory set apart for records under way.",
                         MetricType::Gauge, static_cast<double>(now.window_bytes)));
  families.push_back(One("lockstep_queue_bytes", "Received and not yet compared.",
                         MetricType::Gauge, static_cast<double>(now.held_bytes)));
}

void AddTotals(const Totals& totals, std::vector<MetricFamily>& families) {
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    families.push_back(One(name, help, MetricType::Counter, static_cast<double>(value)));
  };
  counter("lockstep_runs_created_total", "Runs that were made.", totals.created);
  MetricFamily verdicts =
      Family("lockstep_verdicts_total", "Runs that have ended, by verdict.", MetricType::Counter);
  constexpr const char* kOutcomes[] = {"identical", "diverged", "trouble"};
  for (size_t i = 0; i < totals.verdicts.size(); ++i) {
    Add(verdicts, static_cast<double>(totals.verdicts[i]), {{"outcome", kOutcomes[i]}});
  }
  families.push_back(std::move(verdicts));
  counter("lockstep_verified_insns_total", "Instructions on which all instances agreed.",
          totals.verified_insns);
  counter("lockstep_blocks_compared_total", "Block boundaries compared.", totals.blocks);
  counter("lockstep_splits_total", "Block splits tolerated.", totals.splits);
  counter("lockstep_records_received_total", "Records received, of all instances.", totals.records);
  counter("lockstep_bytes_received_total", "Bytes of encoded messages received.", totals.bytes);
  counter("lockstep_reconnects_total", "Connections of instances that were made good.",
          totals.reconnects);
}

std::vector<MetricFamily> Families(const Registry& registry, const CallCounts& calls) {
  std::vector<MetricFamily> families;
  AddPopulation(registry.population(), families);
  AddTotals(registry.totals(), families);
  MetricFamily rpcs =
      Family("lockstep_rpcs_total", "Calls that have ended, by status code.", MetricType::Counter);
  for (size_t code = 0; code < CallCounts::kCodes; ++code) {
    Add(rpcs, static_cast<double>(calls.of(code)), {{"code", CodeName(code)}});
  }
  families.push_back(std::move(rpcs));
  families.push_back(One("process_resident_memory_bytes", "Memory of the process.",
                         MetricType::Gauge, ResidentBytes()));
  return families;
}

class Collector final : public prometheus::Collectable {
 public:
  Collector(const Registry* registry, const CallCounts* calls)
      : registry_(registry), calls_(calls) {}
  std::vector<MetricFamily> Collect() const override { return Families(*registry_, *calls_); }

 private:
  const Registry* const registry_;
  const CallCounts* const calls_;
};

}  // namespace

std::string MetricsText(const Registry& registry, const CallCounts& calls) {
  return prometheus::TextSerializer().Serialize(Families(registry, calls));
}

// The collector lives as long as the server that asks it.
class MetricsServer::Exposition {
 public:
  Exposition(const std::string& where, const Registry* registry, const CallCounts* calls)
      : collector_(std::make_shared<Collector>(registry, calls)), exposer_(where, 1) {
    exposer_.RegisterCollectable(collector_);
  }
  std::vector<int> ports() const { return exposer_.GetListeningPorts(); }

 private:
  const std::shared_ptr<Collector> collector_;
  prometheus::Exposer exposer_;
};

MetricsServer::MetricsServer() = default;
MetricsServer::~MetricsServer() = default;

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const net::Address& address,
                                                                    const Registry* registry,
                                                                    const CallCounts* calls) {
  std::unique_ptr<MetricsServer> server(new MetricsServer());
  server->address_ = address;
  const std::string where = address.ToString();
  try {  // the library's way to fail
    server->exposition_ = std::make_unique<Exposition>(where, registry, calls);
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("--metrics: cannot listen on ", where,
                     ": is the address this machine's (a number, not a name), and the port free?"));
  }
  const std::vector<int> ports = server->exposition_->ports();
  if (!ports.empty()) server->address_.port = static_cast<uint16_t>(ports.front());
  return server;
}

}  // namespace lockstep::server
