#include "emulator/main/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "emulator/cpu/model.h"
#include "emulator/faults/catalogue.h"
#include "emulator/main/argv.h"

namespace lockstep::emu {
namespace {

// Option values as they were written.
struct Raw {
  std::string machine = "virt", memory = "128M", smp = "1", cpu = "rv64";
  std::string bios = "default", kernel, initrd, append, dtb, icount = "shift=0", rtc, seed = "0";
  RawDevices devices;
  std::string serial, display = "none", monitor = "none", engine = "interp", inject, dump_dtb;
  std::vector<std::string> interp_opts, jit_opts;
  std::string jit_threshold = "16", jit_cache = "65536", jit_dump;
  std::string max_block_insns = "64", tlb_entries = "256,16384", victim_entries = "8", max_insns;
  std::string quantum = std::to_string(machine::kDefaultQuantumInsns);
  RawTrace trace;
  std::string stats;
  bool nographic = false, no_reboot = false, list_faults = false, version = false;
  bool verbose = false, jit_verify = false;
};

// Of a table of switches.
template <typename Switches>
std::string NamesOf(const Switches& switches) {
  std::string names;
  for (const auto& s : switches) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(s.name));
  }
  return names;
}

void Declare(CLI::App& app, Raw& raw) {
  app.set_help_flag("-h,--help", "print this and exit");
  app.add_flag("--version", raw.version, "print the version and exit");
  auto* board = app.add_option_group("Machine");
  board->add_option("-M,--M,--machine", raw.machine, "board: virt");
  board->add_option("-m,--m", raw.memory, "RAM, default 128M");
  board->add_option("--smp", raw.smp, "number of harts, 1 to 8");
  board->add_option("--cpu", raw.cpu, "rv64[,zba=off][,svpbmt=on]...; -cpu rv64,help lists them");
  board->add_option("--bios", raw.bios, "firmware (ELF, or raw at 0x80000000), none, or default");
  board->add_option("--kernel", raw.kernel, "kernel (ELF, Linux Image, gzip, raw)");
  board->add_option("--initrd", raw.initrd, "initial RAM disk");
  board->add_option("--append", raw.append, "kernel command line");
  board->add_option("--dtb", raw.dtb, "device tree in place of the generated one");
  const auto add_list = [board](const char* name, std::vector<std::string>& list,
                                const char* help) {
    board->add_option(name, list, help)
        ->allow_extra_args(false)
        ->type_size(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add_list("--device", raw.devices.devices,
           "loader,file=F,addr=A,force-raw=on,cpu-num=N; virtio-blk-device,drive=ID[,serial=S]; "
           "virtio-net-device,netdev=ID[,mac=M]; virtio-rng-device; "
           "virtio-serial-device, virtconsole,chardev=ID, virtserialport,chardev=ID,name=N; with "
           "bus=virtio-mmio-bus.N");
  add_list("--drive", raw.devices.drives,
           "file=F,format=raw,if=none,id=ID[,readonly=on][,snapshot=on][,discard=unmap]"
           "[,cache=unsafe]");
  add_list("--netdev", raw.devices.netdevs,
           "user,id=ID[,hostfwd=tcp:[HOST]:PORT-[GUEST]:PORT][,restrict=on][,hostname=NAME]"
           "[,tftp=DIR]; "
           "socket,id=ID,listen=[HOST]:PORT or connect=[HOST]:PORT");
  add_list(
      "--chardev", raw.devices.chardevs,
      "file,id=ID,path=P[,input-path=P]; null,id=ID; stdio,id=ID; script,id=ID,path=P[,out=P]");
  add_list("--global", raw.devices.globals, "virtio-mmio.force-legacy=off");
  board->add_option("--serial", raw.serial,
                    "stdio, null, file:PATH, script:PATH[,out=PATH]; default stdio");
  board->add_flag("--nographic", raw.nographic, "serial port on stdio (the default)");
  board->add_option("--display", raw.display, "none");
  board->add_option("--monitor", raw.monitor, "none");
  board->add_option("--icount", raw.icount, "shift=N[,sleep=off]: 2^N ns an instruction");
  board->add_option("--rtc", raw.rtc, "base=2024-01-01T00:00:00[,clock=vm]");
  board->add_option("--seed", raw.seed, "seed of the device tree's rng-seed");
  board->add_flag("--no-reboot", raw.no_reboot, "exit when the guest resets");
  auto* engine = app.add_option_group("Engine");
  engine->add_option("--engine", raw.engine, "interp (the default), jit");
  engine
      ->add_option("--interp-opt", raw.interp_opts,
                   absl::StrCat("NAME=on|off: ", NamesOf(interp::kSwitches), "; all are on"))
      ->allow_extra_args(false)
      ->type_size(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  engine
      ->add_option("--jit-opt", raw.jit_opts,
                   absl::StrCat("NAME=on|off: ", NamesOf(jit::kSwitches), "; all are on"))
      ->allow_extra_args(false)
      ->type_size(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  engine->add_option("--jit-threshold", raw.jit_threshold,
                     "entries of a block before it is translated, 1..1000000, default 16");
  engine->add_option("--jit-cache", raw.jit_cache,
                     "KiB of host code, 128..1048576, default 65536; when it is full all of it is "
                     "made anew");
  engine->add_option(
      "--jit-dump", raw.jit_dump,
      "PC|@ICOUNT: print the translations of blocks that hold this address, or of the "
      "block that runs at this instruction count, on stderr");
  engine->add_flag("--jit-verify", raw.jit_verify, "check the translator's work after every pass");
  engine->add_option("--max-block-insns", raw.max_block_insns,
                     "longest translation block, 1..65535, default 64");
  engine->add_option("--tlb-entries", raw.tlb_entries,
                     "N[,MAX]: TLB entries at first, and how far it may grow; powers of two up to "
                     "65536 (1 is two), default 256,16384; N alone does not grow");
  engine->add_option("--victim-entries", raw.victim_entries,
                     "victim TLB entries, 0..64, default 8");
  engine->add_option("--quantum", raw.quantum,
                     "instructions of a hart's turn, with several; default " + raw.quantum);
  engine->add_option("--inject", raw.inject, "plant a known bug: FAULT[@icount][,hart=N]");
  engine->add_flag("--list-faults", raw.list_faults,
                   "list the faults that can be planted and exit");
  auto* run = app.add_option_group("Run");
  run->add_option("--dump-dtb", raw.dump_dtb, "write the device tree to a file and exit");
  run->add_option("--max-insns", raw.max_insns, "stop after so many instructions");
  run->add_flag("--stats", raw.stats,
                "[=text|brief|json][,file=PATH]: print counts and speed at the end, to stderr");
  auto* trace = app.add_option_group("Trace");
  trace->add_option("-d,--d", raw.trace.items, "QEMU's log: int,mmu,in_asm,exec; help lists them");
  trace->add_option("--trace", raw.trace.kinds, "lines of tlb,mmio,trap,block; help lists them");
  trace->add_option("-D,--D", raw.trace.path, "file for -d and --trace, default stderr");
  trace->add_option("--trace-icount", raw.trace.icount,
                    "only from and up to these instruction counts: A..B or A+N, comma separated");
  trace->add_option("--trace-address,--dfilter", raw.trace.address,
                    "only what touches these addresses: A..B or A+N, comma separated");
  run->add_flag("-v,--verbose,--v", raw.verbose, "say more on stderr");
}

// Names of the options that take a value, without dashes.
std::vector<std::string> ValueOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_expected_max() == 0) continue;
    for (const std::string& name : option->get_lnames()) names.push_back(name);
    for (const std::string& name : option->get_snames()) names.push_back(name);
  }
  for (const CLI::App* group : app.get_subcommands({})) {
    for (const std::string& name : ValueOptions(*group)) names.push_back(name);
  }
  return names;
}

// The first of the words that the parser did not know, as the user wrote it.
std::string NameUnexpected(const std::vector<std::string>& args,
                           const std::vector<std::string>& unexpected) {
  for (const std::string& arg : args) {
    std::string name = arg.substr(0, arg.find('='));
    for (const std::string& word : unexpected) {
      bool is_option = name.size() > 1 && name[0] == '-';
      const std::string unknown = word.substr(0, word.find('='));
      if (is_option && (unknown == name || unknown == "-" + name)) {
        return absl::StrCat("unknown option ", name);
      }
      if (word == arg) return absl::StrCat("unexpected argument '", arg, "'");
    }
  }
  return "unexpected arguments";
}

std::string ListFaults() {
  std::string text;
  for (const faults::FaultInfo& fault : faults::Catalogue()) {
    std::string name(fault.name);
    name.resize(std::max<size_t>(name.size(), 22), ' ');
    std::string fault_class(fault.fault_class);
    fault_class.resize(std::max<size_t>(fault_class.size(), 20), ' ');
    absl::StrAppend(&text, name, " ", fault_class, " ", std::string(fault.summary), "\n");
  }
  return text;
}

// Reads the values into options; the first bad one is kept.
class Reader {
 public:
  explicit Reader(const Raw& raw) : raw_(raw) {}
  absl::StatusOr<Options> Read();

 private:
  void Fail(absl::string_view option, absl::string_view what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(option, ": ", what));
  }
  template <typename T>
  T Take(absl::string_view option, absl::StatusOr<T> value) {
    if (value.ok()) return *std::move(value);
    Fail(option, value.status().message());
    return T();
  }
  void Only(absl::string_view option, const std::string& value, absl::string_view accepted) {
    if (value != accepted) {
      Fail(option, absl::StrCat("'", value, "' is not available; only ", accepted, " is"));
    }
  }
  uint64_t Number(absl::string_view option, const std::string& text, uint64_t low, uint64_t high) {
    uint64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < low || value > high) {
      Fail(option, absl::StrCat("'", text, "' is not a number from ", low, " to ", high));
    }
    return value;
  }
  void ReadBoot();
  template <typename Switches, typename Target>
  void ReadSwitches(const char* option, const std::vector<std::string>& words,
                    const Switches& switches, Target* target);
  void ReadEngine();
  void ReadHart();

  const Raw& raw_;
  Options options_;
  absl::Status status_;
};

void Reader::ReadBoot() {
  machine::BootConfig& boot = options_.machine.boot;
  boot.ram_bytes = Take("-m", ParseMemorySize(raw_.memory));
  constexpr uint64_t kMaxRam = uint64_t{1} << 40;
  if (boot.ram_bytes == 0 || boot.ram_bytes > kMaxRam || boot.ram_bytes % 4096 != 0) {
    Fail("-m", absl::StrCat("'", raw_.memory, "' is not a multiple of 4 KiB up to 1T"));
  }
  boot.harts = Take("-smp", ParseSmp(raw_.smp));
  boot.bios = raw_.bios;
  boot.kernel = raw_.kernel;
  boot.initrd = raw_.initrd;
  boot.append = raw_.append;
  boot.dtb = raw_.dtb;
  boot.seed = Number("-seed", raw_.seed, 0, UINT64_MAX);
  absl::StatusOr<DeviceOptions> devices = ParseDevices(raw_.devices);
  if (!devices.ok()) {
    if (status_.ok()) status_ = devices.status();
    return;
  }
  options_.devices = *std::move(devices);
  boot.loaders = options_.devices.loaders;
  options_.machine.empty_virtio_version = options_.devices.empty_virtio_version;
}

void Reader::ReadHart() {
  cpu::HartConfig& hart = options_.machine.hart;
  hart.max_block_insns =
      static_cast<uint32_t>(Number("--max-block-insns", raw_.max_block_insns, 1, 65535));
  const size_t comma = raw_.tlb_entries.find(',');
  const std::string first = raw_.tlb_entries.substr(0, comma);
  const std::string most = comma == std::string::npos ? first : raw_.tlb_entries.substr(comma + 1);
  hart.tlb_entries = static_cast<uint32_t>(Number("--tlb-entries", first, 1, 65536));
  hart.max_tlb_entries = static_cast<uint32_t>(Number("--tlb-entries", most, 1, 65536));
  for (const std::string& number : {first, most}) {
    if (!std::has_single_bit(Number("--tlb-entries", number, 1, 65536))) {
      Fail("--tlb-entries", absl::StrCat("'", number, "' is not a power of two"));
    }
  }
  if (hart.max_tlb_entries < hart.tlb_entries) {
    Fail("--tlb-entries", absl::StrCat("'", raw_.tlb_entries, "' ends below where it begins"));
  }
  hart.victim_entries =
      static_cast<uint32_t>(Number("--victim-entries", raw_.victim_entries, 0, 64));
  options_.machine.quantum_insns = Number("--quantum", raw_.quantum, 1, UINT64_MAX);
  if (!raw_.inject.empty()) {
    absl::StatusOr<faults::Injection> injection = faults::ParseInjection(raw_.inject);
    if (injection.ok()) {
      hart.fault = *injection;
      options_.machine.fault_hart = injection->hart;
      if (injection->hart.value_or(0) >= options_.machine.boot.harts) {
        Fail("--inject", absl::StrCat("'", raw_.inject, "': there is no hart ", *injection->hart));
      }
    } else if (status_.ok()) {
      status_ = injection.status();  // names the option itself
    }
  }
}

// Words NAME=on and NAME=off of one option.
template <typename Switches, typename Target>
void Reader::ReadSwitches(const char* option, const std::vector<std::string>& words,
                          const Switches& switches, Target* target) {
  for (const std::string& text : words) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    const auto* found = std::find_if(switches.begin(), switches.end(),
                                     [&](const auto& s) { return s.name == name; });
    if (found != switches.end() && (value == "on" || value == "off")) {
      target->*found->member = value == "on";
      continue;
    }
    Fail(option, absl::StrCat("'", text, "' is not NAME=on or NAME=off with a NAME of ",
                              NamesOf(switches)));
  }
}

void Reader::ReadEngine() {
  cpu::HartConfig& hart = options_.machine.hart;
  if (raw_.engine == "jit") {
    hart.engine = cpu::Engine::kJit;
  } else if (raw_.engine != "interp") {
    Fail("--engine", absl::StrCat("'", raw_.engine, "' is not an engine; interp and jit are"));
  }
  if (raw_.inject.starts_with("jit-") && hart.engine != cpu::Engine::kJit) {
    Fail("--inject",
         absl::StrCat("'", raw_.inject, "' is a fault of the translator; it needs --engine jit"));
  }
  hart.jit.threshold =
      static_cast<uint32_t>(Number("--jit-threshold", raw_.jit_threshold, 1, 1000000));
  hart.jit.code_bytes =
      static_cast<uint32_t>(Number("--jit-cache", raw_.jit_cache, 128, 1 << 20) << 10);
  hart.jit.verify = raw_.jit_verify;
  if (!raw_.jit_dump.empty()) {
    uint64_t number = 0;
    const bool is_icount = raw_.jit_dump.front() == '@';
    if (is_icount ? !absl::SimpleAtoi(raw_.jit_dump.substr(1), &number)
                  : !absl::SimpleHexAtoi(raw_.jit_dump, &number)) {
      Fail("--jit-dump",
           absl::StrCat("'", raw_.jit_dump, "' is neither a hexadecimal address nor @ICOUNT"));
    }
    (is_icount ? hart.jit.dump_icount : hart.jit.dump_pc) = number;
  }
  ReadSwitches("--interp-opt", raw_.interp_opts, interp::kSwitches, &hart.interp);
  ReadSwitches("--jit-opt", raw_.jit_opts, jit::kSwitches, &hart.jit);
  const absl::Status status = cpu::Hart::Check(hart);
  if (!status.ok()) Fail("--engine", absl::StrCat("jit: ", status.message(), "; use interp"));
}

absl::StatusOr<Options> Reader::Read() {
  if (!absl::StartsWith(raw_.machine, "virt,")) Only("-M", raw_.machine, "virt");
  if (absl::StartsWith(raw_.machine, "virt,")) {
    Fail("-M", absl::StrCat("'", raw_.machine, "': virt takes no properties here"));
  }
  options_.machine.hart.model = Take("-cpu", cpu::ParseCpu(raw_.cpu));
  ReadBoot();
  ReadHart();
  ReadEngine();
  Only("-display", raw_.display, "none");
  Only("-monitor", raw_.monitor, "none");
  options_.machine.icount_shift = Take("-icount", ParseIcount(raw_.icount));
  if (!raw_.rtc.empty()) options_.machine.rtc_base_seconds = Take("-rtc", ParseRtc(raw_.rtc));
  options_.machine.exit_on_reset = raw_.no_reboot;
  if (!raw_.serial.empty()) options_.serial = Take("-serial", ParseSerial(raw_.serial));
  for (const auto& [id, chardev] : options_.devices.chardevs) {
    if (chardev.kind != SerialSpec::Kind::kStdio) continue;
    if (options_.serial.kind != SerialSpec::Kind::kStdio) continue;
    Fail("-chardev", absl::StrCat("stdio,id=", id, ": standard input is the serial port's; give ",
                                  "-serial null or -serial file:PATH"));
  }
  options_.dump_dtb = raw_.dump_dtb;
  if (!raw_.max_insns.empty()) {
    options_.max_insns = Number("--max-insns", raw_.max_insns, 1, UINT64_MAX);
  }
  absl::StatusOr<trace::Spec> trace = ParseTrace(raw_.trace);
  if (trace.ok()) {
    options_.trace = *std::move(trace);
  } else if (status_.ok()) {
    status_ = trace.status();  // names the option itself
  }
  // A flag without a value says that it is set.
  if (!raw_.stats.empty()) {
    options_.stats = Take("--stats", ParseStats(raw_.stats == "true" ? "" : raw_.stats));
  }
  options_.verbose = raw_.verbose;
  if (!status_.ok()) return status_;
  return options_;
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& args) {
  CLI::App app(
      "RISC-V full-system emulator (QEMU's virt board), deterministic; an instance for lockstep "
      "run.",
      "lockstep-emu");
  Raw raw;
  Declare(app, raw);
  CommandLine result;
  std::vector<std::string> words = NormaliseArguments(args, ValueOptions(app));
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    result.text = app.help();
    return result;
  } catch (const CLI::ExtrasError&) {
    return absl::InvalidArgumentError(
        absl::StrCat(NameUnexpected(args, app.remaining()), " (see lockstep-emu --help)"));
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(absl::StrCat(absl::StrReplaceAll(error.what(), {{"\n", " "}}),
                                                   " (see lockstep-emu --help)"));
  }
  if (raw.version) {
    result.text = absl::StrCat("lockstep-emu ", kVersion, "\n");
    return result;
  }
  if (raw.list_faults) {
    result.text = ListFaults();
    return result;
  }
  if (raw.cpu == "help" || absl::EndsWith(raw.cpu, ",help")) {
    result.text = cpu::CpuHelp();
    return result;
  }
  if (std::optional<std::string> help = TraceHelpText(raw.trace)) {
    result.text = *std::move(help);
    return result;
  }
  absl::StatusOr<Options> options = Reader(raw).Read();
  if (!options.ok()) return options.status();
  result.options = *std::move(options);
  return result;
}

}  // namespace lockstep::emu
