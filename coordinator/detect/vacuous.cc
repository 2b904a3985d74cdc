#include "coordinator/detect/vacuous.h"

#include "absl/strings/str_cat.h"

namespace lockstep::detect {
namespace {

report::Trouble Nothing(const std::string& instance, const std::string& reason) {
  return report::Trouble{instance, absl::StrCat("nothing proved: ", reason),
                         /*nothing_proved=*/true};
}

std::optional<report::Trouble> JudgeInstance(const InstanceActivity& instance) {
  if (instance.engine == state::Engine::kJit && instance.translations == 0) {
    return Nothing(instance.name, "its engine is a JIT, and it translated no block");
  }
  if (instance.blocks == 1 && !instance.sums)
    return Nothing(instance.name, "it sent a single block");
  return std::nullopt;
}

void JudgeGroup(const Activity& activity, int group, Proof* proof) {
  const state::GroupMask bit = 1u << group;
  const std::string name = GroupName(group);
  if ((activity.groups_changed & bit) != 0) return;
  if ((activity.groups_nonzero & bit) == 0 && group != static_cast<int>(state::Group::kMem)) {
    proof->trouble =
        Nothing("", absl::StrCat(name, " is declared by every instance and supplied by none"));
    return;
  }
  if ((activity.demanded & bit) != 0 || group == static_cast<int>(state::Group::kGpr)) {
    proof->trouble = Nothing("", absl::StrCat(name, " never changed"));
    return;
  }
  proof->unchanged |= bit;
  proof->notes.push_back(absl::StrCat(name,
                                      " never changed in this run, so that it proves nothing: it "
                                      "is not counted as compared"));
}

}  // namespace

Proof Judge(const Activity& activity) {
  Proof proof;
  for (const InstanceActivity& instance : activity.instances) {
    proof.trouble = JudgeInstance(instance);
    if (proof.trouble) return proof;
  }
  if (activity.compared == 0) {
    proof.trouble = Nothing("", "no block was compared");
    return proof;
  }
  for (const InstanceActivity& instance : activity.instances) {
    if (instance.blocks != 0 || instance.sums) continue;
    proof.trouble = Nothing(instance.name, "it sent no block");
    return proof;
  }
  for (int g = 0; g < state::kGroups && !proof.trouble; ++g) {
    if ((activity.groups >> g & 1) != 0) JudgeGroup(activity, g, &proof);
  }
  return proof;
}

const char* GroupName(int group) {
  constexpr const char* kNames[] = {"gpr", "fpr", "csr", "mem"};
  return kNames[group];
}

}  // namespace lockstep::detect
