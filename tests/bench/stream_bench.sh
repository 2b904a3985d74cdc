#!/usr/bin/env bash
# Measures the whole path of dense mode without an emulator: example producer, ring, agent, gRPC,
# coordinator. Prints blocks/s and the peak memory of each process for two, then three instances,
# for equal and for different splits.
#
# usage: tests/bench/stream_bench.sh [INSNS]      (default 200000000)
# Build first: bazel build //coordinator/cli:lockstep //plugins/sdk:example_producer
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

insns=${1:-200000000}
lockstep=${LOCKSTEP:-bazel-bin/coordinator/cli/lockstep}
producer=${EXAMPLE_PRODUCER:-bazel-bin/plugins/sdk/example_producer}
for program in "$lockstep" "$producer"; do
  if [ ! -x "$program" ]; then
    echo "stream_bench.sh: $program is not there; build first, see the head of this file" >&2
    exit 2
  fi
done
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

measure() {
  local title=$1
  shift
  printf '%s\n' "$title"
  local log
  log=$("$lockstep" run -v --out "$out/run" "$@" -- --insns "$insns" 2>&1 >/dev/null) || {
    printf 'stream_bench.sh: the run failed:\n%s\n' "$log" >&2
    exit 2
  }
  grep -E 'peak memory|end to end' <<<"$log" | sed 's/^lockstep: /  /'
}

measure 'two instances, the same blocks (12 and 6 instructions)' --a "$producer" --b "$producer"
measure 'two instances, blocks of at most 5 instructions in one' --a "$producer" --b "$producer --split 5"
measure 'three instances' --instance "x=$producer" --instance "y=$producer" --instance "z=$producer"
