#include "proto/cc/report_evidence.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/utf8.h"

namespace lockstep::wire {
namespace {

using NamedValues = std::vector<std::pair<std::string, uint64_t>>;

constexpr size_t kMaxInsnBytes = 16;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("divergence.", args...));
}

absl::Status CheckCells(const char* field, int cells, size_t instances) {
  if (static_cast<size_t>(cells) == instances) return absl::OkStatus();
  return Invalid(field, ": a row of ", cells, " cells in a report of ", instances, " instances");
}

// ---- to proto ----

void ToProto(const report::CodePlace& place, v1::CodePlace* proto) {
  proto->set_pc(place.pc);
  proto->set_symbol(ValidUtf8(place.symbol));
  proto->set_source(ValidUtf8(place.source));
}

void ToProto(const report::HistoryBlock& block, v1::HistoryBlock* proto) {
  proto->set_icount(block.icount);
  proto->set_executed_insns(block.executed);
  ToProto(block.place, proto->mutable_place());
  proto->set_space(block.space.tag);
  proto->set_insn_count(block.n_insns);
  proto->set_first_insn(ValidUtf8(block.first_insn));
  proto->set_last_insn(ValidUtf8(block.last_insn));
  for (uint64_t digest : block.digests) proto->add_digests(digest);
}

void ToProto(const report::HistoryRow& row, v1::HistoryRow* proto) {
  proto->set_icount(row.icount);
  proto->set_agreed(row.agreed);
  proto->set_last_agreed(row.last_agreed);
  proto->set_diverged(row.diverged);
  for (const auto& block : row.blocks) {
    v1::HistoryCell* cell = proto->add_cells();
    if (block.has_value()) ToProto(*block, cell->mutable_block());
  }
}

template <typename Row>
void EventCellsToProto(const std::vector<std::optional<state::Event>>& events, Row* proto) {
  for (const auto& event : events) {
    v1::EventCell* cell = proto->add_cells();
    if (event.has_value()) wire::ToProto(*event, cell->mutable_event());
  }
}

void ToProto(const report::RegisterRow& row, v1::RegisterRow* proto) {
  proto->mutable_name()->set_group(ValidUtf8(row.name.group));
  proto->mutable_name()->set_name(ValidUtf8(row.name.name));
  proto->set_differs(row.differs);
  for (const auto& value : row.values) {
    v1::RegisterCell* cell = proto->add_cells();
    if (value.has_value()) cell->set_value(*value);
  }
}

void ToProto(const NamedValues& values,
             google::protobuf::RepeatedPtrField<v1::RegisterValue>* out) {
  for (const auto& [name, value] : values) {
    v1::RegisterValue* proto = out->Add();
    proto->set_name(ValidUtf8(name));
    proto->set_value(value);
  }
}

void ToProto(const report::NarrowedInstruction& instruction, v1::NarrowedInstruction* proto) {
  proto->set_icount(instruction.icount);
  ToProto(instruction.place, proto->mutable_place());
  proto->set_space(instruction.space.tag);
  proto->set_code(instruction.bytes.data(), instruction.bytes.size());
  proto->set_text(ValidUtf8(instruction.text));
  ToProto(instruction.operands, proto->mutable_operands());
  for (const report::InstructionResult& result : instruction.results) {
    v1::InstructionResult* out = proto->add_results();
    out->set_instance(ValidUtf8(result.instance));
    ToProto(result.changed, out->mutable_changed());
    if (result.trap.has_value()) wire::ToProto(*result.trap, out->mutable_trap());
    out->set_next_pc(result.next_pc);
  }
}

// ---- from proto ----

report::CodePlace PlaceFrom(const v1::CodePlace& proto) {
  return {proto.pc(), proto.symbol(), proto.source()};
}

absl::StatusOr<report::HistoryBlock> BlockFrom(const v1::HistoryBlock& proto) {
  if (proto.digests_size() != state::kGroups) {
    return Invalid("history.digests: ", proto.digests_size(), " values, not ", state::kGroups);
  }
  report::HistoryBlock block;
  block.icount = proto.icount();
  block.executed = proto.executed_insns();
  block.place = PlaceFrom(proto.place());
  block.space.tag = proto.space();
  block.n_insns = proto.insn_count();
  block.first_insn = proto.first_insn();
  block.last_insn = proto.last_insn();
  std::copy(proto.digests().begin(), proto.digests().end(), block.digests.begin());
  return block;
}

absl::StatusOr<report::HistoryRow> RowFrom(const v1::HistoryRow& proto, size_t instances) {
  if (auto s = CheckCells("history", proto.cells_size(), instances); !s.ok()) return s;
  report::HistoryRow row;
  row.icount = proto.icount();
  row.agreed = proto.agreed();
  row.last_agreed = proto.last_agreed();
  row.diverged = proto.diverged();
  for (const v1::HistoryCell& cell : proto.cells()) {
    row.blocks.emplace_back();
    if (!cell.has_block()) continue;
    absl::StatusOr<report::HistoryBlock> block = BlockFrom(cell.block());
    if (!block.ok()) return block.status();
    row.blocks.back() = *std::move(block);
  }
  return row;
}

absl::Status EventCellsFrom(const char* field,
                            const google::protobuf::RepeatedPtrField<v1::EventCell>& cells,
                            size_t instances, std::vector<std::optional<state::Event>>* events) {
  if (auto s = CheckCells(field, cells.size(), instances); !s.ok()) return s;
  for (const v1::EventCell& cell : cells) {
    events->emplace_back();
    if (!cell.has_event()) continue;
    absl::StatusOr<state::Event> event = FromProto(cell.event());
    if (!event.ok()) return Invalid(field, ".", event.status().message());
    events->back() = *event;
  }
  return absl::OkStatus();
}

absl::StatusOr<report::TlbRow> RowFrom(const v1::TlbRow& proto, size_t instances) {
  report::TlbRow row;
  if (auto s = EventCellsFrom("tlb", proto.cells(), instances, &row.events); !s.ok()) return s;
  if (proto.mark() < v1::FILL_MARK_SAME || proto.mark() > v1::FILL_MARK_SUSPECT) {
    return Invalid("tlb.mark: unknown value ", static_cast<int>(proto.mark()));
  }
  row.mark = static_cast<report::FillMark>(proto.mark() - 1);
  row.why = proto.why();
  return row;
}

absl::StatusOr<report::EventRow> RowFrom(const v1::EventRow& proto, size_t instances) {
  report::EventRow row;
  if (auto s = EventCellsFrom("events", proto.cells(), instances, &row.events); !s.ok()) return s;
  row.differs = proto.differs();
  return row;
}

absl::StatusOr<report::RegisterRow> RowFrom(const v1::RegisterRow& proto, size_t instances) {
  if (auto s = CheckCells("registers", proto.cells_size(), instances); !s.ok()) return s;
  report::RegisterRow row;
  row.name = {proto.name().group(), proto.name().name()};
  row.differs = proto.differs();
  for (const v1::RegisterCell& cell : proto.cells()) {
    row.values.emplace_back();
    if (cell.has_value()) row.values.back() = cell.value();
  }
  return row;
}

template <typename Proto, typename Row>
absl::Status RowsFrom(const google::protobuf::RepeatedPtrField<Proto>& protos, size_t instances,
                      std::vector<Row>* rows) {
  for (const Proto& proto : protos) {
    absl::StatusOr<Row> row = RowFrom(proto, instances);
    if (!row.ok()) return row.status();
    rows->push_back(*std::move(row));
  }
  return absl::OkStatus();
}

NamedValues ValuesFrom(const google::protobuf::RepeatedPtrField<v1::RegisterValue>& protos) {
  NamedValues values;
  for (const v1::RegisterValue& value : protos) values.emplace_back(value.name(), value.value());
  return values;
}

absl::StatusOr<report::NarrowedInstruction> InstructionFrom(const v1::NarrowedInstruction& proto,
                                                            size_t instances) {
  if (auto s = CheckCells("instruction.results", proto.results_size(), instances); !s.ok()) {
    return s;
  }
  if (proto.code().size() > kMaxInsnBytes) {
    return Invalid("instruction.code: ", proto.code().size(), " bytes");
  }
  report::NarrowedInstruction instruction;
  instruction.icount = proto.icount();
  instruction.place = PlaceFrom(proto.place());
  instruction.space.tag = proto.space();
  instruction.bytes.assign(proto.code().begin(), proto.code().end());
  instruction.text = proto.text();
  instruction.operands = ValuesFrom(proto.operands());
  for (const v1::InstructionResult& result : proto.results()) {
    report::InstructionResult& out = instruction.results.emplace_back();
    out.instance = result.instance();
    out.changed = ValuesFrom(result.changed());
    out.next_pc = result.next_pc();
    if (!result.has_trap()) continue;
    absl::StatusOr<state::Event> trap = FromProto(result.trap());
    if (!trap.ok()) return Invalid("instruction.trap.", trap.status().message());
    out.trap = *trap;
  }
  return instruction;
}

}  // namespace

void ToProto(const report::Divergence& divergence, v1::Divergence* proto) {
  proto->set_kind(static_cast<v1::DivergenceKind>(static_cast<int>(divergence.kind) + 1));
  proto->set_vcpu(divergence.vcpu);
  proto->set_icount(divergence.icount);
  proto->set_step(divergence.step);
  ToProto(divergence.place, proto->mutable_place());
  for (const std::string& name : divergence.outliers) proto->add_outliers(ValidUtf8(name));
  for (const std::vector<std::string>& group : divergence.groups) {
    v1::InstanceGroup* out = proto->add_groups();
    for (const std::string& name : group) out->add_instances(ValidUtf8(name));
  }
  proto->set_detail(ValidUtf8(divergence.detail));
  proto->set_last_agreed_icount(divergence.last_agreed_icount);
  if (divergence.suspect_block.has_value()) {
    ToProto(*divergence.suspect_block, proto->mutable_suspect_block());
  }
  for (const std::string& line : divergence.suspect_block_listing) {
    proto->add_suspect_block_listing(ValidUtf8(line));
  }
  for (const report::HistoryRow& row : divergence.history) ToProto(row, proto->add_history());
  for (const report::TlbRow& row : divergence.tlb) {
    v1::TlbRow* out = proto->add_tlb();
    EventCellsToProto(row.events, out);
    out->set_mark(static_cast<v1::FillMark>(static_cast<int>(row.mark) + 1));
    out->set_why(ValidUtf8(row.why));
  }
  for (const report::EventRow& row : divergence.events) {
    v1::EventRow* out = proto->add_events();
    EventCellsToProto(row.events, out);
    out->set_differs(row.differs);
  }
  for (const report::RegisterRow& row : divergence.registers) ToProto(row, proto->add_registers());
  if (divergence.instruction.has_value()) {
    ToProto(*divergence.instruction, proto->mutable_instruction());
  }
  proto->set_narrowing_note(ValidUtf8(divergence.narrowing_note));
  proto->set_tentative(divergence.tentative);
}

absl::StatusOr<report::Divergence> FromProto(const v1::Divergence& proto, size_t instances) {
  if (proto.kind() < v1::DIVERGENCE_KIND_LENGTH || proto.kind() > v1::DIVERGENCE_KIND_TLB) {
    return Invalid("kind: unknown value ", static_cast<int>(proto.kind()));
  }
  report::Divergence divergence;
  divergence.kind = static_cast<report::Kind>(proto.kind() - 1);
  divergence.vcpu = proto.vcpu();
  divergence.icount = proto.icount();
  divergence.step = proto.step();
  divergence.place = PlaceFrom(proto.place());
  divergence.outliers.assign(proto.outliers().begin(), proto.outliers().end());
  for (const v1::InstanceGroup& group : proto.groups()) {
    divergence.groups.emplace_back(group.instances().begin(), group.instances().end());
  }
  divergence.detail = proto.detail();
  divergence.last_agreed_icount = proto.last_agreed_icount();
  if (proto.has_suspect_block()) {
    absl::StatusOr<report::HistoryBlock> block = BlockFrom(proto.suspect_block());
    if (!block.ok()) return block.status();
    divergence.suspect_block = *std::move(block);
  }
  divergence.suspect_block_listing.assign(proto.suspect_block_listing().begin(),
                                          proto.suspect_block_listing().end());
  absl::Status status = RowsFrom(proto.history(), instances, &divergence.history);
  status.Update(RowsFrom(proto.tlb(), instances, &divergence.tlb));
  status.Update(RowsFrom(proto.events(), instances, &divergence.events));
  status.Update(RowsFrom(proto.registers(), instances, &divergence.registers));
  if (!status.ok()) return status;
  if (proto.has_instruction()) {
    absl::StatusOr<report::NarrowedInstruction> instruction =
        InstructionFrom(proto.instruction(), instances);
    if (!instruction.ok()) return instruction.status();
    divergence.instruction = *std::move(instruction);
  }
  divergence.narrowing_note = proto.narrowing_note();
  divergence.tentative = proto.tentative();
  return divergence;
}

}  // namespace lockstep::wire
