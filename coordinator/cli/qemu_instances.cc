#include "coordinator/cli/qemu_instances.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/qemu/command.h"
#include "coordinator/qemu/probe.h"

namespace lockstep::cli {
namespace {

absl::Status About(const InstanceOptions& instance, const absl::Status& status) {
  return absl::Status(
      status.code(), absl::StrCat("instance ", instance.name, ": ", std::string(status.message())));
}

// What the user should know; empty: nothing.
std::string Advice(const qemu::Command& command, const RunOptions& options) {
  const std::string missing = absl::StrJoin(command.missing, " ");
  if (missing.empty()) return "";
  if (!options.deterministic) {
    return absl::StrCat("without ", missing,
                        " this QEMU does not repeat itself, and a difference may mean nothing; "
                        "--deterministic adds that");
  }
  return options.verbose ? absl::StrCat("--deterministic gave it ", missing) : "";
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PrepareQemus(const LazySymbols& symbols,
                                                      RunOptions& options) {
  std::vector<std::string> lines;
  bool any = false;
  for (InstanceOptions& instance : options.instances) {
    const std::optional<qemu::Emulator> emulator = qemu::FindEmulator(instance.argv);
    if (!emulator.has_value()) continue;
    any = true;
    const absl::Status usable = qemu::Probe(instance.argv[emulator->word]);
    if (!usable.ok()) return About(instance, usable);
    absl::StatusOr<std::string> plugin = qemu::FindPlugin();
    qemu::PrepareOptions wanted;
    if (plugin.ok()) wanted.plugin = *plugin;
    wanted.plugin_options = options.qemu_options;
    wanted.deterministic = options.deterministic;
    wanted.address_of = [&symbols](const std::string& name) { return symbols.AddressOf(name); };
    absl::StatusOr<qemu::Command> command = qemu::PrepareCommand(instance.argv, *emulator, wanted);
    if (!command.ok()) return About(instance, command.status());
    if (!plugin.ok() && command->plugin_added) return About(instance, plugin.status());
    const std::string advice = Advice(*command, options);
    if (!advice.empty()) lines.push_back(absl::StrCat("instance ", instance.name, ": ", advice));
    instance.argv = std::move(command->argv);
  }
  if (any || (options.qemu_options.empty() && !options.deterministic)) return lines;
  return absl::InvalidArgumentError(
      absl::StrCat(options.deterministic ? "--deterministic" : "--qemu",
                   ": no instance is a QEMU (a program named qemu-system-* or qemu-*)"));
}

}  // namespace lockstep::cli
