#include "coordinator/detect/run_testing.h"

#include <algorithm>
#include <string>

namespace lockstep::detect::testing {

state::ProducerIdentity Identity(uint32_t vcpus) {
  state::ProducerIdentity identity;
  identity.producer = "test 1";
  identity.guest_arch = "riscv64";
  identity.vcpus = vcpus;
  identity.groups = align::testing::kAllGroups;
  identity.engine = state::Engine::kInterpreter;
  identity.abilities = state::kAbilityTraps;
  return identity;
}

Options RunOf(size_t instances, const state::ProducerIdentity& identity) {
  Options options;
  options.run_id = "run1";
  for (size_t i = 0; i < instances; ++i) {
    const std::string name(1, static_cast<char>('A' + i));
    options.instances.push_back({name, "emu-" + name, identity});
  }
  return options;
}

Options RunOf(size_t instances) { return RunOf(instances, Identity()); }

align::testing::Execution WithGprFault(align::testing::Execution execution, uint64_t from,
                                       uint64_t to, uint64_t mark) {
  for (uint64_t c = from; c < std::min<uint64_t>(to, execution.points.size()); ++c) {
    execution.points[c].digests[0] ^= mark;
  }
  return execution;
}

}  // namespace lockstep::detect::testing
