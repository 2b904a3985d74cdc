#include "coordinator/narrow/narrow.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/align/aligner.h"
#include "coordinator/detect/evidence.h"
#include "coordinator/detect/listing.h"
#include "emulator/base/check.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/operands.h"

namespace lockstep::narrow {
namespace {

// How far past the divergence the second pass runs, so that it is seen whole.
constexpr uint64_t kMarginInsns = 8;
constexpr uint32_t kHistory = 32;

constexpr uint32_t Bit(state::EventKind kind) { return 1u << static_cast<int>(kind); }

using RegisterSet = std::vector<std::pair<state::RegisterName, uint64_t>>;

// The registers that a stream sent for `icount`; empty if it sent none.
RegisterSet RegistersAt(const align::VcpuAligner& aligner, size_t instance, uint64_t icount) {
  RegisterSet result;
  const auto& names = aligner.RegisterNames(instance);
  for (const state::Registers& set : aligner.RegisterSets(instance)) {
    if (set.icount != icount) continue;
    result.clear();
    for (size_t r = 0; r < names.size(); ++r) result.emplace_back(names[r], set.values[r]);
  }
  return result;
}

std::optional<uint64_t> ValueOf(const RegisterSet& set, std::string_view group,
                                std::string_view name) {
  for (const auto& [register_name, value] : set) {
    if (register_name.group == group && register_name.name == name) return value;
  }
  return std::nullopt;
}

// The registers that an instruction reads, with their values before it.
std::vector<std::pair<std::string, uint64_t>> Operands(const isa::Instruction& inst,
                                                       const RegisterSet& before) {
  std::vector<std::pair<std::string, uint64_t>> result;
  const auto add = [&](std::string_view group, std::string_view name) {
    const std::optional<uint64_t> value = ValueOf(before, group, name);
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const auto& operand) { return operand.first == name; });
    if (value && !known) result.emplace_back(name, *value);
  };
  const auto add_register = [&](isa::RegFile file, int number) {
    if (file == isa::RegFile::kInt && number != 0) add("gpr", isa::IntRegisterName(number));
    if (file == isa::RegFile::kFloat) add("fpr", isa::FloatRegisterName(number));
  };
  const isa::OperandUse use = isa::OperandsOf(inst.op);
  add_register(use.rs1, inst.rs1);
  add_register(use.rs2, inst.rs2);
  add_register(use.rs3, inst.rs3);
  const isa::Class cls = isa::ClassOf(inst.op);
  if (cls == isa::Class::kCsr) add("csr", isa::CsrName(inst.csr));
  if (cls == isa::Class::kLoad || cls == isa::Class::kStore || cls == isa::Class::kAtomic) {
    const std::optional<uint64_t> base =
        inst.rs1 == 0 ? std::optional<uint64_t>(0)
                      : ValueOf(before, "gpr", isa::IntRegisterName(inst.rs1));
    const uint64_t offset = cls == isa::Class::kAtomic ? 0 : static_cast<uint64_t>(inst.imm);
    if (base) result.emplace_back("address", *base + offset);
  }
  return result;
}

std::string RegisterDetail(const report::RegisterRow& row, const std::vector<std::string>& names) {
  std::vector<std::pair<uint64_t, std::vector<std::string>>> values;
  for (size_t i = 0; i < row.values.size(); ++i) {
    if (!row.values[i]) continue;
    auto it = std::find_if(values.begin(), values.end(),
                           [&](const auto& value) { return value.first == *row.values[i]; });
    if (it == values.end()) it = values.insert(values.end(), {*row.values[i], {}});
    it->second.push_back(names[i]);
  }
  std::vector<std::string> parts;
  for (const auto& [value, who] : values) {
    parts.push_back(absl::StrFormat("0x%016x (%s)", value, absl::StrJoin(who, ", ")));
  }
  return absl::StrCat(row.name.name, " ", absl::StrJoin(parts, " against "));
}

}  // namespace

absl::StatusOr<Plan> PlanFrom(const report::Report& report) {
  if (!report.divergence) {
    return absl::FailedPreconditionError("there is no divergence to narrow");
  }
  if (!report.divergence->narrowing_note.empty()) {  // the first pass knows why not
    return absl::FailedPreconditionError(report.divergence->narrowing_note);
  }
  if (report.divergence->kind == report::Kind::kTlb) {
    // The states are equal, so that no instruction can be named.
    return absl::FailedPreconditionError(
        "not narrowed to one instruction: only the TLB fills differ, no state does");
  }
  std::vector<std::string> unable;
  for (const report::Instance& instance : report.instances) {
    if ((instance.identity.abilities & state::kAbilityStep) == 0) unable.push_back(instance.name);
  }
  if (!unable.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("not narrowed to one instruction: %s cannot run one instruction per block",
                        absl::StrJoin(unable, ", ")));
  }
  Plan plan;
  plan.vcpu = report.divergence->vcpu;
  plan.silent_until_icount = report.divergence->last_agreed_icount;
  plan.stop_at_icount = report.divergence->icount + kMarginInsns;
  plan.groups = report.compared.groups;
  plan.events = Bit(state::EventKind::kException) | Bit(state::EventKind::kInterrupt) |
                Bit(state::EventKind::kMmio);
  return plan;
}

double AllowedSeconds(double first_pass_seconds) { return 30 + 5 * first_pass_seconds; }

void NoteNotNarrowed(const std::string& reason, report::Report* report) {
  if (!report->divergence.has_value()) return;
  report->divergence->narrowing_note = absl::StrCat("not narrowed to one instruction: ", reason);
}

class Narrower::Impl {
 public:
  Impl(const report::Report& report, std::vector<policy::CsrMask> csr_masks)
      : first_pass_(report),
        csr_masks_(std::move(csr_masks)),
        plan_(*PlanFrom(report)),
        aligner_(AlignOptions()),
        failures_(report.instances.size()) {}

  const Plan& plan() const { return plan_; }

  absl::Status Push(size_t instance, state::Batch batch) {
    if (batch.vcpu != plan_.vcpu) return absl::OkStatus();
    return aligner_.Push(instance, std::move(batch));
  }

  bool Advance() {
    const align::Progress progress = aligner_.Advance();
    if (progress != align::Progress::kNeedMore) return true;
    if (aligner_.verified_icount() >= divergence().icount) return true;
    const std::vector<size_t> starved = aligner_.starved();
    return std::any_of(starved.begin(), starved.end(),
                       [&](size_t i) { return !failures_[i].empty(); });
  }

  void InstanceFailed(size_t instance, const std::string& reason) {
    LOCKSTEP_CHECK(instance < failures_.size()) << instance;
    if (failures_[instance].empty()) failures_[instance] = reason.empty() ? "failed" : reason;
    aligner_.Close(instance);
  }

  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const {
    // Of the other vCPUs nothing is kept: whatever was sent is consumed.
    return vcpu == plan_.vcpu ? aligner_.stats(instance).records_consumed : UINT64_MAX / 2;
  }

  void Finish(const store::SymbolSource& symbols, report::Report* report) const {
    LOCKSTEP_CHECK(report->divergence.has_value());
    report::Divergence& result = *report->divergence;
    if (aligner_.state() == align::Progress::kDiverged &&
        aligner_.mismatch().icount > plan_.silent_until_icount &&
        aligner_.mismatch().icount <= divergence().icount) {
      Fill(symbols, report);
      return;
    }
    result.narrowing_note = Note();
  }

 private:
  const report::Divergence& divergence() const { return *first_pass_.divergence; }
  const std::string& Name(size_t instance) const { return first_pass_.instances[instance].name; }

  align::Options AlignOptions() const {
    align::Options options;
    for (const report::Instance& instance : first_pass_.instances) {
      options.instances.push_back(instance.name);
    }
    options.vcpu = plan_.vcpu;
    options.groups = plan_.groups;
    for (const report::Instance& instance : first_pass_.instances) {
      if (!(instance.identity.abilities & state::kAbilityTraps)) options.compare_traps = false;
    }
    options.start_icount = plan_.silent_until_icount;
    options.history_blocks = kHistory;
    options.history_registers = kHistory;
    options.history_fills = 0;
    return options;
  }

  // Why there is no instruction.
  std::string Note() const {
    if (aligner_.state() == align::Progress::kDiverged) {
      return absl::StrFormat(
          "the second pass did not repeat: it differs at icount %d, the first one at %d; %s",
          aligner_.mismatch().icount, divergence().icount, Suspicion());
    }
    if (aligner_.verified_icount() >= divergence().icount) {
      return absl::StrFormat("the second pass did not repeat: the instances agree at icount %d; %s",
                             divergence().icount, Suspicion());
    }
    if (aligner_.state() == align::Progress::kTrouble) {
      const align::Trouble& trouble = aligner_.trouble();
      return absl::StrFormat("not narrowed to one instruction: in the second pass %s %s",
                             trouble.instance ? Name(*trouble.instance) : "the run",
                             trouble.reason);
    }
    for (size_t i = 0; i < failures_.size(); ++i) {
      if (failures_[i].empty()) continue;
      return absl::StrFormat("not narrowed to one instruction: in the second pass %s: %s", Name(i),
                             failures_[i]);
    }
    return absl::StrFormat(
        "not narrowed to one instruction: the second pass ended at icount %d, before %d",
        aligner_.verified_icount(), divergence().icount);
  }

  // Which instance does not repeat itself.
  std::string Suspicion() const {
    const auto row = std::find_if(divergence().history.begin(), divergence().history.end(),
                                  [](const report::HistoryRow& r) { return r.diverged; });
    std::vector<std::string> changed;
    for (size_t i = 0; row != divergence().history.end() && i < row->blocks.size(); ++i) {
      if (!row->blocks[i]) continue;
      if (const auto now = StateAt(i, divergence().icount);
          now && (now->first != row->blocks[i]->place.pc ||
                  Differs(now->second, row->blocks[i]->digests))) {
        changed.push_back(Name(i));
      }
    }
    if (changed.empty()) return "is there a source of non-determinism in one of them?";
    return absl::StrFormat("%s disagrees with its own first pass: is it deterministic?",
                           absl::StrJoin(changed, ", "));
  }

  bool Differs(const state::Digests& a, const state::Digests& b) const {
    for (int g = 0; g < state::kGroups; ++g) {
      if ((plan_.groups >> g & 1) != 0 && a[g] != b[g]) return true;
    }
    return false;
  }

  // pc and digests of a stream of the second pass.
  std::optional<std::pair<uint64_t, state::Digests>> StateAt(size_t instance,
                                                             uint64_t icount) const {
    if (aligner_.state() == align::Progress::kDiverged && aligner_.mismatch().icount == icount) {
      const align::Standing& standing = aligner_.mismatch().streams[instance];
      if (standing.kind == align::Standing::Kind::kBlock) {
        return std::pair{standing.pc, standing.digests};
      }
    }
    for (const align::RetainedBlock& block : aligner_.Blocks(instance)) {
      if (block.icount == icount) return std::pair{block.info.pc, block.digests};
    }
    return std::nullopt;
  }

  // The block that holds instruction number `icount`, and the instruction's index in it.
  std::optional<std::pair<align::RetainedBlock, uint32_t>> BlockOf(size_t instance,
                                                                   uint64_t icount) const {
    for (const align::RetainedBlock& block : aligner_.Blocks(instance)) {
      if (block.icount <= icount && icount < block.icount + block.info.n_insns &&
          (block.executed == 0 || icount < block.icount + block.executed)) {
        return std::pair{block, static_cast<uint32_t>(icount - block.icount)};
      }
    }
    return std::nullopt;
  }

  void FillInstruction(size_t consensus, report::NarrowedInstruction* instruction,
                       const store::SymbolSource& symbols) const {
    const auto block = BlockOf(consensus, instruction->icount);
    if (!block) return;
    instruction->space = block->first.info.space;
    instruction->place.pc = block->first.info.pc;
    const std::vector<detect::ListedInsn> listing =
        detect::ListBlock(block->first.info, block->second + 1, GuestArch());
    if (listing.size() == block->second + 1) {
      const detect::ListedInsn& insn = listing.back();
      instruction->place.pc = insn.pc;
      instruction->bytes = insn.bytes;
      instruction->text = insn.text;
      if (!insn.text.empty()) {
        uint32_t word = 0;
        for (size_t i = insn.bytes.size(); i-- > 0;) word = word << 8 | insn.bytes[i];
        instruction->operands =
            Operands(isa::Decode(word), RegistersAt(aligner_, consensus, instruction->icount));
      }
    }
    instruction->place = symbols.Lookup(instruction->place.pc);
  }

  report::InstructionResult ResultOf(size_t instance, uint64_t icount) const {
    const align::Standing& standing = aligner_.mismatch().streams[instance];
    report::InstructionResult result;
    result.instance = Name(instance);
    const RegisterSet before = RegistersAt(aligner_, instance, icount);
    const RegisterSet after = RegistersAt(aligner_, instance, icount + 1);
    for (size_t r = 0; r < after.size() && r < before.size(); ++r) {
      if (after[r].first.group != "pc" && after[r].second != before[r].second) {
        result.changed.emplace_back(after[r].first.name, after[r].second);
      }
    }
    if (aligner_.mismatch().kind == report::Kind::kMem &&
        standing.kind != align::Standing::Kind::kInside) {
      // A store changes no register: its digest is what there is to show.
      result.changed.emplace_back("digest", standing.digests[static_cast<int>(state::Group::kMem)]);
    }
    if (!standing.traps.empty()) result.trap = standing.traps.front();
    if (standing.pc_known) result.next_pc = standing.pc;
    return result;
  }

  const std::string& GuestArch() const { return first_pass_.instances.front().identity.guest_arch; }

  void Fill(const store::SymbolSource& symbols, report::Report* report) const {
    const align::Mismatch& mismatch = aligner_.mismatch();
    report::Divergence& result = *report->divergence;
    const size_t consensus = mismatch.groups.empty() ? 0 : mismatch.groups.front().front();

    report::NarrowedInstruction instruction;
    instruction.icount = mismatch.icount - 1;
    FillInstruction(consensus, &instruction, symbols);
    bool interrupted = false;
    for (size_t i = 0; i < report->instances.size(); ++i) {
      instruction.results.push_back(ResultOf(i, instruction.icount));
      for (const state::Event& trap : mismatch.streams[i].traps) {
        interrupted = interrupted || trap.kind == state::EventKind::kInterrupt;
      }
    }
    result.instruction = std::move(instruction);
    std::vector<detect::Trail> trails;
    for (size_t i = 0; i < report->instances.size(); ++i) {
      trails.push_back(detect::TrailOf(aligner_, i));
    }
    result.registers = detect::RegisterRowsAt(trails, mismatch.icount, csr_masks_);

    std::vector<std::string> notes;
    if (mismatch.kind != result.kind || mismatch.icount != result.icount) {
      notes.push_back(absl::StrFormat("first seen at the block boundary at icount %d: %s",
                                      result.icount, result.detail));
    }
    if (interrupted) {
      notes.push_back(
          "an interrupt is taken right after this instruction, by some instances at least: the "
          "difference may lie in the interrupt and not in the instruction");
    }
    result.narrowing_note = absl::StrJoin(notes, "; ");

    result.kind = mismatch.kind;
    result.detail = mismatch.detail;
    const std::vector<std::string> names = Names();
    if (mismatch.kind == report::Kind::kGpr || mismatch.kind == report::Kind::kFpr ||
        mismatch.kind == report::Kind::kCsr) {
      for (const report::RegisterRow& row : result.registers) {
        if (!row.differs || row.name.group == "pc") continue;
        result.detail = RegisterDetail(row, names);
        break;
      }
    }
    result.outliers.clear();
    for (report::Instance& instance : report->instances) instance.outlier = false;
    for (size_t i : mismatch.outliers) {
      result.outliers.push_back(names[i]);
      report->instances[i].outlier = true;
    }
    result.groups.clear();
    for (const auto& group : mismatch.groups) {
      auto& members = result.groups.emplace_back();
      for (size_t i : group) members.push_back(names[i]);
    }
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const report::Instance& instance : first_pass_.instances) names.push_back(instance.name);
    return names;
  }

  const report::Report first_pass_;
  const std::vector<policy::CsrMask> csr_masks_;
  const Plan plan_;
  align::VcpuAligner aligner_;
  std::vector<std::string> failures_;  // by instance; empty: none
};

Narrower::Narrower(const report::Report& report, std::vector<policy::CsrMask> csr_masks)
    : impl_(std::make_unique<Impl>(report, std::move(csr_masks))) {}
Narrower::~Narrower() = default;

const Plan& Narrower::plan() const { return impl_->plan(); }
absl::Status Narrower::Push(size_t instance, state::Batch batch) {
  return impl_->Push(instance, std::move(batch));
}
bool Narrower::Advance() { return impl_->Advance(); }
void Narrower::InstanceFailed(size_t instance, const std::string& reason) {
  impl_->InstanceFailed(instance, reason);
}
uint64_t Narrower::ConsumedRecords(size_t instance, uint32_t vcpu) const {
  return impl_->ConsumedRecords(instance, vcpu);
}
void Narrower::Finish(const store::SymbolSource& symbols, report::Report* report) const {
  impl_->Finish(symbols, report);
}

}  // namespace lockstep::narrow
