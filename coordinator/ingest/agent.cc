#include "coordinator/ingest/agent.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace lockstep::ingest {
namespace {

// How often a waiting agent looks around when nobody wakes it.
constexpr absl::Duration kIdleSlice = absl::Milliseconds(20);
constexpr absl::Duration kOpenSlice = absl::Milliseconds(50);
// How long the producer may take to end once it was asked to.
constexpr absl::Duration kStopGrace = absl::Milliseconds(300);
// With several vCPUs one may be out of credit until another one's data come.
constexpr absl::Duration kCreditSlice = absl::Milliseconds(1);
constexpr size_t kMaxStderrLine = 400;

StreamEnd Dropped(std::string text) {
  return {.cause = StreamEnd::Cause::kDropped, .text = std::move(text)};
}

StreamEnd BadRecords(const absl::Status& status) {
  return {.cause = StreamEnd::Cause::kBadRecords,
          .text = absl::StrCat("garbage on its ring: ", std::string(status.message()))};
}

StreamEnd EndOf(const Exit& exit) {
  return {.cause = exit.signal != 0 ? StreamEnd::Cause::kSignalled : StreamEnd::Cause::kExited,
          .exit_status = exit.signal != 0 ? 0 : exit.status,
          .signal = exit.signal,
          .text = Describe(exit)};
}

}  // namespace

absl::StatusOr<struct lockstep_rules> RulesOf(const policy::Policy& policy) {
  const auto no_room = [](const char* field) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy.", field, ": more or longer than a ring has room for"));
  };
  struct lockstep_rules rules = {};
  const auto copy_name = [](const std::string& name, char(&to)[LOCKSTEP_CSR_NAME_BYTES]) {
    if (name.empty() || name.size() >= sizeof(to)) return false;
    name.copy(to, name.size());
    return true;
  };
  if (policy.csr_masks.size() > LOCKSTEP_MAX_CSR_MASKS) return no_room("csr_masks");
  for (const policy::CsrMask& mask : policy.csr_masks) {
    struct lockstep_csr_mask& to = rules.csr_masks[rules.n_csr_masks++];
    if (!copy_name(mask.csr, to.csr)) return no_room("csr_masks");
    to.ignored_bits = mask.bits;
  }
  if (policy.extra_csrs.size() > LOCKSTEP_MAX_EXTRA_CSRS) return no_room("extra_csrs");
  for (const std::string& csr : policy.extra_csrs) {
    if (!copy_name(csr, rules.extra_csrs[rules.n_extra_csrs++])) return no_room("extra_csrs");
  }
  if (policy.volatile_ranges.size() > LOCKSTEP_MAX_RANGES) return no_room("volatile_ranges");
  for (const policy::Range& range : policy.volatile_ranges) {
    rules.ranges[rules.n_ranges++] = {range.base, range.bytes};
  }
  return rules;
}

std::string LastLine(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return "";
  constexpr std::streamoff kTail = 4096;
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kTail));
  std::string text(static_cast<size_t>(std::min(size, kTail)), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  const size_t newline = stripped.rfind('\n');
  absl::string_view line =
      newline == absl::string_view::npos ? stripped : stripped.substr(newline + 1);
  std::string last(line);
  if (line.size() > kMaxStderrLine) {  // names come first, reasons last
    last = absl::StrCat(line.substr(0, kMaxStderrLine / 2), " ... ",
                        line.substr(line.size() - kMaxStderrLine / 2));
  }
  for (char& c : last) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return last;
}

absl::StatusOr<std::unique_ptr<Agent>> Agent::Start(AgentOptions options, Sink* sink,
                                                    Guard* guard) {
  const absl::StatusOr<struct lockstep_rules> rules = RulesOf(options.policy);
  if (!rules.ok()) return rules.status();
  absl::StatusOr<ring::RingMemory> memory =
      ring::RingMemory::Create(options.max_vcpus, options.ring_slots, options.request, *rules);
  if (!memory.ok()) return memory.status();
  std::unique_ptr<Agent> agent(new Agent(std::move(options), sink, *std::move(memory)));
  SpawnOptions spawn;
  spawn.argv = agent->options_.argv;
  spawn.environment = {{LOCKSTEP_RING_ENV, absl::StrCat(kInheritedFd)}};
  spawn.inherited_fd = agent->memory_.fd();
  spawn.stdout_path = agent->options_.stdout_path;
  spawn.stderr_path = agent->options_.stderr_path;
  absl::StatusOr<std::unique_ptr<Process>> process =
      Process::Spawn(spawn, guard, [a = agent.get()] { a->memory_.WakeWaiter(); });
  if (!process.ok()) return process.status();
  agent->process_ = *std::move(process);
  agent->thread_ = std::thread([a = agent.get()] { a->Run(); });
  return agent;
}

Agent::Agent(AgentOptions options, Sink* sink, ring::RingMemory memory)
    : options_(std::move(options)), sink_(sink), memory_(std::move(memory)) {}

Agent::~Agent() {
  RequestStop();
  if (thread_.joinable()) thread_.join();
  process_.reset();  // before memory_, which its exit callback uses
}

void Agent::RequestStop() {
  stop_ = true;
  sink_->Interrupt();
  memory_.RequestStop();
  memory_.WakeWaiter();
}

Exit Agent::Finish(absl::Duration grace) {
  streamed_.WaitForNotification();
  const absl::Time limit = absl::Now() + grace;
  while (!stop_ && absl::Now() < limit) {
    if (std::optional<Exit> exit = process_->Wait(kIdleSlice)) return *exit;
  }
  RequestStop();
  if (std::optional<Exit> exit = process_->Wait(kStopGrace)) return *exit;
  return process_->Kill();
}

std::optional<state::ProducerIdentity> Agent::identity() const {
  absl::MutexLock lock(&mutex_);
  return identity_;
}

void Agent::Run() {
  std::optional<StreamEnd> end = WaitForOpen();
  if (!end.has_value()) end = Open();
  if (!end.has_value()) end = sparse_.has_value() ? StreamWindows() : Stream();
  sink_->Close(*end);
  if (end->cause != StreamEnd::Cause::kInOrder) RequestStop();
  streamed_.Notify();
  DiscardUntilExit();
}

StreamEnd Agent::EarlyExit(const Exit& exit) const {
  const std::string line = LastLine(options_.stderr_path);
  StreamEnd end = EndOf(exit);
  if (exit.signal == 0) end.cause = StreamEnd::Cause::kNeverOpened;
  absl::StrAppend(
      &end.text, " before it opened its ring",
      line.empty() ? ": is it a Lockstep producer?" : absl::StrCat("; it said: ", line));
  return end;
}

std::optional<StreamEnd> Agent::WaitForOpen() {
  const absl::Time limit = absl::Now() + options_.open_grace;
  while (memory_.producer_state() == ring::ProducerState::kNotOpened) {
    if (stop_) return Dropped("stopped");
    if (absl::Now() >= limit) {
      const std::string line = LastLine(options_.stderr_path);
      return StreamEnd{.cause = StreamEnd::Cause::kTimedOut,
                       .text = absl::StrCat("did not open its ring within ",
                                            absl::FormatDuration(options_.open_grace),
                                            ": is it a Lockstep producer?",
                                            line.empty() ? "" : absl::StrCat(" It said: ", line))};
    }
    if (std::optional<Exit> exit = process_->Wait(absl::ZeroDuration())) {
      // It may have opened, ended and exited since.
      if (memory_.producer_state() != ring::ProducerState::kNotOpened) break;
      return EarlyExit(*exit);
    }
    memory_.WaitForData(kOpenSlice);
  }
  return std::nullopt;
}

std::optional<StreamEnd> Agent::Open() {
  absl::StatusOr<state::ProducerIdentity> identity = memory_.Identity();
  if (!identity.ok()) return BadRecords(identity.status());
  {
    absl::MutexLock lock(&mutex_);
    identity_ = *identity;
  }
  sink_->SetWake([this] { memory_.WakeWaiter(); });
  const absl::StatusOr<state::StreamTerms> terms = sink_->Open(*identity);
  if (terms.ok() && terms->sparse()) {
    absl::StatusOr<SparseStream> sparse = SparseStream::Create(memory_, *identity, *terms, sink_);
    if (!sparse.ok()) {
      return StreamEnd{.cause = StreamEnd::Cause::kBadRecords,
                       .text = std::string(sparse.status().message())};
    }
    sparse_ = *std::move(sparse);
    return std::nullopt;
  }
  // Also when the sink refuses: what comes is to be thrown away.
  readers_.reserve(identity->vcpus);
  for (uint32_t v = 0; v < identity->vcpus; ++v) readers_.emplace_back(memory_, v, *identity);
  if (!terms.ok()) return Dropped(std::string(terms.status().message()));
  return std::nullopt;
}

bool Agent::AllEnded() const {
  return std::all_of(readers_.begin(), readers_.end(),
                     [](const ring::RingReader& reader) { return reader.ended(); });
}

std::optional<StreamEnd> Agent::DrainOnce(Pass* pass) {
  for (uint32_t v = 0; v < readers_.size(); ++v) {
    ring::RingReader& reader = readers_[v];
    const uint64_t allowance = sink_->Allowance(v);
    if (allowance == 0) {
      pass->out_of_credit = true;
      pass->exhausted = pass->exhausted && reader.exhausted();
      continue;
    }
    absl::Status status =
        reader.Drain(std::min<uint64_t>(allowance, ring::kDefaultDrainSlots), &batch_);
    if (!status.ok()) return BadRecords(status);
    const bool empty = batch_.records == 0;
    pass->exhausted = pass->exhausted && reader.exhausted() && empty;
    if (empty) continue;
    pass->progress = true;
    status = sink_->Deliver(&batch_);
    if (!status.ok()) return Dropped(std::string(status.message()));
  }
  return std::nullopt;
}

StreamEnd Agent::Stream() {
  // Woken for every quarter of a ring, so that reading and writing overlap.
  const uint32_t wake_slots = static_cast<uint32_t>(options_.ring_slots / 4);
  std::optional<Exit> exit;
  while (!stop_) {
    // Asked before draining: what the process wrote before its end is then surely seen.
    const bool closed = memory_.producer_state() == ring::ProducerState::kClosed;
    if (!exit.has_value() && (exit = process_->Wait(absl::ZeroDuration()))) {
      for (ring::RingReader& reader : readers_) reader.set_producer_dead();
    }
    Pass pass;
    if (std::optional<StreamEnd> end = DrainOnce(&pass)) return *end;
    if (pass.progress) continue;
    if (AllEnded()) return StreamEnd();
    if (pass.exhausted && exit.has_value()) return EndOf(*exit);
    if (pass.out_of_credit) {
      sink_->WaitForAllowance(readers_.size() > 1 ? kCreditSlice : kIdleSlice);
      continue;
    }
    if (closed && !exit.has_value()) {
      // Nothing more will be written; the exit status is worth a short wait.
      exit = process_->Wait(absl::Seconds(1));
      if (!exit.has_value()) {
        return StreamEnd{.cause = StreamEnd::Cause::kBadRecords,
                         .text = "closed its ring without telling the end of its stream"};
      }
      for (ring::RingReader& reader : readers_) reader.set_producer_dead();
      continue;
    }
    memory_.WaitForData(kIdleSlice, wake_slots);
  }
  return Dropped("stopped");
}

StreamEnd Agent::StreamWindows() {
  std::optional<Exit> exit;
  while (!stop_) {
    const uint32_t seen = memory_.wake_count();  // before what it tells of is looked at
    const bool closed = memory_.producer_state() == ring::ProducerState::kClosed;
    if (!exit.has_value() && (exit = process_->Wait(absl::ZeroDuration()))) {
      sparse_->set_producer_dead();
    }
    const absl::StatusOr<SparseStream::Pass> pass = sparse_->Step();
    if (!pass.ok()) return Dropped(std::string(pass.status().message()));
    std::optional<StreamEnd> end;
    if (!pass->garbage.ok()) {
      memory_.RequestStop();
      end = BadRecords(pass->garbage);
    } else if (pass->progress) {
      continue;
    } else if (sparse_->AllEnded()) {
      end = StreamEnd();
    } else if (pass->exhausted && exit.has_value()) {
      end = EndOf(*exit);
    } else if (closed && !exit.has_value() && !pass->out_of_credit) {
      exit = process_->Wait(absl::Seconds(1));
      if (exit.has_value()) {
        sparse_->set_producer_dead();
        continue;
      }
      end = StreamEnd{.cause = StreamEnd::Cause::kBadRecords,
                      .text = "closed its ring without telling the end of its stream"};
    }
    if (end.has_value()) {
      sink_->EndStream(*end);
      ServeDetails();
      return *end;
    }
    if (pass->out_of_credit) {
      sink_->WaitForAllowance(kIdleSlice);
    } else {
      sparse_->Wait(kIdleSlice, seen);
    }
  }
  return Dropped("stopped");
}

void Agent::ServeDetails() {
  while (!stop_ && sparse_->Obey().ok()) sink_->WaitForAllowance(kIdleSlice);
}

void Agent::DiscardUntilExit() {
  // Somebody has to make room, or a producer that was asked to stop would wait for it.
  std::optional<absl::Time> kill_at;
  while (!process_->Wait(absl::ZeroDuration()).has_value()) {
    if (stop_ && !kill_at.has_value()) kill_at = absl::Now() + kStopGrace;
    if (kill_at.has_value() && absl::Now() >= *kill_at) {
      process_->Kill();
      return;
    }
    for (ring::RingReader& reader : readers_) {
      if (!reader.Drain(ring::kDefaultDrainSlots, &batch_).ok()) stop_ = true;
    }
    if (sparse_.has_value()) sparse_->Discard();
    // Until it has opened or after it has closed its ring the producer wakes nobody.
    if (memory_.producer_state() == ring::ProducerState::kOpened) {
      memory_.WaitForData(kIdleSlice, static_cast<uint32_t>(options_.ring_slots / 4));
    } else {
      process_->Wait(kIdleSlice);
    }
  }
}

}  // namespace lockstep::ingest
