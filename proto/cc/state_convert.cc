#include "proto/cc/state_convert.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/cc/columns.h"
#include "proto/cc/utf8.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kMaxVcpus = 64;
constexpr uint32_t kMaxBlockId = 0x7fffffff;
constexpr uint32_t kMaxBlockInsns = 65535;
constexpr uint32_t kMaxRegisters = 4096;
constexpr size_t kMaxEndText = 4096;

// Of the ring, docs/formats/ring.md: bytes of a slot, and of the fixed part of two payloads.
constexpr uint64_t kSlotBytes = 16;
constexpr uint64_t kInfoBytes = 24;
constexpr uint64_t kEndBytes = 56;

// By EventKind.
constexpr uint32_t kEventFields[] = {0, 6, 6, 8, 3, 4, 2, 1};

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

// Places must not fall, nor pass the number of blocks.
class PlaceChecker {
 public:
  PlaceChecker(const char* field, uint32_t block_count) : field_(field), count_(block_count) {}
  absl::Status Check(uint32_t before) {
    if (before < last_ || before > count_) {
      return Invalid(field_, ": place ", before, " after place ", last_, " in a batch of ", count_,
                     " blocks");
    }
    last_ = before;
    return absl::OkStatus();
  }

 private:
  const char* field_;
  uint32_t count_;
  uint32_t last_ = 0;
};

void BlocksToProto(const state::Batch& batch, v1::BlockBatch* proto) {
  proto->set_block_count(static_cast<uint32_t>(batch.block_ids.size()));
  proto->set_first_icount(batch.first_icount);
  PackColumn(batch.block_ids, proto->mutable_block_ids());
  PackColumn(batch.icount_offsets, proto->mutable_icount_offsets());
  PackColumn(batch.gpr_digests, proto->mutable_gpr_digests());
}

absl::Status BlocksFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  const uint32_t count = proto.block_count();
  absl::Status status = CheckColumn<uint32_t>("block_ids", proto.block_ids(), count);
  status.Update(CheckColumn<uint32_t>("icount_offsets", proto.icount_offsets(), count));
  if (!proto.gpr_digests().empty()) {
    status.Update(CheckColumn<uint64_t>("gpr_digests", proto.gpr_digests(), count));
  }
  if (!status.ok()) return status;
  batch->first_icount = proto.first_icount();
  batch->block_ids = UnpackColumn<uint32_t>(proto.block_ids());
  batch->icount_offsets = UnpackColumn<uint32_t>(proto.icount_offsets());
  batch->gpr_digests = UnpackColumn<uint64_t>(proto.gpr_digests());
  // Whole columns at a time, without a branch per block.
  uint32_t all_bits = 0;
  for (uint32_t id : batch->block_ids) all_bits |= id;
  if (all_bits > kMaxBlockId) return Invalid("block_ids: an id is not below 2^31");
  uint32_t falls = 0;
  for (uint32_t i = 1; i < count; ++i) {
    falls |= batch->icount_offsets[i] < batch->icount_offsets[i - 1] ? 1u : 0u;
  }
  if (falls != 0 || (count != 0 && batch->icount_offsets[0] != 0)) {
    return Invalid("icount_offsets: they must begin with 0 and must not fall");
  }
  if (count != 0 && proto.first_icount() + batch->icount_offsets.back() < proto.first_icount()) {
    return Invalid("first_icount: ", proto.first_icount(), " leads past 2^64");
  }
  return absl::OkStatus();
}

void GroupsOfBatchToProto(const state::Batch& batch, v1::BlockBatch* proto) {
  for (const state::Placed<state::GroupUpdate>& update : batch.group_updates) {
    AppendTo<uint32_t>(proto->mutable_group_before(), update.before);
    AppendTo<uint8_t>(proto->mutable_group_ids(), static_cast<uint8_t>(update.value.group) + 1);
    AppendTo<uint64_t>(proto->mutable_group_digests(), update.value.digest);
  }
}

absl::Status GroupsOfBatchFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  const size_t count = proto.group_ids().size();
  absl::Status status = CheckColumn<uint32_t>("group_before", proto.group_before(), count);
  status.Update(CheckColumn<uint64_t>("group_digests", proto.group_digests(), count));
  if (!status.ok()) return status;
  PlaceChecker places("group_before", proto.block_count());
  batch->group_updates.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t before = ColumnValue<uint32_t>(proto.group_before(), i);
    const uint8_t group = ColumnValue<uint8_t>(proto.group_ids(), i);
    status = places.Check(before);
    if (!status.ok()) return status;
    if (group < v1::DIGEST_GROUP_FPR || group > v1::DIGEST_GROUP_MEM) {
      return Invalid("group_ids: ", group, " is not FPR, CSR or MEM");
    }
    batch->group_updates.push_back(
        {before,
         {static_cast<state::Group>(group - 1), ColumnValue<uint64_t>(proto.group_digests(), i)}});
  }
  return absl::OkStatus();
}

void EventsToProto(const state::Batch& batch, v1::BlockBatch* proto) {
  for (const state::Placed<state::Event>& event : batch.events) {
    AppendTo<uint32_t>(proto->mutable_event_before(), event.before);
    AppendTo<uint8_t>(proto->mutable_event_kinds(), static_cast<uint8_t>(event.value.kind));
    AppendTo<uint64_t>(proto->mutable_event_icounts(), event.value.icount);
    proto->mutable_event_fields()->append(reinterpret_cast<const char*>(event.value.fields.data()),
                                          EventFieldCount(event.value.kind) * sizeof(uint64_t));
  }
}

absl::Status EventsFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  const size_t count = proto.event_kinds().size();
  absl::Status status = CheckColumn<uint32_t>("event_before", proto.event_before(), count);
  status.Update(CheckColumn<uint64_t>("event_icounts", proto.event_icounts(), count));
  if (!status.ok()) return status;
  uint64_t n_fields = 0;
  for (char kind : proto.event_kinds()) {
    const uint32_t n = EventFieldCount(static_cast<state::EventKind>(kind));
    if (n == 0) return Invalid("event_kinds: unknown kind ", static_cast<uint8_t>(kind));
    n_fields += n;
  }
  status = CheckColumn<uint64_t>("event_fields", proto.event_fields(), n_fields);
  if (!status.ok()) return status;
  PlaceChecker places("event_before", proto.block_count());
  const char* fields = proto.event_fields().data();
  batch->events.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    state::Placed<state::Event> placed;
    placed.before = ColumnValue<uint32_t>(proto.event_before(), i);
    status = places.Check(placed.before);
    if (!status.ok()) return status;
    placed.value.kind = static_cast<state::EventKind>(ColumnValue<uint8_t>(proto.event_kinds(), i));
    placed.value.n_fields = static_cast<uint8_t>(EventFieldCount(placed.value.kind));
    placed.value.icount = ColumnValue<uint64_t>(proto.event_icounts(), i);
    const size_t bytes = placed.value.n_fields * sizeof(uint64_t);
    memcpy(placed.value.fields.data(), fields, bytes);
    fields += bytes;
    batch->events.push_back(placed);
  }
  return absl::OkStatus();
}

void RegistersToProto(const state::Batch& batch, v1::BlockBatch* proto) {
  for (const state::Placed<state::Registers>& registers : batch.registers) {
    AppendTo<uint32_t>(proto->mutable_register_before(), registers.before);
    AppendTo<uint64_t>(proto->mutable_register_icounts(), registers.value.icount);
    proto->mutable_register_values()->append(
        reinterpret_cast<const char*>(registers.value.values.data()),
        registers.value.values.size() * sizeof(uint64_t));
    proto->set_register_count(static_cast<uint32_t>(registers.value.values.size()));
  }
  for (const state::RegisterName& name : batch.register_names) {
    v1::RegisterName* out = proto->add_register_names();
    out->set_group(name.group);
    out->set_name(name.name);
  }
}

absl::Status RegistersFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  const uint64_t count = proto.register_icounts().size() / sizeof(uint64_t);
  const uint32_t width = proto.register_count();
  if (width > kMaxRegisters) return Invalid("register_count: ", width, " is too large");
  absl::Status status = CheckColumn<uint64_t>("register_icounts", proto.register_icounts(), count);
  status.Update(CheckColumn<uint32_t>("register_before", proto.register_before(), count));
  status.Update(CheckColumn<uint64_t>("register_values", proto.register_values(), count * width));
  if (!status.ok()) return status;
  if (count != 0 && width == 0) return Invalid("register_count: 0, but there are sets");
  PlaceChecker places("register_before", proto.block_count());
  const char* values = proto.register_values().data();
  for (uint64_t i = 0; i < count; ++i) {
    state::Placed<state::Registers> placed;
    placed.before = ColumnValue<uint32_t>(proto.register_before(), i);
    status = places.Check(placed.before);
    if (!status.ok()) return status;
    placed.value.icount = ColumnValue<uint64_t>(proto.register_icounts(), i);
    placed.value.values.resize(width);
    memcpy(placed.value.values.data(), values, width * sizeof(uint64_t));
    values += width * sizeof(uint64_t);
    batch->registers.push_back(std::move(placed));
  }
  if (proto.register_names_size() > static_cast<int>(kMaxRegisters)) {
    return Invalid("register_names: ", proto.register_names_size(), " are too many");
  }
  for (const v1::RegisterName& name : proto.register_names()) {
    const std::string& group = name.group();
    if (group != "gpr" && group != "fpr" && group != "csr" && group != "pc") {
      return Invalid("register_names.group: not gpr, fpr, csr or pc");
    }
    if (name.name().empty()) return Invalid("register_names.name: empty");
    for (char c : name.name()) {
      if (c <= ' ' || c > '~') return Invalid("register_names.name: not printable");
    }
    batch->register_names.push_back({group, name.name()});
  }
  return absl::OkStatus();
}

absl::Status InfosFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  PlaceChecker places("infos.before", proto.block_count());
  batch->infos.reserve(proto.infos_size());
  for (const v1::BlockInfo& info : proto.infos()) {
    absl::Status status = places.Check(info.before());
    if (!status.ok()) return status;
    absl::StatusOr<state::BlockInfo> value = FromProto(info);
    if (!value.ok()) return value.status();
    batch->infos.push_back({info.before(), *std::move(value)});
  }
  return absl::OkStatus();
}

absl::Status StepsAndConsoleFromProto(const v1::BlockBatch& proto, state::Batch* batch) {
  const uint64_t count = proto.step_bases().size() / sizeof(uint64_t);
  absl::Status status = CheckColumn<uint64_t>("step_bases", proto.step_bases(), count);
  status.Update(CheckColumn<uint32_t>("step_before", proto.step_before(), count));
  if (!status.ok()) return status;
  PlaceChecker step_places("step_before", proto.block_count());
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t before = ColumnValue<uint32_t>(proto.step_before(), i);
    status = step_places.Check(before);
    if (!status.ok()) return status;
    batch->step_bases.push_back({before, ColumnValue<uint64_t>(proto.step_bases(), i)});
  }
  PlaceChecker console_places("console.before", proto.block_count());
  for (const v1::ConsoleOutput& console : proto.console()) {
    status = console_places.Check(console.before());
    if (!status.ok()) return status;
    batch->console.push_back({console.before(), {console.icount(), console.data()}});
  }
  return absl::OkStatus();
}

void EndToProto(const state::End& end, v1::End* proto) {
  proto->set_reason(static_cast<v1::EndReason>(end.reason));
  proto->set_icount(end.icount);
  proto->set_step(end.step);
  for (uint64_t digest : end.digests) AppendTo(proto->mutable_digests(), digest);
  proto->set_console_digest(end.console_digest);
  proto->set_exit_code(end.exit_code);
  proto->set_text(ValidUtf8(end.text));
}

absl::Status EndFromProto(const v1::End& proto, std::optional<state::End>* out) {
  if (proto.reason() < v1::END_REASON_EXIT || proto.reason() > v1::END_REASON_ERROR) {
    return Invalid("end.reason: unknown reason ", static_cast<int>(proto.reason()));
  }
  absl::Status status = CheckColumn<uint64_t>("end.digests", proto.digests(), state::kGroups);
  if (!status.ok()) return status;
  if (proto.text().size() > kMaxEndText) return Invalid("end.text: longer than ", kMaxEndText);
  state::End end;
  end.reason = static_cast<state::EndReason>(proto.reason());
  end.icount = proto.icount();
  end.step = proto.step();
  memcpy(end.digests.data(), proto.digests().data(), sizeof(end.digests));
  end.console_digest = proto.console_digest();
  end.exit_code = proto.exit_code();
  end.text = proto.text();
  *out = std::move(end);
  return absl::OkStatus();
}

uint64_t SlotsOf(uint64_t payload_bytes) {
  return 1 + (payload_bytes + kSlotBytes - 1) / kSlotBytes;
}

// The fewest ring slots that hold what the batch says. A batch that claims fewer would be let in on
// credit that it does not have.
uint64_t LeastSlots(const state::Batch& batch) {
  uint64_t slots = batch.block_ids.size() + batch.group_updates.size() + batch.step_bases.size();
  for (const auto& info : batch.infos) {
    slots +=
        SlotsOf(kInfoBytes + info.value.offsets.size() * sizeof(uint16_t) + info.value.code.size());
  }
  for (const auto& event : batch.events) slots += SlotsOf(event.value.n_fields * sizeof(uint64_t));
  for (const auto& registers : batch.registers) {
    slots += SlotsOf(registers.value.values.size() * sizeof(uint64_t));
  }
  for (const auto& console : batch.console) slots += SlotsOf(console.value.bytes.size());
  if (!batch.register_names.empty()) slots += 1;
  if (batch.end.has_value()) slots += SlotsOf(kEndBytes);
  return std::max<uint64_t>(slots, 1);
}

}  // namespace

uint32_t EventFieldCount(state::EventKind kind) {
  const auto number = static_cast<uint8_t>(kind);
  return number < std::size(kEventFields) ? kEventFields[number] : 0;
}

void ToProto(const state::Event& event, v1::Event* proto) {
  proto->Clear();
  proto->set_kind(static_cast<v1::EventKind>(event.kind));
  proto->set_icount(event.icount);
  const size_t n = std::min<size_t>(event.n_fields, event.fields.size());
  for (size_t i = 0; i < n; ++i) proto->add_fields(event.fields[i]);
}

absl::StatusOr<state::Event> FromProto(const v1::Event& proto) {
  const bool known = v1::EventKind_IsValid(proto.kind());
  const uint32_t n = known ? EventFieldCount(static_cast<state::EventKind>(proto.kind())) : 0;
  if (n == 0) return Invalid("event.kind: unknown kind ", static_cast<int>(proto.kind()));
  if (proto.fields_size() != static_cast<int>(n)) {
    return Invalid("event.fields: ", proto.fields_size(), " values, not ", n);
  }
  state::Event event;
  event.kind = static_cast<state::EventKind>(proto.kind());
  event.n_fields = static_cast<uint8_t>(n);
  event.icount = proto.icount();
  std::copy(proto.fields().begin(), proto.fields().end(), event.fields.begin());
  return event;
}

void ToProto(const state::BlockInfo& info, v1::BlockInfo* proto) {
  proto->Clear();
  proto->set_id(info.id);
  proto->set_pc(info.pc);
  proto->set_space(info.space.tag);
  proto->set_insn_count(info.n_insns);
  PackColumn(info.offsets, proto->mutable_offsets());
  PackColumn(info.code, proto->mutable_code());
}

absl::StatusOr<state::BlockInfo> FromProto(const v1::BlockInfo& proto) {
  if (proto.id() > kMaxBlockId) return Invalid("infos.id: ", proto.id(), " is not below 2^31");
  const uint32_t n = proto.insn_count();
  if (n == 0 || n > kMaxBlockInsns) {
    return Invalid("infos.insn_count: ", n, " is not in 1..", kMaxBlockInsns);
  }
  state::BlockInfo info;
  info.id = proto.id();
  info.pc = proto.pc();
  info.space.tag = proto.space();
  info.n_insns = n;
  if (!proto.offsets().empty()) {
    absl::Status status = CheckColumn<uint16_t>("infos.offsets", proto.offsets(), n);
    if (!status.ok()) return status;
    info.offsets = UnpackColumn<uint16_t>(proto.offsets());
    for (size_t i = 0; i < n; ++i) {
      if (i == 0 ? info.offsets[0] != 0 : info.offsets[i] <= info.offsets[i - 1]) {
        return Invalid("infos.offsets: they do not rise from 0");
      }
    }
    if (!proto.code().empty() && proto.code().size() <= info.offsets.back()) {
      return Invalid("infos.code: it ends before the last instruction");
    }
  }
  info.code.assign(proto.code().begin(), proto.code().end());
  return info;
}

void ToProto(const state::Batch& batch, v1::BlockBatch* proto) {
  proto->Clear();
  proto->set_vcpu(batch.vcpu);
  proto->set_sequence(batch.sequence);
  proto->set_record_count(batch.records);
  BlocksToProto(batch, proto);
  for (const state::Placed<state::BlockInfo>& info : batch.infos) {
    v1::BlockInfo* out = proto->add_infos();
    ToProto(info.value, out);
    out->set_before(info.before);
  }
  GroupsOfBatchToProto(batch, proto);
  EventsToProto(batch, proto);
  RegistersToProto(batch, proto);
  for (const state::Placed<uint64_t>& base : batch.step_bases) {
    AppendTo<uint32_t>(proto->mutable_step_before(), base.before);
    AppendTo<uint64_t>(proto->mutable_step_bases(), base.value);
  }
  for (const state::Placed<state::ConsoleBytes>& console : batch.console) {
    v1::ConsoleOutput* out = proto->add_console();
    out->set_before(console.before);
    out->set_icount(console.value.icount);
    out->set_data(console.value.bytes);
  }
  if (batch.end.has_value()) EndToProto(*batch.end, proto->mutable_end());
}

absl::StatusOr<state::Batch> FromProto(const v1::BlockBatch& proto) {
  if (proto.vcpu() >= kMaxVcpus) return Invalid("vcpu: ", proto.vcpu(), " is not below 64");
  state::Batch batch;
  batch.vcpu = proto.vcpu();
  batch.sequence = proto.sequence();
  batch.records = proto.record_count();
  for (auto* part : {&BlocksFromProto, &InfosFromProto, &GroupsOfBatchFromProto, &EventsFromProto,
                     &RegistersFromProto, &StepsAndConsoleFromProto}) {
    const absl::Status status = part(proto, &batch);
    if (!status.ok()) return status;
  }
  if (proto.has_end()) {
    const absl::Status status = EndFromProto(proto.end(), &batch.end);
    if (!status.ok()) return status;
  }
  if (const uint64_t least = LeastSlots(batch); batch.records < least) {
    return Invalid("record_count: ", batch.records, " slots for what takes ", least);
  }
  return batch;
}

}  // namespace lockstep::wire
