#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test. Arguments are passed to
# `bazel test` in place of the default targets: ./test.sh //coordinator/align:all
# The last line is "N passed, N failed", counted over test cases.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
./bazel/install_deps.sh || exit 2
# Big guests and a second QEMU, which Debian 12 has not. Tests that miss one say that they skip.
LOCKSTEP_GUESTS=$(./bazel/fetch_guests.sh)
export LOCKSTEP_GUESTS

events=$(mktemp)
trap 'rm -f "$events"' EXIT
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(//...)

bazel build -- "${targets[@]}"
build=$?
bazel test --keep_going --build_event_json_file="$events" -- "${targets[@]}"
test=$?
python3 bazel/testing/count_tests.py "$events"
counted=$?
if [ "$build" -ne 0 ] || [ "$counted" -ne 0 ]; then exit 1; fi
# 4: everything built, nothing to test; the count has said so already.
[ "$test" -eq 0 ] || exit 1
