// Compares two emulators by their rings alone, for work on the plugin.
//
//     compare [--gpr] [--limit N] -- A... -- B...
//
// What the emulators print goes to compare_A.out and compare_B.out. Exit status 0: equal; 1: not;
// 2: trouble.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/qemu/compare.h"

int main(int argc, char** argv) {
  using lockstep::qemu_test::Comparison;
  using lockstep::qemu_test::InstanceOptions;
  std::vector<InstanceOptions> options;
  uint64_t limit = UINT64_MAX;
  uint32_t groups = 0;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--") == 0 && options.size() < 2) {
      options.emplace_back();
      options.back().request.stop_at_icount = limit;
      options.back().output_path = options.size() == 1 ? "compare_A.out" : "compare_B.out";
    } else if (!options.empty()) {
      options.back().argv.push_back(argv[i]);
    } else if (std::strcmp(argv[i], "--gpr") == 0) {
      groups = 1;
    } else if (std::strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
      limit = std::strtoull(argv[++i], nullptr, 0);
    } else {
      options.clear();
      break;
    }
  }
  if (options.size() != 2 || options[0].argv.empty() || options[1].argv.empty()) {
    std::fprintf(stderr, "usage: compare [--gpr] [--limit N] -- A... -- B...\n");
    return 2;
  }
  const Comparison comparison = lockstep::qemu_test::Compare(options[0], options[1], groups);
  std::printf("%s\n", comparison.text.c_str());
  return static_cast<int>(comparison.outcome);
}
