#include "coordinator/report/text/sample_report.h"

#include <string>
#include <utility>
#include <vector>

namespace lockstep::report::testing {
namespace {

constexpr uint64_t kSpaceS = 1 | 8 << 8 | 3 << 16;  // S-mode, Sv39, ASID 3

Instance MakeInstance(const std::string& name, const std::string& command, state::Engine engine) {
  Instance instance;
  instance.name = name;
  instance.command = command;
  instance.identity.producer = "lockstep-emu 0.1";
  instance.identity.guest_arch = "riscv64";
  instance.identity.groups = 0xf;
  instance.identity.abilities = 0xf;
  instance.identity.engine = engine;
  instance.records = 90000;
  instance.blocks = 81234;
  instance.end = "stopped on request at icount 512399";
  return instance;
}

HistoryBlock MakeBlock(uint64_t icount, uint64_t executed, uint32_t n_insns, uint64_t pc,
                       const std::string& symbol, const std::string& first,
                       const std::string& last) {
  HistoryBlock block;
  block.icount = icount;
  block.executed = executed;
  block.n_insns = n_insns;
  block.place = {pc, symbol, ""};
  block.space.tag = kSpaceS;
  block.first_insn = first;
  block.last_insn = last;
  block.digests = {0x1111111111111111 + icount, 2, 3, 0x4444444444444444};
  return block;
}

state::Event Fill(uint64_t icount, uint64_t va, uint64_t pa, uint64_t access,
                  uint64_t permissions) {
  state::Event event;
  event.kind = state::EventKind::kTlbFill;
  event.n_fields = 8;
  event.icount = icount;
  event.fields = {va, pa, 4096, access, 3, 8, permissions, 1};
  return event;
}

state::Event Flush(uint64_t icount, uint64_t va) {
  state::Event event;
  event.kind = state::EventKind::kTlbFlush;
  event.n_fields = 3;
  event.icount = icount;
  event.fields = {va, 0, 1};
  return event;
}

state::Event Trap(state::EventKind kind, uint64_t icount, uint64_t cause, uint64_t epc,
                  uint64_t tval) {
  state::Event event;
  event.kind = kind;
  event.n_fields = 6;
  event.icount = icount;
  event.fields = {cause, epc, tval, 0, 1, 0xffffffff80003a10};
  return event;
}

state::Event Mmio(uint64_t icount, uint64_t value) {
  state::Event event;
  event.kind = state::EventKind::kMmio;
  event.n_fields = 4;
  event.icount = icount;
  event.fields = {0x10000000, value, 1, 1};
  return event;
}

Compared MakeCompared() {
  Compared compared;
  compared.groups = 0xf;
  compared.insns = 512340;
  compared.blocks = 81200;
  compared.records = 180000;
  return compared;
}

void AddRegisters(size_t instances, Divergence* divergence) {
  const auto add = [&](const char* group, const char* name, std::vector<uint64_t> values) {
    RegisterRow row;
    row.name = {group, name};
    for (size_t i = 0; i < instances; ++i) {
      row.values.emplace_back(values[i % values.size()]);
      row.differs = row.differs || *row.values.back() != *row.values.front();
    }
    divergence->registers.push_back(std::move(row));
  };
  add("gpr", "a0", {0xffffffffffffff9c, 0x000000007fffff9c});
  const char* const names[] = {"ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a1"};
  uint64_t value = 0xffffffff80003a10;
  for (const char* name : names) add("gpr", name, {value += 0x1234});
  add("gpr", "a2", {0});
  add("csr", "mstatus", {0xa00000822});
  add("csr", "satp", {0x8000300000080abc});
  add("fpr", "ft0", {0});
}

}  // namespace

Report IdenticalReport() {
  Report report;
  report.run_id = "20240101-000000-1";
  report.outcome = Outcome::kIdentical;
  report.instances = {
      MakeInstance("A", "lockstep-emu -M virt", state::Engine::kInterpreter),
      MakeInstance("B", "lockstep-emu -M virt --max-block-insns 1", state::Engine::kInterpreter)};
  for (Instance& instance : report.instances) instance.end = "exit code 0 at icount 512340";
  report.compared = MakeCompared();
  report.compared.groups = 0xd;
  report.compared.splits = 312;
  report.compared.split_counts = {{"A", 312, {2, 0, 1, 0, 9, 0, 300, 0}}, {"B", 0, {}}};
  report.compared.split_causes = report.compared.split_counts[0].causes;
  report.elapsed_seconds = 2.5;
  report.notes = {
      "fpr never changed in this run, so that it proves nothing: it is not counted as "
      "compared"};
  return report;
}

Report TroubleReport() {
  Report report = IdenticalReport();
  report.outcome = Outcome::kTrouble;
  report.trouble =
      Trouble{"B", "exited with status 139 (SIGSEGV) at icount<=812331; verified to 801112"};
  report.instances[1].end = "exited with status 139 (SIGSEGV)";
  report.notes.clear();
  return report;
}

Report DivergedReport() {
  Report report;
  report.run_id = "20240101-000000-2";
  report.outcome = Outcome::kDiverged;
  report.instances = {
      MakeInstance("good", "lockstep-emu -M virt", state::Engine::kInterpreter),
      MakeInstance("jit", "lockstep-emu -M virt --engine jit", state::Engine::kJit)};
  for (Instance& instance : report.instances) instance.outlier = true;
  report.compared = MakeCompared();
  report.compared.splits = 3;
  report.compared.split_counts = {{"good", 1, {}}, {"jit", 2, {}}};
  report.elapsed_seconds = 1.25;
  report.next_commands = {
      "lockstep run --instance good='lockstep-emu -M virt' --instance "
      "jit='lockstep-emu -M virt --engine jit' --max-insns 512348"};

  Divergence d;
  d.kind = Kind::kGpr;
  d.icount = 512344;
  d.step = 512344;
  d.place = {0xffffffff80201a60, "strncmp+0x24", "lib/string.c:320"};
  d.outliers = {"good", "jit"};
  d.groups = {{"good"}, {"jit"}};
  d.detail = "a0 0xffffffffffffff9c (good) against 0x000000007fffff9c (jit)";
  d.narrowing_note =
      "first seen at the block boundary at icount 512344: digest of x1..x31 0x1111111111190e71 "
      "(good) against 0x2222222222190e71 (jit)";
  d.last_agreed_icount = 512340;

  NarrowedInstruction insn;
  insn.icount = 512342;
  insn.place = {0xffffffff80201a44, "strncmp+0x8", "lib/string.c:318"};
  insn.space.tag = kSpaceS;
  insn.bytes = {0x3b, 0x05, 0xb5, 0x40};
  insn.text = "subw a0,a0,a1";
  insn.operands = {{"a0", 0x0000000080000000}, {"a1", 0x0000000080000064}};
  insn.results = {{"good", {{"a0", 0xffffffffffffff9c}}, std::nullopt, 0xffffffff80201a48},
                  {"jit", {{"a0", 0x000000007fffff9c}}, std::nullopt, 0xffffffff80201a48}};
  d.instruction = insn;
  AddRegisters(2, &d);

  d.suspect_block = MakeBlock(512340, 4, 4, 0xffffffff80201a3c, "strncmp", "lbu a0,0(a3)",
                              "bne a0,zero,0xffffffff80201a60");
  d.suspect_block_listing = {"0xffffffff80201a3c  0006c503  lbu a0,0(a3)",
                             "0xffffffff80201a40  00074583  lbu a1,0(a4)",
                             "0xffffffff80201a44  40b5053b  subw a0,a0,a1",
                             "0xffffffff80201a48  00051c63  bne a0,zero,0xffffffff80201a60"};

  const auto row = [&](uint64_t icount, std::optional<HistoryBlock> a,
                       std::optional<HistoryBlock> b) -> HistoryRow& {
    HistoryRow r;
    r.icount = icount;
    r.blocks = {std::move(a), std::move(b)};
    r.agreed = true;
    d.history.push_back(std::move(r));
    return d.history.back();
  };
  row(512320,
      MakeBlock(512320, 10, 10, 0xffffffff80201990, "memcpy+0x10", "ld a5,0(a1)",
                "bltu a3,a4,0xffffffff80201990"),
      MakeBlock(512320, 20, 20, 0xffffffff80201990, "memcpy+0x10", "ld a5,0(a1)",
                "jalr zero,0(ra)"));
  row(512330,
      MakeBlock(512330, 10, 12, 0xffffffff802019b8, "memcpy+0x38", "addi a0,a0,-1",
                "jalr zero,0(ra)"),
      std::nullopt);
  HistoryRow& agreed = row(512340, d.suspect_block, d.suspect_block);
  agreed.last_agreed = true;
  HistoryRow& diverged = row(
      512344, MakeBlock(512344, 0, 7, 0xffffffff80201a60, "strncmp+0x24", "jalr zero,0(ra)", ""),
      MakeBlock(512344, 0, 7, 0xffffffff80201a60, "strncmp+0x24", "jalr zero,0(ra)", ""));
  diverged.agreed = false;
  diverged.diverged = true;
  diverged.blocks[1]->digests[0] += 0x1111111111111111;

  d.tlb = {
      {{Fill(500001, 0xffffffff80201000, 0x80401000, 2, 0x6d),
        Fill(500001, 0xffffffff80201000, 0x80401000, 2, 0x6d)},
       FillMark::kSame,
       ""},
      {{Fill(511002, 0x3f9c001000, 0x87654000, 0, 0xdf), std::nullopt},
       FillMark::kBenign,
       "capacity: jit holds it since icount 480112"},
      {{Flush(511900, 0x3f9c002000), Flush(511900, 0x3f9c002000)}, FillMark::kSame, ""},
      {{Fill(512001, 0x3f9c002000, 0x87655000, 1, 0xdf),
        Fill(512001, 0x3f9c002000, 0x87644000, 1, 0xdf)},
       FillMark::kSuspect,
       "pa 0x87655000 against 0x87644000"},
  };
  const state::Event fault = Trap(state::EventKind::kException, 511890, 15, 0x10234, 0x3f9c002000);
  d.events = {
      {{fault, fault}, false},
      {{Mmio(512100, 0x41), Mmio(512100, 0x41)}, false},
      {{Trap(state::EventKind::kInterrupt, 512310, 5, 0xffffffff80201980, 0), std::nullopt}, true},
  };
  report.divergence = std::move(d);
  return report;
}

Report FiveInstancesReport() {
  Report report = DivergedReport();
  report.instances.clear();
  for (const char* name : {"A", "B", "C", "D", "E"}) {
    report.instances.push_back(MakeInstance(name, "", state::Engine::kOther));
  }
  report.instances[1].outlier = report.instances[3].outlier = true;
  Divergence& d = *report.divergence;
  d.instruction.reset();
  d.narrowing_note = "not narrowed to one instruction: C cannot run one instruction per block";
  d.outliers = {"B", "D"};
  d.groups = {{"A", "C", "E"}, {"B"}, {"D"}};
  d.detail =
      "digest of x1..x31 0x1111111111190e71 (A, C, E) against 0x2222222222190e71 (B) against "
      "0x3333333333190e71 (D)";
  d.registers.clear();
  AddRegisters(5, &d);
  const auto spread = [](auto& cells) {
    cells = {cells[0], cells[1], cells[0], cells[1], cells[0]};
  };
  for (HistoryRow& row : d.history) spread(row.blocks);
  for (TlbRow& row : d.tlb) spread(row.events);
  for (EventRow& row : d.events) spread(row.events);
  report.next_commands.clear();
  return report;
}

}  // namespace lockstep::report::testing
