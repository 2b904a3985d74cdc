#include "coordinator/cli/options.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "coordinator/cli/option_parts.h"
#include "coordinator/cli/quantity.h"
#include "coordinator/cli/words.h"

namespace lockstep::cli {
namespace {

constexpr int kUsageError = 2;
constexpr int kBisectSkip = 125;
constexpr size_t kMaxInstances = 64;
constexpr size_t kMaxNameLength = 32;

// Option values as text, before they are checked.
struct RawRun {
  std::vector<std::string> instances;
  std::string a, b;
  std::string max_insns, timeout, history, color = "auto";
  RawMode mode;
  bool no_narrow = false;
};

struct RawShow {
  std::string history, color = "auto";
};

absl::Status CheckName(const std::string& name) {
  bool ok = !name.empty() && name.size() <= kMaxNameLength && name[0] != '.' && name[0] != '-';
  for (char c : name) {
    ok = ok &&
         (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-');
  }
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--instance: '", name, "' is not a name: 1 to ", kMaxNameLength,
                   " letters, digits, '_', '.' or '-', not beginning with '.' or '-'"));
}

absl::Status AddInstance(const std::string& option, const std::string& name,
                         const std::string& command, const std::vector<std::string>& extra,
                         RunOptions& run) {
  if (absl::Status s = CheckName(name); !s.ok()) return s;
  for (const InstanceOptions& other : run.instances) {
    if (other.name == name) {
      return absl::InvalidArgumentError(absl::StrCat("two instances have the name '", name, "'"));
    }
  }
  absl::StatusOr<std::vector<std::string>> words = SplitWords(command);
  if (!words.ok()) return Invalid(option, words.status());
  if (words->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": the command is empty"));
  }
  words->insert(words->end(), extra.begin(), extra.end());
  run.instances.push_back({name, *std::move(words)});
  return absl::OkStatus();
}

absl::Status AddInstances(const RawRun& raw, const std::vector<std::string>& extra, bool has_a,
                          bool has_b, RunOptions& run) {
  if (has_a) {
    if (absl::Status s = AddInstance("--a", "A", raw.a, extra, run); !s.ok()) return s;
  }
  if (has_b) {
    if (absl::Status s = AddInstance("--b", "B", raw.b, extra, run); !s.ok()) return s;
  }
  for (const std::string& value : raw.instances) {
    const size_t equals = value.find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--instance: '", value, "' is not NAME='CMD ARGS'"));
    }
    const std::string name = value.substr(0, equals);
    absl::Status s =
        AddInstance(absl::StrCat("--instance ", name), name, value.substr(equals + 1), extra, run);
    if (!s.ok()) return s;
  }
  if (run.instances.size() < 2 || run.instances.size() > kMaxInstances) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a run compares 2 to ", kMaxInstances, " instances, but ",
        run.instances.size() == 1 ? "only 1 is" : absl::StrCat(run.instances.size(), " are"),
        " given: use --a CMD --b CMD or --instance NAME='CMD ARGS'"));
  }
  return absl::OkStatus();
}

absl::Status FinishRun(const RawRun& raw, RunOptions& run) {
  if (!raw.max_insns.empty()) {
    absl::StatusOr<uint64_t> count = ParsePositiveCount(raw.max_insns);
    if (!count.ok()) return Invalid("--max-insns", count.status());
    run.max_insns = *count;
  }
  if (!raw.timeout.empty()) {
    absl::StatusOr<absl::Duration> timeout = ParsePositiveDuration(raw.timeout);
    if (!timeout.ok()) return Invalid("--timeout", timeout.status());
    run.timeout = *timeout;
  }
  run.narrow = !raw.no_narrow;
  if (absl::Status s = FinishMode(raw.mode, run.mode); !s.ok()) return s;
  if (absl::Status s = ParseHistory(raw.history, run.history); !s.ok()) return s;
  return ParseColor(raw.color, run.color);
}

void DeclareRun(CLI::App& app, RawRun& raw, RunOptions& run) {
  // One value each time that it is given, so that the next word is not taken for another.
  app.add_option("--instance", raw.instances, "An instance: its name and its command, one string")
      ->type_name("NAME='CMD ARGS'")
      ->allow_extra_args(false);
  app.add_option("--a", raw.a, "Short for --instance A=CMD")->type_name("CMD");
  app.add_option("--b", raw.b, "Short for --instance B=CMD")->type_name("CMD");
  app.add_option("--out", run.out, "Directory of the report (default lockstep-out/<run id>)")
      ->type_name("DIR");
  app.add_flag("--json", run.json, "Print the report as one JSON object");
  app.add_option("--policy", run.policy_file,
                 "What to compare and tolerate: a file, or default, qemu or strict")
      ->type_name("FILE.txtpb|PRESET");
  app.add_option("--max-insns", raw.max_insns, "End every instance after N instructions")
      ->type_name("N");
  DeclareMode(app, raw.mode);
  app.add_option("--timeout", raw.timeout, "Give up after D: 30s, 5m, 1h30m")->type_name("D");
  app.add_option("--history", raw.history, "Blocks of history to report (default 16)")
      ->type_name("N");
  app.add_option("--symbols", run.symbols,
                 "ELF file with the guest's symbols, FILE or FILE@OFFSET if it runs relocated; may "
                 "be repeated (default: the ELF images among the arguments)")
      ->type_name("ELF")
      ->allow_extra_args(false);
  app.add_flag("--deterministic", run.deterministic,
               "Add to each QEMU the options without which it does not repeat itself");
  app.add_option("--qemu", run.qemu_options, "Options of the QEMU plugin: regs=block,start=main")
      ->type_name("KEY=VALUE,...");
  app.add_flag("--no-narrow", raw.no_narrow, "Do not run again to find the single instruction");
  app.add_flag("--bisect", run.bisect, "Exit with 125 instead of 2, for git bisect run");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
  CLI::Option* verbose = app.add_flag("-v,--verbose", run.verbose, "Say more on stderr");
  app.add_flag("-q,--quiet", run.quiet, "No progress on stderr")->excludes(verbose);
  app.footer(
      "Words after -- are added to every command.\n"
      "Exit status: 0 identical, 1 diverged, 2 trouble, 130 interrupted.\n"
      "Example: lockstep run --a './emu-old -M virt' --b './emu-new -M virt' -- -bios fw.elf");
}

void DeclareShow(CLI::App& app, RawShow& raw, ShowOptions& show) {
  app.add_option("report", show.path, "Directory of a run, or its report.json")
      ->type_name("DIR|report.json")
      ->required();
  app.add_flag("--json", show.json, "Print the report as one JSON object");
  app.add_option("--history", raw.history, "Blocks of history to print (default 16)")
      ->type_name("N");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
}

void DeclareCanon(CLI::App& app, std::string& memory, CanonOptions& canon) {
  app.add_option("--bios", canon.bios, "Firmware: ELF, or raw at 0x80000000")
      ->type_name("FILE")
      ->required();
  app.add_option("--kernel", canon.kernel, "Kernel: Linux Image, ELF, gzip, or raw at 0x80200000")
      ->type_name("FILE")
      ->required();
  app.add_option("--initrd", canon.initrd, "Initial RAM disk")->type_name("FILE");
  app.add_option("--append", canon.append, "Kernel command line")->type_name("STRING");
  app.add_option("--dtb", canon.dtb, "Device tree in place of the virt board's")->type_name("FILE");
  app.add_option("--cpu", canon.cpu, "Properties of the hart beyond RV64GC: zba=on,zbb=on")
      ->type_name("LIST");
  app.add_option("--memory", memory, "RAM of the machine: 512M (the default), 1G")
      ->type_name("SIZE");
  app.add_option("--smp", canon.harts, "Harts, 1 to 8; several: for lockstep-emu alone (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 8));
  app.add_option("--out", canon.out, "Directory to write to, made if it is missing")
      ->type_name("DIR")
      ->required();
  app.footer(
      "Writes each part of the guest as a file for a loader device, and the arguments with which\n"
      "QEMU 7.2, QEMU 10 and lockstep-emu start from the same bytes in memory.\n"
      "Example: lockstep canon --bios fw_jump.bin --kernel Image --initrd initrd.gz --out guest");
}

absl::Status ParseMemory(const std::string& text, uint64_t& bytes) {
  if (text.empty()) return absl::OkStatus();
  constexpr uint64_t kMiB = 1 << 20;
  uint64_t count = 0;
  const char unit = text.back();
  const uint64_t factor = unit == 'M' ? 1 : unit == 'G' ? 1024 : 0;
  if (factor == 0 || !absl::SimpleAtoi(text.substr(0, text.size() - 1), &count) || count == 0 ||
      count > 1024 * 1024 / factor) {
    return absl::InvalidArgumentError(
        absl::StrCat("--memory: '", text, "' is not a size: write 512M or 1G"));
  }
  bytes = count * factor * kMiB;
  return absl::OkStatus();
}

PrintAndExit Usage(const std::string& message, const std::string& command, int status) {
  const std::string line = absl::StrReplaceAll(absl::StripAsciiWhitespace(message), {{"\n", " "}});
  return {"",
          absl::StrCat("lockstep: ", line, "; try 'lockstep", command.empty() ? "" : " ", command,
                       " --help'\n"),
          status};
}

// Where the words begin that are not ours: the first "--" of `lockstep run` and `join`.
size_t ExtraBegin(const std::vector<std::string>& args) {
  if (args.size() < 2 || (args[1] != "run" && args[1] != "join")) return args.size();
  return std::find(args.begin(), args.end(), "--") - args.begin();
}

}  // namespace

Command ParseCommandLine(const std::vector<std::string>& args) {
  const size_t split = ExtraBegin(args);
  const std::vector<std::string> extra(args.begin() + std::min(split + 1, args.size()), args.end());
  // CLI11 takes the words in reverse, without argv[0].
  std::vector<std::string> words(args.begin() + std::min<size_t>(1, args.size()),
                                 args.begin() + split);
  std::reverse(words.begin(), words.end());

  CLI::App app("Finds the first instruction at which two or more emulators stop agreeing.",
               "lockstep");
  app.set_version_flag("--version", absl::StrCat("lockstep ", kVersion));
  RawRun raw_run;
  RunOptions run;
  CLI::App* run_app = app.add_subcommand("run", "Runs instances side by side and compares them");
  DeclareRun(*run_app, raw_run, run);
  RawShow raw_show;
  ShowOptions show;
  CLI::App* show_app = app.add_subcommand("show", "Prints the report of a run again");
  DeclareShow(*show_app, raw_show, show);
  std::string canon_memory;
  CanonOptions canon;
  CLI::App* canon_app =
      app.add_subcommand("canon", "Makes one memory image from which every emulator starts alike");
  DeclareCanon(*canon_app, canon_memory, canon);

  RawServe raw_serve;
  CLI::App* serve_app =
      app.add_subcommand("serve", "Is the coordinator of runs on several machines");
  DeclareServe(*serve_app, raw_serve);
  RawWatch raw_watch;
  CLI::App* watch_app = app.add_subcommand("watch", "Follows, lists, makes or cancels such runs");
  DeclareWatch(*watch_app, raw_watch);

  RawJoin raw_join;
  CLI::App* join_app = app.add_subcommand("join", "Runs one instance of such a run");
  DeclareJoin(*join_app, raw_join);

  const auto command = [&]() -> std::string {
    const std::vector<CLI::App*> parsed = app.get_subcommands();
    return parsed.empty() ? "" : parsed.front()->get_name();
  };
  const bool bisect_given = std::find(words.begin(), words.end(), "--bisect") != words.end();
  const int failure_status = bisect_given ? kBisectSkip : kUsageError;
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return PrintAndExit{app.help(), "", 0};
  } catch (const CLI::CallForVersion& version) {
    return PrintAndExit{absl::StrCat(version.what(), "\n"), "", 0};
  } catch (const CLI::ParseError& error) {
    return Usage(error.what(), command(), failure_status);
  }

  if (command().empty()) {
    return Usage("no command given: it is 'run', 'serve', 'join', 'watch', 'show' or 'canon'", "",
                 failure_status);
  }
  if (canon_app->parsed()) {
    canon.program = args[0];
    if (absl::Status status = ParseMemory(canon_memory, canon.ram_bytes); !status.ok()) {
      return Usage(std::string(status.message()), "canon", kUsageError);
    }
    return canon;
  }
  if (show_app->parsed()) {
    absl::Status status = ParseHistory(raw_show.history, show.history);
    if (status.ok()) status = ParseColor(raw_show.color, show.color);
    if (!status.ok()) return Usage(std::string(status.message()), "show", kUsageError);
    return show;
  }
  if (serve_app->parsed()) {
    absl::StatusOr<ServeOptions> serve = FinishServe(raw_serve);
    if (!serve.ok()) return Usage(std::string(serve.status().message()), "serve", kUsageError);
    return *std::move(serve);
  }
  if (watch_app->parsed()) {
    raw_watch.program = args[0];
    absl::StatusOr<WatchOptions> watch = FinishWatch(raw_watch);
    if (!watch.ok()) return Usage(std::string(watch.status().message()), "watch", kUsageError);
    return *std::move(watch);
  }
  if (join_app->parsed()) {
    absl::StatusOr<JoinOptions> join = FinishJoin(raw_join, extra);
    if (!join.ok()) return Usage(std::string(join.status().message()), "join", kUsageError);
    return *std::move(join);
  }
  run.program = args[0];
  run.command_line = JoinWords(args);
  absl::Status status =
      AddInstances(raw_run, extra, run_app->count("--a") > 0, run_app->count("--b") > 0, run);
  if (status.ok()) status = FinishRun(raw_run, run);
  if (!status.ok()) return Usage(std::string(status.message()), "run", failure_status);
  return run;
}

}  // namespace lockstep::cli
