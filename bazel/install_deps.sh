#!/usr/bin/env bash
# usage: install_deps.sh [--without-linters]
# Installs what is missing to build, run and test Lockstep on Debian 12: Debian packages, and two
# linters from npm. Safe to run again: what is there is left alone, and nothing is fetched then.
set -euo pipefail
linters=yes
case "$#:${1:-}" in
  0:) ;;
  1:--without-linters) linters=no ;;
  *) echo "usage: install_deps.sh [--without-linters]" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."

packages=(
  # build
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto
  g++ pkg-config protobuf-compiler protobuf-compiler-grpc python3 git ca-certificates
  libabsl-dev libasmjit-dev libbenchmark-dev libcli11-dev libdw-dev libelf-dev libfdt-dev
  libgmock-dev libgrpc++-dev libgtest-dev libprotobuf-dev librapidcheck-dev libslirp-dev
  libssl-dev libxxhash-dev libzstd-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
  # tests between hosts
  iproute2
  # guests and the emulator that is compared with
  gcc-riscv64-linux-gnu gcc-riscv64-unknown-elf binutils-sparc64-linux-gnu
  opensbi u-boot-qemu device-tree-compiler e2fsprogs xz-utils
  qemu-system-arm qemu-system-misc qemu-system-sparc qemu-system-x86 qemu-user
)
# linters, fuzzing
[ "$linters" = no ] || packages+=(clang clang-format clang-14 libclang-rt-14-dev shellcheck)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install_deps.sh: needs root to run '$*': run it as root or install sudo" >&2
    exit 2
  fi
}

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
# Any node that can run npm ci will do; Debian's is taken when there is none.
[ "$linters" = no ] || command -v npm >/dev/null || missing+=(nodejs npm)

if [ "${#missing[@]}" -gt 0 ]; then
  echo "install_deps.sh: installing ${missing[*]}" >&2
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >&2
fi

# The linters are binaries inside npm packages: no install script needs to run.
if [ "$linters" = yes ] && ! cmp -s bazel/npm/package-lock.json bazel/npm/node_modules/.installed-lock; then
  (cd bazel/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp bazel/npm/package-lock.json bazel/npm/node_modules/.installed-lock
fi
