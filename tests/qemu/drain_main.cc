// Runs an emulator as an instance whose records are read and thrown away: what the plugin costs.
//
//     drain [--gpr | --digest=window | --digest=block] [--sums] [--dense] -- CMD ARGS...
//
// With --digest the digests of all groups are asked for, as `lockstep run --digest` does it.
// The records are summed up in windows, as the agent of a sparse run does it; with --dense, or when
// the emulator knows no windows, they are decoded one by one. Registers are asked for at every
// block or at the ends of windows, if the emulator has them. With --sums blocks may be told of by
// sums. Prints "insns=N blocks=N rows=D cpu_seconds=S user_seconds=S wall_seconds=S", the times of
// the emulator's process, and D a digest of all windows' rows but for their numbers of blocks. Exit
// status 2: trouble.
#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_scanner.h"
#include "plugins/sdk/window_digest.h"
#include "proto/cc/window.h"
#include "tests/qemu/instance.h"

namespace lockstep::qemu_test {
namespace {

// As the agent of a sparse run.
constexpr size_t kScanSlots = 1 << 16;
constexpr uint32_t kWakeSlots = 1 << 14;

double Seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

struct Totals {
  uint64_t insns = 0;
  uint64_t blocks = 0;
  uint64_t rows = 0;
};

int Trouble(const absl::Status& status) {
  std::fprintf(stderr, "drain: %s\n", std::string(status.message()).c_str());
  return 2;
}

absl::Status NoEnd() { return absl::DataLossError("the stream has no end"); }

absl::Status DrainDense(Instance& instance, Totals* totals) {
  bool ended = false;
  for (;;) {
    const absl::StatusOr<state::Batch> batch = instance.Next();
    if (!batch.ok()) return batch.status();
    if (batch->records == 0) return ended ? absl::OkStatus() : NoEnd();
    totals->blocks += batch->block_ids.size();
    if (!batch->end.has_value()) continue;
    ended = true;
    totals->insns = batch->end->icount;
  }
}

absl::Status DrainSparse(Instance& instance, Totals* totals) {
  ring::RingMemory& memory = instance.memory();
  const absl::StatusOr<state::ProducerIdentity> identity = memory.Identity();
  if (!identity.ok()) return identity.status();
  absl::StatusOr<ring::RingScanner> scanner = ring::RingScanner::Create(
      memory, 0, *identity,
      {.groups = identity->groups & memory.request().groups,
       .block_digests = memory.request().digest_at == LOCKSTEP_DIGEST_AT_BLOCK});
  if (!scanner.ok()) return scanner.status();
  const ring::RingScanner* const scanners[] = {&*scanner};
  state::WindowBatch batch;
  while (!scanner->ended()) {
    if (instance.Exited()) scanner->set_producer_dead();
    const absl::Status status = scanner->Scan(kScanSlots, &batch);
    if (!status.ok()) return status;
    for (const uint32_t n : batch.block_counts) totals->blocks += n;
    for (size_t i = 0; i < batch.rows(); ++i) {
      for (const uint64_t word :
           {batch.icounts[i], batch.pcs[i], batch.flow_digests[i], batch.trap_digests[i],
            uint64_t{batch.trap_counts[i]}, batch.block_digests[i]}) {
        totals->rows = ring::MixInto(totals->rows, word);
      }
      totals->rows = ring::MixInto(totals->rows, ring::SideDigest(batch.digests[i], 0));
      totals->rows = ring::MixInto(totals->rows, batch.digests[i][0]);
    }
    if (batch.end.has_value()) totals->insns = batch.end->icount;
    scanner->Release(batch.first_window + batch.rows());
    if (scanner->exhausted()) break;
    if (batch.records == 0) WaitForScanners(memory, scanners, absl::Milliseconds(100), kWakeSlots);
  }
  return scanner->ended() ? absl::OkStatus() : NoEnd();
}

int Drain(const InstanceOptions& options, bool dense) {
  const absl::Time begin = absl::Now();
  absl::StatusOr<std::unique_ptr<Instance>> instance = Instance::Start(options);
  if (!instance.ok()) return Trouble(instance.status());
  while ((*instance)->memory().producer_state() != ring::ProducerState::kOpened) {
    if ((*instance)->Exited()) return Trouble(absl::NotFoundError("it opened no ring"));
    (*instance)->memory().WaitForData(absl::Milliseconds(100));
  }
  const absl::StatusOr<state::ProducerIdentity> identity = (*instance)->Identity();
  if (!identity.ok()) return Trouble(identity.status());
  dense = dense || (identity->abilities & state::kAbilityWindows) == 0;
  Totals totals;
  const absl::Status status =
      dense ? DrainDense(**instance, &totals) : DrainSparse(**instance, &totals);
  if (!status.ok()) return Trouble(status);
  (*instance)->Wait();
  rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  std::printf(
      "insns=%llu blocks=%llu rows=%016llx cpu_seconds=%.3f user_seconds=%.3f wall_seconds=%.3f\n",
      static_cast<unsigned long long>(totals.insns), static_cast<unsigned long long>(totals.blocks),
      static_cast<unsigned long long>(totals.rows),
      Seconds(usage.ru_utime) + Seconds(usage.ru_stime), Seconds(usage.ru_utime),
      absl::ToDoubleSeconds(absl::Now() - begin));
  return 0;
}

}  // namespace
}  // namespace lockstep::qemu_test

int main(int argc, char** argv) {
  lockstep::qemu_test::InstanceOptions options;
  options.request.groups = 0;
  bool dense = false;
  int i = 1;
  for (; i < argc && std::strcmp(argv[i], "--") != 0; i++) {
    if (std::strncmp(argv[i], "--registers=", 12) == 0) options.request.groups = 7;
    if (std::strcmp(argv[i], "--registers=window") == 0) {
      options.request.digest_at = LOCKSTEP_DIGEST_AT_WINDOW;
    }
    const bool window = std::strcmp(argv[i], "--digest=window") == 0;
    if (window || std::strcmp(argv[i], "--digest=block") == 0) {
      options.request.groups = 15;  // all that there are
      options.request.events = ~0u;
      options.request.digest_at = window ? LOCKSTEP_DIGEST_AT_WINDOW : LOCKSTEP_DIGEST_AT_BLOCK;
    }
    if (std::strcmp(argv[i], "--dense") == 0) dense = true;
    if (std::strcmp(argv[i], "--sums") == 0) {
      options.request.sums = 1;
      options.request.events = 1u << LOCKSTEP_EV_EXCEPTION | 1u << LOCKSTEP_EV_INTERRUPT;
    }
  }
  for (i++; i < argc; i++) options.argv.push_back(argv[i]);
  if (options.argv.empty()) {
    std::fprintf(
        stderr, "usage: drain [--gpr | --digest=window|block] [--sums] [--dense] -- CMD ARGS...\n");
    return 2;
  }
  // As the agent has it.
  options.ring_slots = dense ? 1 << 16 : 1 << 20;
  options.request.window_insns = dense ? 0 : 65536;
  return lockstep::qemu_test::Drain(options, dense);
}
