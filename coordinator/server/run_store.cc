#include "coordinator/server/run_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "coordinator/detect/comparison.h"
#include "coordinator/narrow/narrow.h"
#include "coordinator/net/files.h"
#include "coordinator/server/registry.h"
#include "proto/cc/journal_convert.h"

namespace lockstep::server {
namespace {

constexpr absl::string_view kSuffix = ".run";
constexpr size_t kMaxFileBytes = size_t{257} << 20;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("--state-dir: cannot ", what, " '", path, "'"));
}

// The whole file, or the old one: written beside and moved. `durable`: also after a power cut.
absl::Status Replace(const std::string& path, absl::string_view bytes, bool durable) {
  const std::string temporary = path + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("write", temporary);
  absl::Status status;
  while (!bytes.empty() && status.ok()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) status = Failed("write", temporary);
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (status.ok() && durable && fdatasync(fd) != 0) status = Failed("write", temporary);
  if (close(fd) != 0 && status.ok()) status = Failed("write", temporary);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = Failed("write", path);
  return status;
}

journal::Record RecordOf(const Run& run, const Snapshot& snapshot) {
  journal::Record record;
  record.run_id = run.config().id;
  record.instances = run.config().instances;
  record.joined = snapshot.joined;
  record.policy = run.config().policy;
  record.history_blocks = run.config().history_blocks;
  record.max_insns = run.config().max_insns;
  record.create_time_unix_ns = absl::ToUnixNanos(run.create_time());
  record.running = snapshot.phase == Phase::kComparing;
  record.verified_insns = snapshot.summary.verified_insns;
  record.vcpu_insns = snapshot.summary.vcpu_insns;
  record.blocks = snapshot.summary.boundaries;
  record.splits = snapshot.summary.splits;
  if (absl::StatusOr<report::Report> report = run.Report(); report.ok()) {
    record.report = *std::move(report);
  } else if ((record.report = run.FirstVerdict()).has_value()) {
    // What it has ended with for whoever reads this after a restart.
    narrow::NoteNotNarrowed("the coordinator was restarted meanwhile", &*record.report);
  }
  return record;
}

// The verdict of a run that the coordinator did not survive.
report::Report RestartReport(const journal::Record& record) {
  detect::Options options;
  options.run_id = record.run_id;
  for (const std::string& name : record.instances) options.instances.push_back({name, "", {}});
  options.policy = record.policy;
  report::Report report = detect::TroubleReport(
      options, "",
      absl::StrCat("the coordinator was restarted; verified to ", record.verified_insns));
  report.compared.insns = record.verified_insns;
  if (record.vcpu_insns.size() > 1) {
    report.vcpus = static_cast<uint32_t>(record.vcpu_insns.size());
    report.compared.vcpu_insns = record.vcpu_insns;
  }
  report.compared.blocks = record.blocks;
  report.compared.splits = record.splits;
  return report;
}

absl::StatusOr<std::shared_ptr<Run>> RunOf(journal::Record record) {
  RunConfig config;
  config.id = record.run_id;
  config.instances = record.instances;
  config.policy = record.policy;
  config.history_blocks = record.history_blocks;
  config.max_insns = record.max_insns;
  if (absl::Status s = CheckRunConfig(config); !s.ok()) return s;
  if (!record.report.has_value()) record.report = RestartReport(record);
  Snapshot snapshot;
  snapshot.phase = Phase::kDone;
  snapshot.joined = record.joined;
  snapshot.summary.verified_insns = record.verified_insns;
  snapshot.summary.vcpu_insns = record.vcpu_insns;
  snapshot.summary.boundaries = record.blocks;
  snapshot.summary.splits = record.splits;
  snapshot.outcome = record.report->outcome;
  snapshot.elapsed = absl::Seconds(record.report->elapsed_seconds);
  return std::make_shared<Run>(std::move(config), absl::FromUnixNanos(record.create_time_unix_ns),
                               std::move(snapshot), *std::move(record.report));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunStore>> RunStore::Open(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Failed("make", directory);
  const std::string path = directory + "/lock";
  const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return Failed("use", path);
  std::unique_ptr<RunStore> store(new RunStore(directory, lock));
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) return store;
  return absl::FailedPreconditionError(
      absl::StrCat("--state-dir: another coordinator uses '", directory, "'"));
}

RunStore::~RunStore() { close(lock_); }

std::string RunStore::PathOf(absl::string_view run_id) const {
  return absl::StrCat(directory_, "/", run_id, kSuffix);
}

std::vector<std::shared_ptr<Run>> RunStore::Load(
    const std::function<void(const std::string&)>& warn) {
  std::vector<std::string> ids;
  DIR* entries = opendir(directory_.c_str());
  if (entries == nullptr) {
    warn(std::string(Failed("read", directory_).message()));
    return {};
  }
  while (const dirent* entry = readdir(entries)) {
    const absl::string_view name = entry->d_name;
    if (!absl::EndsWith(name, kSuffix)) continue;
    ids.emplace_back(name.substr(0, name.size() - kSuffix.size()));
  }
  closedir(entries);
  std::vector<std::shared_ptr<Run>> runs;
  for (const std::string& id : ids) {
    const auto skip = [&](const absl::Status& why) {
      warn(absl::StrCat("--state-dir: left out '", PathOf(id), "': ", std::string(why.message())));
    };
    absl::StatusOr<std::string> bytes = net::ReadSmallFile(PathOf(id), kMaxFileBytes);
    absl::StatusOr<journal::Record> record =
        bytes.ok() ? wire::DecodeJournal(*bytes) : bytes.status();
    if (record.ok() && record->run_id != id) {
      record = absl::InvalidArgumentError("it is the journal of another run");
    }
    if (!record.ok()) {
      skip(record.status());
      continue;
    }
    const bool had_ended = record->report.has_value();
    absl::StatusOr<std::shared_ptr<Run>> run = RunOf(*std::move(record));
    if (!run.ok()) {
      skip(run.status());
      continue;
    }
    if (!had_ended) {
      if (absl::Status s = Write(**run, (*run)->snapshot()); !s.ok()) {
        warn(std::string(s.message()));
      }
    }
    runs.push_back(*std::move(run));
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a->create_time(), a->config().id) <
           std::make_pair(b->create_time(), b->config().id);
  });
  return runs;
}

absl::Status RunStore::Write(const Run& run, const Snapshot& snapshot) const {
  return Replace(PathOf(run.config().id), wire::EncodeJournal(RecordOf(run, snapshot)),
                 /*durable=*/snapshot.phase == Phase::kDone || snapshot.narrowing);
}

absl::Status RunStore::Save(const Run& run) {
  const Snapshot snapshot = run.snapshot();
  const Mark mark(snapshot.phase, snapshot.narrowing,
                  std::count(snapshot.joined.begin(), snapshot.joined.end(), true),
                  snapshot.summary.verified_insns, snapshot.summary.boundaries);
  const auto known = written_.find(run.config().id);
  if (known != written_.end() && known->second == mark) return absl::OkStatus();
  if (absl::Status s = Write(run, snapshot); !s.ok()) return s;
  written_[run.config().id] = mark;
  return absl::OkStatus();
}

void RunStore::Forget(const std::string& run_id) {
  written_.erase(run_id);
  unlink(PathOf(run_id).c_str());
}

}  // namespace lockstep::server
