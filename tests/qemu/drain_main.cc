// Runs an emulator as an instance whose records are read and thrown away: what the plugin costs.
//
//     drain [--gpr] -- CMD ARGS...
//
// Prints "insns=N blocks=N cpu_seconds=S wall_seconds=S" of the emulator's process. Exit status 2:
// trouble.
#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/qemu/instance.h"

namespace lockstep::qemu_test {
namespace {

double Seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

int Drain(const InstanceOptions& options) {
  const absl::Time begin = absl::Now();
  absl::StatusOr<std::unique_ptr<Instance>> instance = Instance::Start(options);
  if (!instance.ok()) {
    std::fprintf(stderr, "drain: %s\n", std::string(instance.status().message()).c_str());
    return 2;
  }
  size_t blocks = 0;
  uint64_t insns = 0;
  bool ended = false;
  for (;;) {
    absl::StatusOr<state::Batch> batch = (*instance)->Next();
    if (!batch.ok() || batch->records == 0) {
      if (batch.ok() && ended) break;
      std::fprintf(stderr, "drain: the stream has no end: %s\n",
                   std::string(batch.status().message()).c_str());
      return 2;
    }
    blocks += batch->block_ids.size();
    if (batch->end.has_value()) {
      ended = true;
      insns = batch->end->icount;
    }
  }
  (*instance)->Wait();
  rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  std::printf("insns=%llu blocks=%zu cpu_seconds=%.3f wall_seconds=%.3f\n",
              static_cast<unsigned long long>(insns), blocks,
              Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
              absl::ToDoubleSeconds(absl::Now() - begin));
  return 0;
}

}  // namespace
}  // namespace lockstep::qemu_test

int main(int argc, char** argv) {
  lockstep::qemu_test::InstanceOptions options;
  options.ring_slots = 1 << 16;  // as the agent has it
  options.request.groups = 0;
  int i = 1;
  for (; i < argc && std::strcmp(argv[i], "--") != 0; i++) {
    if (std::strcmp(argv[i], "--gpr") == 0) options.request.groups = 1;
  }
  for (i++; i < argc; i++) options.argv.push_back(argv[i]);
  if (options.argv.empty()) {
    std::fprintf(stderr, "usage: drain [--gpr] -- CMD ARGS...\n");
    return 2;
  }
  return lockstep::qemu_test::Drain(options);
}
