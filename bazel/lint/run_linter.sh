#!/usr/bin/env bash
# usage: run_linter.sh NAME [BINARY]
# Runs one linter over the files that git tracks (or would track) in the source tree.
# Bazel runs it outside the sandbox: the runfile WORKSPACE is a link into the source tree.
set -euo pipefail
name=$1
binary=${2:-}
[ -z "$binary" ] || binary=$PWD/$binary
cd "$(dirname "$(readlink -f WORKSPACE)")"

# NUL-separated names of tracked and new files that match the patterns and still exist.
files() {
  git ls-files -z --cached --others --exclude-standard -- "$@" |
    while IFS= read -r -d '' f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done
}

case $name in
  clang_format) files '*.cc' '*.h' '*.c' | xargs -0 clang-format-14 --dry-run -Werror ;;
  buildifier)
    # Bazel 4.2 has the native rules as globals; later versions load them.
    native=-native-cc-binary,-native-cc-library,-native-cc-test,-native-sh-test,-native-sh-binary
    files 'BUILD.bazel' '**/BUILD.bazel' '*.bzl' WORKSPACE |
      xargs -0 "$binary" --mode=check --lint=warn --warnings="$native"
    ;;
  shellcheck) files '*.sh' '.ci/run' | xargs -0 shellcheck ;;
  buf_lint) (cd proto && BUF_CACHE_DIR=${TEST_TMPDIR:-/tmp} "$binary" lint) ;;
  buf_breaking)
    # Against the messages as they were last released; bless a release with
    # buf build --exclude-source-info -o vectors/api_baseline.binpb
    (cd proto && BUF_CACHE_DIR=${TEST_TMPDIR:-/tmp} "$binary" breaking \
      --against vectors/api_baseline.binpb)
    ;;
  host_clocks)
    # Design rule: the emulator's guest-visible state depends on no host clock or entropy. Time and
    # outside input enter through injected interfaces; emulator/main is where they are injected.
    ! files 'emulator/*.cc' 'emulator/*.h' | grep -zv -e '^emulator/main/' -e '_test\.cc$' -e '_bench\.cc$' |
      xargs -0 grep -nE 'std::chrono|clock_gettime|gettimeofday|getrandom|std::random_device|[^a-z_]s?rand\(|[^a-z_.>]time\((NULL|nullptr|0)\)'
    ;;
  file_length)
    # docs: past 800 lines a file is two files.
    ! files '*.cc' '*.h' '*.c' '*.py' '*.sh' | xargs -0 wc -l | awk '$1 > 800 && $2 != "total"' | grep .
    ;;
  *) echo "run_linter.sh: unknown linter '$name'" >&2; exit 2 ;;
esac
