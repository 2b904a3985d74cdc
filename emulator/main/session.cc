#include "emulator/main/session.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/cpu/hart.h"
#include "emulator/isa/inst.h"
#include "emulator/jit/counters.h"
#include "emulator/main/device_factory.h"
#include "emulator/main/serial.h"
#include "emulator/main/terminal.h"
#include "emulator/observe/ring_observer.h"

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

absl::Status WriteFile(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  bool ok = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file != nullptr) ok = std::fclose(file) == 0 && ok;
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--dump-dtb ", path, ": cannot write the file; give another path"));
}

// Everything that a run needs, in the order of construction.
class Session {
 public:
  explicit Session(const Options& options) : options_(options) {}
  absl::StatusOr<int> Run();

 private:
  absl::StatusOr<cpu::DigestRules> OpenRing();
  absl::Status Build();
  RunEnd RunToEnd();
  RunEnd RunTo(uint64_t icount);
  bool KeepGoing();
  void TellEnd(RunEnd end);
  void PrintStats(double seconds) const;
  int ExitStatus(RunEnd end) const;

  const Options& options_;
  Serial serial_;
  std::unique_ptr<StdioInput> input_;
  std::unique_ptr<RingObserver> ring_;
  std::unique_ptr<machine::Console> console_;
  std::unique_ptr<HostConnections> connections_;
  std::unique_ptr<Machine> machine_;
  bool output_broken_ = false;
};

// The run's rules; none without a run.
absl::StatusOr<cpu::DigestRules> Session::OpenRing() {
  const bool is_jit = options_.machine.hart.engine == cpu::Engine::kJit;
  absl::StatusOr<std::unique_ptr<RingObserver>> ring =
      RingObserver::Open(absl::StrCat("lockstep-emu ", kVersion, is_jit ? " (jit)" : " (interp)"),
                         1, is_jit ? LOCKSTEP_ENGINE_JIT : LOCKSTEP_ENGINE_INTERPRETER);
  if (!ring.ok()) return ring.status();
  ring_ = *std::move(ring);
  if (ring_ == nullptr) return cpu::DigestRules();
  absl::StatusOr<cpu::DigestRules> rules = cpu::Hart::ResolveRules(ring_->rules());
  if (!rules.ok()) {  // the run's report says why
    RingObserver::EndState end;
    end.text = std::string(rules.status().message());
    ring_->End(end);
    return rules.status();
  }
  absl::Status named = ring_->DeclareRegisters(cpu::Hart::RegisterNames(*rules));
  if (!named.ok()) return named;
  return rules;
}

absl::Status Session::Build() {
  absl::StatusOr<Serial> serial = OpenSerial(options_.serial);
  if (!serial.ok()) return serial.status();
  serial_ = *std::move(serial);

  absl::StatusOr<cpu::DigestRules> rules = OpenRing();
  if (!rules.ok()) return rules.status();

  machine::Console::Config console;
  console.script = serial_.script;
  console.icount_shift = options_.machine.icount_shift;
  console.output = [this](uint8_t byte) {
    serial_.output->Put(byte);
    if (ring_ != nullptr) ring_->ConsoleByte(0, machine_->hart().icount(), byte);
  };
  if (serial_.takes_stdin) {
    input_ = std::make_unique<StdioInput>(STDIN_FILENO);
    console.live = input_.get();
  }
  console_ = std::make_unique<machine::Console>(std::move(console));

  machine::MachineConfig config = options_.machine;
  config.hart.digests = ring_ != nullptr;
  absl::StatusOr<std::unique_ptr<HostConnections>> connections =
      MakeDevices(options_.devices, config.boot.seed);
  if (!connections.ok()) return connections.status();
  connections_ = *std::move(connections);
  config.hart.digest_rules = *std::move(rules);
  config.hart.lazy_digests =
      ring_ != nullptr && ring_->request().digest_at == LOCKSTEP_DIGEST_AT_WINDOW;
  absl::StatusOr<std::unique_ptr<Machine>> made =
      Machine::Create(config, console_.get(), cpu::Hart::Create, std::move(connections_->virtio));
  if (!made.ok()) return made.status();
  machine_ = *std::move(made);
  if (connections_->has_outside) machine_->Connect(&connections_->networks);
  if (ring_ != nullptr) {
    console_->set_on_input([this](uint8_t byte) {
      const uint64_t fields[] = {0, byte};
      ring_->Event(0, observe::EventKind::kInput, machine_->hart().icount(), fields);
    });
  }
  return absl::OkStatus();
}

bool Session::KeepGoing() {
  if (!serial_.output->Flush()) output_broken_ = true;
  for (const auto& output : connections_->outputs) {
    if (!output->Flush()) output_broken_ = true;
  }
  return signal_received == 0 && !output_broken_ && (input_ == nullptr || !input_->quit()) &&
         (ring_ == nullptr || !ring_->stop_requested());
}

// Runs to exactly `icount`, with a block boundary at every multiple of the window that was asked
// for.
RunEnd Session::RunTo(uint64_t icount) {
  uint64_t window = ring_ == nullptr ? 0 : ring_->request().window_insns;
  while (true) {
    uint64_t now = machine_->hart().icount();
    uint64_t limit = window == 0 ? icount : std::min(icount, (now / window + 1) * window);
    RunEnd end = machine_->Run(limit, [this] { return KeepGoing(); });
    if (end != RunEnd::kLimit || limit == icount) return end;
  }
}

RunEnd Session::RunToEnd() {
  uint64_t limit = options_.max_insns;
  if (ring_ == nullptr) return RunTo(limit);
  const struct lockstep_request& request = ring_->request();
  limit = std::min(limit, request.stop_at_icount);
  if (request.silent_until_icount > 0) {
    RunEnd end = RunTo(std::min(limit, request.silent_until_icount));
    if (end != RunEnd::kLimit || machine_->hart().icount() >= limit) return end;
  }
  machine_->SetObserver(ring_.get(), request.step != 0);
  return RunTo(limit);
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
  state.icount = machine_->hart().icount();
  state.digests = machine_->hart().digests();
  state.console_digest = console_->digest();
  ring_->End(state);
}

// What was carried out out of line, the twelve most frequent operations first.
std::string OutOfLineLine(const jit::Counters& jit) {
  std::vector<std::pair<uint64_t, isa::Op>> ops;
  for (size_t i = 0; i < jit.out_of_line_by_op.size(); ++i) {
    if (jit.out_of_line_by_op[i] != 0) {
      ops.emplace_back(jit.out_of_line_by_op[i], static_cast<isa::Op>(i));
    }
  }
  std::ranges::sort(ops, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string line = "lockstep-emu: jit: out_of_line";
  uint64_t others = 0;
  for (size_t i = 0; i < ops.size(); ++i) {
    if (i < 12) {
      absl::StrAppend(&line, " ", isa::Mnemonic(ops[i].second).data(), "=", ops[i].first);
    } else {
      others += ops[i].first;
    }
  }
  if (others != 0) absl::StrAppend(&line, " others=", others);
  return line;
}

void Session::PrintStats(double seconds) const {
  const cpu::Hart& hart = machine_->hart();
  cpu::Hart::Stats stats = hart.stats();
  double mips = seconds > 0 ? static_cast<double>(hart.icount()) / seconds / 1e6 : 0;
  absl::FPrintF(stderr,
                "lockstep-emu: insns=%d blocks=%d translations=%d tlb_fills=%d exceptions=%d "
                "interrupts=%d virtual_ns=%d wall_s=%.3f mips=%.1f\n",
                hart.icount(), stats.blocks, stats.translations, stats.tlb_fills, stats.exceptions,
                stats.interrupts, machine_->virtual_time_ns(), seconds, mips);
  if (options_.machine.hart.engine != cpu::Engine::kJit) return;
  const jit::Counters& jit = stats.jit;
  absl::FPrintF(stderr,
                "lockstep-emu: jit: insns=%d interpreted=%d out_of_line=%d entries=%d "
                "translations=%d guest_insns=%d host_bytes=%d links=%d clears=%d\n",
                jit.insns, hart.icount() - jit.insns, jit.out_of_line, jit.entries,
                jit.translations, jit.guest_insns, jit.host_bytes, jit.links, jit.clears);
  std::string left = "lockstep-emu: jit: interpreted";
  for (size_t i = 0; i < jit::kReasonNames.size(); ++i) {
    absl::StrAppend(&left, " ", jit::kReasonNames[i].data(), "=", jit.interpreted[i]);
  }
  absl::FPrintF(stderr, "%s\n%s\n", left, OutOfLineLine(jit));
}

int Session::ExitStatus(RunEnd end) const {
  if (end == RunEnd::kExit) return machine_->exit_code() & 0xff;
  if (signal_received != 0) return 128 + signal_received;
  return output_broken_ ? 2 : 0;
}

absl::StatusOr<int> Session::Run() {
  absl::Status status = Build();
  if (!status.ok()) return status;
  if (!options_.dump_dtb.empty()) {
    status = WriteFile(options_.dump_dtb, machine_->boot_image().device_tree);
    if (!status.ok()) return status;
    return 0;
  }
  CatchSignals();
  auto start = std::chrono::steady_clock::now();  // for --stats only; the guest never sees it
  RunEnd end = RunToEnd();
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (!serial_.output->Flush()) output_broken_ = true;
  if (ring_ != nullptr) TellEnd(end);
  input_.reset();  // gives the terminal back before anything is printed
  if (output_broken_)
    std::fputs("lockstep-emu: -serial or -chardev: cannot write the output\n", stderr);
  if (end == RunEnd::kHalted) {
    absl::FPrintF(stderr, "lockstep-emu: the guest waits and nothing can wake it (pc %#x)\n",
                  machine_->hart().pc());
  }
  const machine::ScriptStep* pending = console_->PendingStep();
  if (options_.verbose && pending != nullptr) {
    absl::FPrintF(stderr, "lockstep-emu: console script stands at line %d\n", pending->line);
  }
  if (options_.stats) PrintStats(elapsed.count());
  return ExitStatus(end);
}

}  // namespace

absl::StatusOr<int> RunSession(const Options& options) { return Session(options).Run(); }

}  // namespace lockstep::emu
