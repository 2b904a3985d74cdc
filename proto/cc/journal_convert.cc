#include "proto/cc/journal_convert.h"

#include <xxhash.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"
#include "proto/lockstep/v1/journal.pb.h"

namespace lockstep::wire {
namespace {

constexpr absl::string_view kMagic = "LCKPRUN\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 16;  // magic, version, payload bytes
constexpr size_t kSumBytes = 8;
constexpr size_t kMaxPayloadBytes = size_t{256} << 20;
constexpr size_t kMaxInstances = 64;
constexpr size_t kMaxNameBytes = 64;
constexpr int kMaxVcpus = 64;
constexpr int64_t kNsPerSecond = 1'000'000'000;

void AppendLittle(uint64_t value, size_t bytes, std::string& out) {
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

uint64_t ReadLittle(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

absl::Status Bad(absl::string_view why) { return absl::InvalidArgumentError(why); }

// The payload, once frame and checksum are good.
absl::StatusOr<absl::string_view> Unwrap(absl::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kSumBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return Bad("it is no journal of a run, or cut short");
  }
  const uint64_t version = ReadLittle(bytes.substr(8, 4));
  if (version != kVersion) {
    return Bad(absl::StrCat("its version is ", version, ", but this program knows ", kVersion));
  }
  const uint64_t size = ReadLittle(bytes.substr(12, 4));
  if (size > kMaxPayloadBytes || bytes.size() != kHeaderBytes + size + kSumBytes) {
    return Bad(absl::StrCat("it has ", bytes.size(), " bytes, not the ",
                            kHeaderBytes + size + kSumBytes, " that it says"));
  }
  const absl::string_view summed = bytes.substr(0, kHeaderBytes + size);
  if (XXH64(summed.data(), summed.size(), 0) != ReadLittle(bytes.substr(summed.size()))) {
    return Bad("its checksum is wrong");
  }
  return bytes.substr(kHeaderBytes, size);
}

absl::Status ReadInstances(const v1::Run& run, journal::Record& record) {
  std::set<std::string> names;
  for (const std::string& name : run.instances()) {
    if (name.empty() || name.size() > kMaxNameBytes) {
      return Bad("run.instances: a name has not 1 to 64 bytes");
    }
    if (!names.insert(name).second) return Bad("run.instances: a name comes twice");
    record.instances.push_back(name);
  }
  if (names.size() < 2 || names.size() > kMaxInstances) {
    return Bad(absl::StrCat("run.instances: there are ", names.size(), ", not 2 to 64"));
  }
  record.joined.assign(record.instances.size(), false);
  for (const std::string& name : run.joined()) {
    const auto found = std::find(record.instances.begin(), record.instances.end(), name);
    if (found == record.instances.end()) return Bad("run.joined: a name that is no instance's");
    record.joined[static_cast<size_t>(found - record.instances.begin())] = true;
  }
  return absl::OkStatus();
}

absl::Status ReadRun(const v1::Run& run, journal::Record& record) {
  if (run.run_id().empty() || run.run_id().size() > kMaxNameBytes) {
    return Bad("run.run_id: it has not 1 to 64 bytes");
  }
  record.run_id = run.run_id();
  if (absl::Status s = ReadInstances(run, record); !s.ok()) return s;
  absl::StatusOr<policy::Policy> policy = FromProto(run.policy());
  if (!policy.ok()) {
    return Bad(absl::StrCat("run.policy: ", std::string(policy.status().message())));
  }
  record.policy = *std::move(policy);
  record.max_insns = run.max_insns();
  record.verified_insns = run.verified_insns();
  const auto& time = run.create_time();
  // Years 1970 to 2262: what 64 bits of nanoseconds hold.
  if (time.seconds() < 0 || time.seconds() > INT64_MAX / kNsPerSecond - 1 || time.nanos() < 0 ||
      time.nanos() >= kNsPerSecond) {
    return Bad("run.create_time: it is out of range");
  }
  record.create_time_unix_ns = time.seconds() * kNsPerSecond + time.nanos();
  record.running = run.state() == v1::RUN_STATE_RUNNING;
  return absl::OkStatus();
}

}  // namespace

std::string EncodeJournal(const journal::Record& record) {
  v1::RunJournal message;
  v1::Run& run = *message.mutable_run();
  run.set_run_id(record.run_id);
  run.set_state(record.report.has_value() ? v1::RUN_STATE_ENDED
                : record.running          ? v1::RUN_STATE_RUNNING
                                          : v1::RUN_STATE_WAITING);
  for (size_t i = 0; i < record.instances.size(); ++i) {
    run.add_instances(record.instances[i]);
    if (record.joined[i]) run.add_joined(record.instances[i]);
  }
  *run.mutable_policy() = ToProto(record.policy);
  run.set_max_insns(record.max_insns);
  run.set_verified_insns(record.verified_insns);
  run.mutable_create_time()->set_seconds(record.create_time_unix_ns / kNsPerSecond);
  run.mutable_create_time()->set_nanos(
      static_cast<int32_t>(record.create_time_unix_ns % kNsPerSecond));
  message.set_blocks(record.blocks);
  message.set_splits(record.splits);
  message.mutable_vcpu_insns()->Add(record.vcpu_insns.begin(), record.vcpu_insns.end());
  message.set_history_blocks(record.history_blocks);
  if (record.report.has_value()) {
    run.set_outcome(ToProto(record.report->outcome));
    ToProto(*record.report, message.mutable_report());
  }
  const std::string payload = message.SerializeAsString();
  std::string bytes(kMagic);
  AppendLittle(kVersion, 4, bytes);
  AppendLittle(payload.size(), 4, bytes);
  bytes += payload;
  AppendLittle(XXH64(bytes.data(), bytes.size(), 0), kSumBytes, bytes);
  return bytes;
}

absl::StatusOr<journal::Record> DecodeJournal(absl::string_view bytes) {
  absl::StatusOr<absl::string_view> payload = Unwrap(bytes);
  if (!payload.ok()) return payload.status();
  v1::RunJournal message;
  if (!message.ParseFromArray(payload->data(), static_cast<int>(payload->size()))) {
    return Bad("its payload is no RunJournal");
  }
  journal::Record record;
  if (absl::Status s = ReadRun(message.run(), record); !s.ok()) return s;
  record.blocks = message.blocks();
  record.splits = message.splits();
  if (message.vcpu_insns_size() > kMaxVcpus) {
    return Bad(absl::StrCat("vcpu_insns: there are ", message.vcpu_insns_size(), ", more than ",
                            kMaxVcpus));
  }
  record.vcpu_insns.assign(message.vcpu_insns().begin(), message.vcpu_insns().end());
  record.history_blocks = message.history_blocks();
  if (message.has_report() != (message.run().state() == v1::RUN_STATE_ENDED)) {
    return Bad("report: there must be one if and only if the run has ended");
  }
  if (!message.has_report()) return record;
  absl::StatusOr<report::Report> report = FromProto(message.report());
  if (!report.ok()) return Bad(absl::StrCat("report: ", std::string(report.status().message())));
  if (report->run_id != record.run_id) return Bad("report: it is of another run");
  record.report = *std::move(report);
  return record;
}

}  // namespace lockstep::wire
