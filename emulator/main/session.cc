#include "emulator/main/session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/cpu/hart.h"
#include "emulator/image/image.h"
#include "emulator/image/symbols.h"
#include "emulator/main/device_factory.h"
#include "emulator/main/serial.h"
#include "emulator/main/terminal.h"
#include "emulator/observe/fan_out.h"
#include "emulator/observe/ring_observer.h"
#include "emulator/stats/event_counts.h"
#include "emulator/stats/report.h"
#include "emulator/trace/log_file.h"
#include "emulator/trace/tracer.h"

namespace lockstep::emu {
namespace {

using machine::Machine;
using machine::RunEnd;
using observe::RingObserver;

std::atomic<int> signal_received{0};

// The first signal ends the run in good order, the second at once.
void OnSignal(int number) {
  if (signal_received.exchange(number) == 0) return;
  RestoreTerminal();
  _exit(128 + number);
}

void CatchSignals() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

// `option` is named in the error.
absl::Status WriteFile(absl::string_view option, const std::string& path, const void* bytes,
                       size_t size_bytes) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  bool ok = file != nullptr && std::fwrite(bytes, 1, size_bytes, file) == size_bytes;
  if (file != nullptr) ok = std::fclose(file) == 0 && ok;
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(option, " ", path, ": cannot write the file; give another path"));
}

// Names of the code in the images that are ELF files.
image::SymbolTable ReadSymbols(const machine::BootImage& boot) {
  constexpr uint64_t kMaxFileBytes = uint64_t{1} << 32;
  image::SymbolTable symbols;
  for (const std::string& path : boot.files) {
    absl::StatusOr<std::vector<uint8_t>> file = image::ReadFile(path, kMaxFileBytes);
    if (file.ok()) symbols.AddElf(*file);
  }
  return symbols;
}

// Processor time of this process outside the kernel.
double UserSeconds() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

// Everything that a run needs, in the order of construction.
class Session {
 public:
  explicit Session(const Options& options) : options_(options) {}
  absl::StatusOr<int> Run();

 private:
  absl::StatusOr<cpu::DigestRules> OpenRing();
  absl::Status Build();
  void ConnectPorts();
  void TellInput(uint64_t source, uint64_t byte_or_length);
  absl::Status BuildObservers();
  void Observe(RingObserver* ring, bool step);
  RunEnd RunToEnd();
  RunEnd RunTo(const Machine::Limit& limit);
  bool KeepGoing();
  void TellEnd(RunEnd end);
  void TellPendingSteps() const;
  stats::Report MakeReport(double wall_seconds, double user_seconds) const;
  absl::Status PrintStats(const stats::Report& report) const;
  int ExitStatus(RunEnd end) const;

  const Options& options_;
  Serial serial_;
  std::unique_ptr<StdioInput> input_;
  std::unique_ptr<RingObserver> ring_;
  std::unique_ptr<trace::LogFile> log_;
  std::unique_ptr<trace::Tracer> tracer_;
  std::unique_ptr<stats::EventCounts> event_counts_;
  std::unique_ptr<observe::FanOut> fan_out_;
  std::unique_ptr<machine::Console> console_;
  std::unique_ptr<HostConnections> connections_;
  std::unique_ptr<Machine> machine_;
  bool output_broken_ = false;
  bool log_broken_ = false;
};

// The run's rules; none without a run.
absl::StatusOr<cpu::DigestRules> Session::OpenRing() {
  const bool is_jit = options_.machine.hart.engine == cpu::Engine::kJit;
  absl::StatusOr<std::unique_ptr<RingObserver>> ring = RingObserver::Open(
      absl::StrCat("lockstep-emu ", kVersion, is_jit ? " (jit)" : " (interp)"),
      options_.machine.boot.harts, is_jit ? LOCKSTEP_ENGINE_JIT : LOCKSTEP_ENGINE_INTERPRETER);
  if (!ring.ok()) return ring.status();
  ring_ = *std::move(ring);
  if (ring_ == nullptr) return cpu::DigestRules();
  absl::StatusOr<cpu::DigestRules> rules = cpu::Hart::ResolveRules(ring_->rules());
  if (!rules.ok()) {  // the run's report says why
    RingObserver::EndState end;
    end.text = std::string(rules.status().message());
    for (unsigned hart = 0; hart < options_.machine.boot.harts; ++hart) ring_->End(hart, end);
    return rules.status();
  }
  absl::Status named = ring_->DeclareRegisters(cpu::Hart::RegisterNames(*rules));
  if (!named.ok()) return named;
  return rules;
}

absl::Status Session::Build() {
  absl::StatusOr<Serial> serial = OpenSerial("-serial", options_.serial);
  if (!serial.ok()) return serial.status();
  serial_ = *std::move(serial);

  absl::StatusOr<cpu::DigestRules> rules = OpenRing();
  if (!rules.ok()) return rules.status();

  machine::Console::Config console;
  console.script = serial_.script;
  console.icount_shift = options_.machine.icount_shift;
  console.output = [this](uint8_t byte) {
    serial_.output->Put(byte);
    if (ring_ == nullptr) return;
    const unsigned hart = machine_->current_hart();
    ring_->ConsoleByte(hart, machine_->hart(hart).icount(), byte);
  };
  if (serial_.takes_stdin) {
    input_ = std::make_unique<StdioInput>(STDIN_FILENO);
    console.live = input_.get();
  }
  console_ = std::make_unique<machine::Console>(std::move(console));

  machine::MachineConfig config = options_.machine;
  config.hart.digests = ring_ != nullptr;
  config.hart.count_insns = options_.stats.counts();
  config.window_insns = ring_ == nullptr ? 0 : ring_->request().window_insns;
  absl::StatusOr<std::unique_ptr<HostConnections>> connections =
      MakeDevices(options_.devices, config.boot.seed, config.icount_shift);
  if (!connections.ok()) return connections.status();
  connections_ = *std::move(connections);
  config.hart.digest_rules = *std::move(rules);
  config.hart.lazy_digests =
      ring_ != nullptr &&
      (ring_->request().digest_at == LOCKSTEP_DIGEST_AT_WINDOW || ring_->takes_sums());
  absl::StatusOr<std::unique_ptr<Machine>> made =
      Machine::Create(config, console_.get(), cpu::Hart::Create, std::move(connections_->virtio));
  if (!made.ok()) return made.status();
  machine_ = *std::move(made);
  if (connections_->has_outside) machine_->Connect(&connections_->networks);
  ConnectPorts();
  return BuildObservers();
}

void Session::ConnectPorts() {
  if (connections_->stdio != nullptr) input_ = std::move(connections_->stdio);
  for (const auto& port : connections_->ports) {
    machine_->AddConsole(port->console.get(), port->input.get());
  }
  if (ring_ == nullptr) return;
  console_->set_on_input([this](std::span<const uint8_t> bytes) {
    for (uint8_t byte : bytes) TellInput(0, byte);
  });
  for (const auto& port : connections_->ports) {
    port->console->set_on_input([this, source = port->source](std::span<const uint8_t> bytes) {
      TellInput(source, bytes.size());
    });
  }
}

void Session::TellInput(uint64_t source, uint64_t byte_or_length) {
  const uint64_t fields[] = {source, byte_or_length};
  const unsigned hart = machine_->current_hart();
  ring_->Event(hart, observe::EventKind::kInput, machine_->hart(hart).icount(), fields);
}

absl::Status Session::BuildObservers() {
  if (options_.trace.wants_anything()) {
    absl::StatusOr<std::unique_ptr<trace::LogFile>> log = trace::LogFile::Open(options_.trace.path);
    if (!log.ok()) return absl::InvalidArgumentError(absl::StrCat("-D: ", log.status().message()));
    log_ = *std::move(log);
    image::SymbolTable symbols;
    if (options_.trace.wants_blocks()) symbols = ReadSymbols(machine_->boot_image());
    tracer_ = std::make_unique<trace::Tracer>(options_.trace, std::move(symbols), log_.get());
  }
  // Better known now than when the run has ended.
  const std::string& stats_path = options_.stats.path;
  if (!stats_path.empty()) {
    const absl::Status status = WriteFile("--stats", stats_path, "", 0);
    if (!status.ok()) return status;
  }
  if (options_.stats.counts()) {
    event_counts_ = std::make_unique<stats::EventCounts>(options_.machine.boot.harts);
  }
  return absl::OkStatus();
}

// Tells whoever is there from now on; `ring` may be null.
void Session::Observe(RingObserver* ring, bool step) {
  std::vector<observe::Observer*> observers;
  if (ring != nullptr) observers.push_back(ring);
  if (tracer_ != nullptr) observers.push_back(tracer_.get());
  if (event_counts_ != nullptr) observers.push_back(event_counts_.get());
  if (observers.empty()) return;
  if (observers.size() == 1) {
    machine_->SetObserver(observers[0], step);
    return;
  }
  auto fan_out = std::make_unique<observe::FanOut>(std::move(observers));
  machine_->SetObserver(fan_out.get(), step);
  fan_out_ = std::move(fan_out);
}

bool Session::KeepGoing() {
  if (!serial_.output->Flush()) output_broken_ = true;
  for (const auto& port : connections_->ports) {
    if (!port->output->Flush()) output_broken_ = true;
  }
  if (log_ != nullptr && !log_->Flush()) log_broken_ = true;
  return signal_received == 0 && !output_broken_ && !log_broken_ &&
         (input_ == nullptr || !input_->quit()) && (ring_ == nullptr || !ring_->stop_requested());
}

RunEnd Session::RunToEnd() {
  Machine::Limit limit;
  limit.step = options_.max_insns;
  if (ring_ == nullptr) {
    Observe(nullptr, false);
    return RunTo(limit);
  }
  const struct lockstep_request& request = ring_->request();
  if (request.only_vcpu == 0) {
    limit.step = std::min(limit.step, request.stop_at_icount);
  } else {
    limit.hart = std::min(request.only_vcpu, machine_->harts()) - 1;
    limit.icount = request.stop_at_icount;
  }
  if (request.silent_until_icount > 0) {
    Observe(nullptr, false);
    Machine::Limit silence = limit;
    silence.icount = std::min(limit.icount, request.silent_until_icount);
    const RunEnd end = RunTo(silence);
    if (end != RunEnd::kLimit || silence.icount == limit.icount || machine_->step() >= limit.step) {
      return end;
    }
  }
  Observe(ring_.get(), request.step != 0);
  return RunTo(limit);
}

RunEnd Session::RunTo(const Machine::Limit& limit) {
  return machine_->Run(limit, [this] { return KeepGoing(); });
}

void Session::TellEnd(RunEnd end) {
  RingObserver::EndState state;
  switch (end) {
    case RunEnd::kExit:
      state.reason = LOCKSTEP_END_EXIT;
      state.exit_code = machine_->exit_code();
      break;
    case RunEnd::kLimit:
      state.reason = LOCKSTEP_END_LIMIT;
      break;
    case RunEnd::kHalted:
      state.reason = LOCKSTEP_END_HALTED;
      break;
    case RunEnd::kAsked:
      state.reason = LOCKSTEP_END_STOPPED;
      break;
  }
  state.step = machine_->step();
  state.console_digest = console_->digest();
  for (unsigned hart = 0; hart < machine_->harts(); ++hart) {
    state.icount = machine_->hart(hart).icount();
    state.digests = machine_->hart(hart).digests();
    ring_->End(hart, state);
  }
}

stats::Report Session::MakeReport(double wall_seconds, double user_seconds) const {
  stats::Report report;
  report.is_jit = options_.machine.hart.engine == cpu::Engine::kJit;
  report.virtual_ns = machine_->virtual_time_ns();
  report.wall_seconds = wall_seconds;
  report.user_seconds = user_seconds;
  for (unsigned number = 0; number < machine_->harts(); ++number) {
    const cpu::Hart& hart = machine_->hart(number);
    stats::HartReport& of = report.harts.emplace_back();
    of.insns = hart.icount();
    of.counts = hart.stats();
    of.ran = hart.insn_counts();
    if (event_counts_ != nullptr) of.events = event_counts_->of(number);
  }
  return report;
}

absl::Status Session::PrintStats(const stats::Report& report) const {
  using Form = StatsOptions::Form;
  const StatsOptions& stats = options_.stats;
  std::string text = stats.form == Form::kJson ? stats::Json(report) : stats::Summary(report);
  if (stats.form == Form::kText) text += stats::Tables(report);
  if (!stats.path.empty()) return WriteFile("--stats", stats.path, text.data(), text.size());
  std::fputs(text.c_str(), stderr);
  return absl::OkStatus();
}

int Session::ExitStatus(RunEnd end) const {
  if (log_broken_) return 2;
  if (end == RunEnd::kExit) return machine_->exit_code() & 0xff;
  if (signal_received != 0) return 128 + signal_received;
  return output_broken_ ? 2 : 0;
}

void Session::TellPendingSteps() const {
  const machine::ScriptStep* pending = console_->PendingStep();
  if (pending != nullptr) {
    absl::FPrintF(stderr, "lockstep-emu: console script stands at line %d\n", pending->line);
  }
  for (const auto& port : connections_->ports) {
    pending = port->console->PendingStep();
    if (pending == nullptr) continue;
    absl::FPrintF(stderr, "lockstep-emu: script of -chardev id=%s stands at line %d\n",
                  port->chardev, pending->line);
  }
}

absl::StatusOr<int> Session::Run() {
  absl::Status status = Build();
  if (!status.ok()) return status;
  if (!options_.dump_dtb.empty()) {
    const std::vector<uint8_t>& tree = machine_->boot_image().device_tree;
    status = WriteFile("--dump-dtb", options_.dump_dtb, tree.data(), tree.size());
    if (!status.ok()) return status;
    return 0;
  }
  CatchSignals();
  auto start = std::chrono::steady_clock::now();  // for --stats only; the guest never sees it
  const double user_before = UserSeconds();
  RunEnd end = RunToEnd();
  const double user_seconds = UserSeconds() - user_before;
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  KeepGoing();  // what is still to be written
  if (log_broken_) std::fputs("lockstep-emu: -D: cannot write the trace\n", stderr);
  if (ring_ != nullptr) TellEnd(end);
  input_.reset();  // gives the terminal back before anything is printed
  if (output_broken_) {
    std::fputs("lockstep-emu: -serial or -chardev: cannot write the output\n", stderr);
  }
  if (end == RunEnd::kHalted) {
    std::string places;
    for (unsigned hart = 0; hart < machine_->harts(); ++hart) {
      absl::StrAppendFormat(&places, "%s%#x", hart == 0 ? "" : ", ", machine_->hart(hart).pc());
    }
    absl::FPrintF(stderr, "lockstep-emu: the guest waits and nothing can wake it (pc %s)\n",
                  places);
  }
  if (options_.verbose) TellPendingSteps();
  if (options_.stats.form != StatsOptions::Form::kNone) {
    status = PrintStats(MakeReport(elapsed.count(), user_seconds));
    if (!status.ok()) return status;
  }
  return ExitStatus(end);
}

}  // namespace

absl::StatusOr<int> RunSession(const Options& options) { return Session(options).Run(); }

}  // namespace lockstep::emu
