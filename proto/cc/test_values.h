// A batch and a report in which every field has a value of its own, for tests of converters.
#ifndef PROTO_CC_TEST_VALUES_H_
#define PROTO_CC_TEST_VALUES_H_

#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::wire {

inline state::Batch FullBatch() {
  state::Batch batch;
  batch.vcpu = 3;
  batch.sequence = 17;
  batch.first_icount = 0x123456789a;
  batch.block_ids = {1, 2, 0x7fffffff};
  batch.icount_offsets = {0, 3, 3};
  batch.gpr_digests = {~0ull, 1, 2};
  batch.infos = {{0, {1, 0x80000000, {3}, 2, {0, 2}, {1, 2, 3, 4}}},
                 {3, {2, 0xffffffff80000000, {0x12340801}, 70, {}, {}}}};
  batch.group_updates = {{0, {state::Group::kMem, 9}}, {2, {state::Group::kFpr, ~0ull}}};
  batch.events = {{1, {state::EventKind::kReset, 1, 5, {0x1000}}},
                  {1, {state::EventKind::kTlbFill, 8, 6, {1, 2, 3, 4, 5, 6, 7, 8}}},
                  {3, {state::EventKind::kException, 6, 7, {1, 2, 3, 4, 5, 6}}}};
  batch.registers = {{0, {5, {1, 2}}}, {3, {6, {3, ~0ull}}}};
  batch.step_bases = {{1, 100}, {3, ~0ull}};
  batch.console = {{2, {5, std::string("a\0\xff", 3)}}};
  batch.register_names = {{"gpr", "a0"}, {"csr", "mepc"}};
  batch.end = state::End{
      state::EndReason::kError, 0x1234567890, 0x2234567890, {1, 2, 3, 4}, 5, -6, "gave up"};
  batch.records = 50;
  return batch;
}

inline report::Report FullReport() {
  const state::Event fill{state::EventKind::kTlbFill, 8, 6, {1, 2, 3, 4, 5, 6, 7, 8}};
  const state::Event trap{state::EventKind::kException, 6, 7, {1, 2, 3, 4, 5, 6}};
  const report::HistoryBlock block{
      10, 3, {0x80000000, "main+0x4", "main.c:7"}, {0x801}, 4, "nop", "ret", {1, 2, 3, 4}};
  report::Report report;
  report.run_id = "run-1";
  report.outcome = report::Outcome::kDiverged;
  report::Compared& compared = report.compared;
  compared.groups = 0xf;
  compared.insns = 1;
  compared.blocks = 2;
  compared.records = 3;
  compared.splits = 4;
  compared.skews = 5;
  compared.split_counts = {{"A", 6, {1, 2, 3, 4, 5, 6, 7, 8}}, {"B", 7, {}}};
  compared.windows = 8;
  compared.detailed_windows = 9;
  compared.sums = true;
  compared.digest_at = state::DigestAt::kWindow;
  compared.stream_mode = state::StreamMode::kSparse;
  compared.split_causes = {8, 7, 6, 5, 4, 3, 2, 1};
  compared.skew_list = {{1, 7, 3, {100, std::nullopt}}};
  compared.max_skew_insns = 9;
  compared.vcpu_insns = {600, 400};
  report.vcpus = 2;
  report.instances = {
      {"A", "emu -a", {"emu 1", "riscv64", 2, 0xf, 0x83, state::Engine::kJit}, true, 1, 2, "exit"},
      {"B", "emu -b", {"emu 2", "riscv64", 2, 1, 0, state::Engine::kOther}, false, 3, 4, ""}};
  report::Divergence divergence;
  divergence.kind = report::Kind::kTlb;
  divergence.vcpu = 1;
  divergence.icount = 13;
  divergence.step = 26;
  divergence.place = {0x80000010, "f", "f.c:1"};
  divergence.outliers = {"A"};
  divergence.groups = {{"B"}, {"A"}};
  divergence.detail = "differs";
  divergence.last_agreed_icount = 10;
  divergence.suspect_block = block;
  divergence.suspect_block_listing = {"nop", "ret"};
  divergence.history = {{10, {block, std::nullopt}, true, true, false},
                        {13, {std::nullopt, block}, false, false, true}};
  divergence.tlb = {{{fill, std::nullopt}, report::FillMark::kSuspect, "other pa"}};
  divergence.events = {{{std::nullopt, trap}, true}};
  divergence.registers = {{{"gpr", "a0"}, {0, std::nullopt}, true}};
  report::NarrowedInstruction& instruction = divergence.instruction.emplace();
  instruction.icount = 12;
  instruction.place = {0x80000014, "f+4", ""};
  instruction.space = {3};
  instruction.bytes = {1, 2, 3, 4};
  instruction.text = "add a0,a1,a2";
  instruction.operands = {{"a1", 0}, {"a2", ~0ull}};
  instruction.results = {{"A", {{"a0", 1}}, std::nullopt, 0x80000018}, {"B", {}, trap, 0x1000}};
  divergence.narrowing_note = "repeated";
  divergence.tentative = true;
  report.divergence = divergence;
  report.notes = {"note"};
  report.next_commands = {"lockstep debug"};
  report.elapsed_seconds = 1.5;
  return report;
}

}  // namespace lockstep::wire

#endif  // PROTO_CC_TEST_VALUES_H_
