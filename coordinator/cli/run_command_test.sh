#!/bin/sh
# `lockstep run` with instances that do harm: what is found must reach stdout all the same.
# $1: lockstep, $2: example_producer.
set -u
lockstep=$PWD/$1
producer=$PWD/$2
work=${TEST_TMPDIR:?}/work
mkdir "$work" && cd "$work" || exit 1
failures=0

# status NAME WANTED ARGS...: runs lockstep with ARGS; leaves what it prints in out and err.
status() {
  name=$1
  wanted=$2
  shift 2
  "$lockstep" run -q "$@" >out 2>err
  got=$?
  [ "$got" = "$wanted" ] && return
  fail "exit status $got instead of $wanted"
}

fail() {
  echo "FAILED $name: $1"
  cat out err
  failures=$((failures + 1))
}

# has FILE PATTERN: the last line of FILE matches.
has() {
  tail -n 1 "$1" | grep -q -e "$2" || fail "no '$2' at the end of $1"
}

harm="sh -c 'rm -rf gone; exec $producer --fault-at 5000'"
status "verdict when the report cannot be stored" 2 --no-narrow --out gone --a "$producer" --b "$harm"
has out '^DIVERGED   kind=gpr'
has err "cannot write 'gone/report.txt'"

crash="sh -c 'echo no such image >&2; exec $producer --quit-at 5000'"
status "last words of an instance" 2 --out words --a "$producer" --b "$crash"
has out '^TROUBLE    instance=B reason="exited with status 3 at .*; it said: no such image"$'
has err 'instance B: exited with status 3 at .*; it said: no such image$'

# One that is ended by us is not to blame for what it last said.
hang="sh -c 'echo hello >&2; exec $producer --hang-at 5000'"
status "an instance that hangs" 2 --out hangs --timeout 1s --a "$producer" --b "$hang"
has out '^TROUBLE    instance=B reason="timeout after 1s; verified to [0-9]*"$'

[ "$failures" = 0 ]
