// Runs an emulator as an instance, without agent and coordinator: starts it with a ring in its
// environment and hands out what it writes, batch by batch. For tests and the compare tool.
#ifndef TESTS_QEMU_INSTANCE_H_
#define TESTS_QEMU_INSTANCE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"
#include "proto/cc/state.h"

namespace lockstep::qemu_test {

struct InstanceOptions {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  struct lockstep_request request = {
      .silent_until_icount = 0,
      .stop_at_icount = UINT64_MAX,
      .step = 0,
      .groups = 15,
      .events = 0,
      .digest_at = 0,
      .window_insns = 0,
      .only_vcpu = 0,
      .sums = 0,
      .reserved = 0,
  };
  uint64_t ring_slots = 1 << 16;
  std::string stdin_path = "/dev/null";
  std::string output_path = "/dev/null";  // standard output and error
  bool with_ring = true;
};

// Not thread-safe. The destructor kills the emulator.
class Instance {
 public:
  static absl::StatusOr<std::unique_ptr<Instance>> Start(const InstanceOptions& options);
  ~Instance();

  // The next records of vCPU 0, waiting for them; an empty batch when there will be none.
  // Errors: DataLoss from the ring; DeadlineExceeded when nothing came for 60 s.
  absl::StatusOr<state::Batch> Next();

  // REQUIRES: Next() has returned at least one batch.
  absl::StatusOr<state::ProducerIdentity> Identity() const { return memory_.Identity(); }

  pid_t pid() const { return pid_; }

  // For a reader of one's own, in place of Next().
  ring::RingMemory& memory() { return memory_; }
  bool Exited();

  // Waits for the process: exit status, 128 + signal number when a signal ended it.
  int Wait();

 private:
  Instance(ring::RingMemory memory, pid_t pid);

  ring::RingMemory memory_;
  pid_t pid_;
  int exit_code_ = -1;
  bool exited_ = false;
  std::unique_ptr<ring::RingReader> reader_;
};

// One block as it was entered.
struct Entry {
  uint64_t icount = 0;
  uint64_t pc = 0;
  uint64_t gpr = 0;
  state::Digests groups{};  // fpr, csr, mem
  std::shared_ptr<const state::BlockInfo> info;
};

// Everything that a short run wrote.
struct Recording {
  std::vector<Entry> entries;
  std::vector<state::Registers> registers;
  std::vector<state::RegisterName> register_names;
  std::string console;
  std::optional<state::End> end;
  state::ProducerIdentity identity;
  int exit_code = -1;
  size_t infos = 0;

  // pc of each instruction from the first entry's on, by layout. Errors: Internal when an entry's
  // block begun more instructions than it has.
  absl::StatusOr<std::vector<uint64_t>> Path() const;
};

absl::StatusOr<Recording> Record(const InstanceOptions& options);

}  // namespace lockstep::qemu_test

#endif  // TESTS_QEMU_INSTANCE_H_
