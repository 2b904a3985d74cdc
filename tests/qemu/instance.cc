#include "tests/qemu/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace lockstep::qemu_test {
namespace {

constexpr int kSilenceSeconds = 60;

// In the child between fork and exec.
[[noreturn]] void Exec(const InstanceOptions& options, int ring_fd,
                       const std::vector<char*>& argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int in = open(options.stdin_path.c_str(), O_RDONLY);
  const int out = open(options.output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (in < 0 || out < 0) _exit(126);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  if (options.with_ring) {
    fcntl(ring_fd, F_SETFD, 0);
    setenv(LOCKSTEP_RING_ENV, absl::StrCat(ring_fd).c_str(), 1);
  } else {
    unsetenv(LOCKSTEP_RING_ENV);
  }
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

Instance::Instance(ring::RingMemory memory, pid_t pid) : memory_(std::move(memory)), pid_(pid) {}

absl::StatusOr<std::unique_ptr<Instance>> Instance::Start(const InstanceOptions& options) {
  auto memory = ring::RingMemory::Create(1, options.ring_slots, options.request);
  if (!memory.ok()) return memory.status();
  std::vector<char*> argv;
  for (const std::string& word : options.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError("fork failed");
  if (pid == 0) Exec(options, memory->fd(), argv);
  return std::unique_ptr<Instance>(new Instance(*std::move(memory), pid));
}

Instance::~Instance() {
  if (Exited()) return;
  kill(pid_, SIGKILL);
  Wait();
}

bool Instance::Exited() {
  if (exited_) return true;
  int status = 0;
  const pid_t got = waitpid(pid_, &status, WNOHANG);
  if (got == 0) return false;
  exited_ = true;
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

int Instance::Wait() {
  while (!Exited()) {
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  return exit_code_;
}

absl::StatusOr<state::Batch> Instance::Next() {
  for (int i = 0; i < kSilenceSeconds * 10; i++) {
    const bool dead = Exited();
    if (reader_ == nullptr && memory_.producer_state() != ring::ProducerState::kNotOpened) {
      absl::StatusOr<state::ProducerIdentity> identity = memory_.Identity();
      if (!identity.ok()) return identity.status();
      reader_ = std::make_unique<ring::RingReader>(memory_, 0, *identity);
    }
    if (reader_ != nullptr) {
      if (dead) reader_->set_producer_dead();
      absl::StatusOr<state::Batch> batch = reader_->Drain();
      if (!batch.ok() || batch->records != 0) return batch;
      if (reader_->exhausted()) return state::Batch();
    }
    if (dead && reader_ == nullptr) return state::Batch();
    if (!dead) memory_.WaitForData(absl::Milliseconds(100));
  }
  return absl::DeadlineExceededError("the emulator has been silent for a minute");
}

absl::StatusOr<std::vector<uint64_t>> Recording::Path() const {
  std::vector<uint64_t> path;
  for (size_t i = 0; i < entries.size(); i++) {
    const Entry& entry = entries[i];
    const uint64_t next = i + 1 < entries.size() ? entries[i + 1].icount
                          : end.has_value()      ? end->icount
                                                 : entry.icount;
    if (next < entry.icount || next - entry.icount > entry.info->n_insns) {
      return absl::InternalError(absl::StrFormat(
          "block at icount %d, pc %#x has %d instructions, but the next begins at icount %d",
          entry.icount, entry.pc, entry.info->n_insns, next));
    }
    for (uint64_t k = 0; k < next - entry.icount; k++) {
      path.push_back(entry.pc + entry.info->offsets[k]);
    }
  }
  return path;
}

absl::StatusOr<Recording> Record(const InstanceOptions& options) {
  auto instance = Instance::Start(options);
  if (!instance.ok()) return instance.status();
  Recording recording;
  std::map<uint32_t, std::shared_ptr<const state::BlockInfo>> infos;
  state::Digests groups{};
  for (;;) {
    absl::StatusOr<state::Batch> batch = (*instance)->Next();
    if (!batch.ok()) return batch.status();
    if (batch->records == 0) break;
    size_t next_info = 0;
    size_t next_group = 0;
    for (size_t i = 0; i <= batch->block_ids.size(); i++) {
      for (; next_info < batch->infos.size() && batch->infos[next_info].before <= i; next_info++) {
        const state::BlockInfo& info = batch->infos[next_info].value;
        infos[info.id] = std::make_shared<state::BlockInfo>(info);
        recording.infos++;
      }
      for (;
           next_group < batch->group_updates.size() && batch->group_updates[next_group].before <= i;
           next_group++) {
        const state::GroupUpdate& update = batch->group_updates[next_group].value;
        groups[static_cast<size_t>(update.group)] = update.digest;
      }
      if (i == batch->block_ids.size()) break;
      Entry entry;
      entry.icount = batch->first_icount + batch->icount_offsets[i];
      entry.info = infos[batch->block_ids[i]];
      if (entry.info == nullptr) return absl::InternalError("a block without info");
      entry.pc = entry.info->pc;
      entry.groups = groups;
      if (!batch->gpr_digests.empty()) entry.gpr = batch->gpr_digests[i];
      recording.entries.push_back(entry);
    }
    for (const auto& placed : batch->registers) recording.registers.push_back(placed.value);
    for (const auto& placed : batch->console) recording.console += placed.value.bytes;
    if (!batch->register_names.empty()) recording.register_names = batch->register_names;
    if (batch->end.has_value()) recording.end = batch->end;
  }
  absl::StatusOr<state::ProducerIdentity> identity = (*instance)->Identity();
  if (identity.ok()) recording.identity = *identity;
  recording.exit_code = (*instance)->Wait();
  return recording;
}

}  // namespace lockstep::qemu_test
