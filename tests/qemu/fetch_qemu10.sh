#!/bin/bash
# Unpacks QEMU 10 beside the system's QEMU, for tests against two versions.
#
#     tests/qemu/fetch_qemu10.sh CACHE_DIR [PACKAGE...]     default package: qemu-system-riscv
#
# The packages come from backports of Debian 12, or from Debian 13 itself, with a source list of
# their own: the machine's sources and installed packages stay as they are. Nothing is done for what
# CACHE_DIR has already. Prints the path of the directory of programs.
# Exit status: 0 it is there; 77 it cannot be had here (not Debian, or the mirror does not answer).
# FROM=SUITE takes the packages from another suite (FROM=bookworm: QEMU 7.2 for other guests).
set -euo pipefail

if [[ $# -lt 1 ]]; then
  sed -n '2,12s/^# \?//p' "$0" >&2
  exit 2
fi
mkdir -p "$1"
cache=$(cd "$1" && pwd)
shift
packages=("$@")
[[ ${#packages[@]} -gt 0 ]] || packages=(qemu-system-riscv)

unavailable() {
  echo "fetch_qemu10.sh: $1; tests against QEMU 10 are skipped" >&2
  exit 77
}

# Sets suite and mirror from what apt is configured with.
find_mirror() {
  local uri codename origin
  command -v apt-get > /dev/null || unavailable "no apt-get here"
  while read -r uri codename origin; do
    [[ $origin == Debian ]] || continue
    case $codename in
      bookworm)
        suite=bookworm-backports
        mirror=$uri
        ;;
      trixie)
        suite=trixie
        mirror=$uri
        ;;
    esac
    [[ -z ${suite-} ]] || break
  done < <(apt-get indextargets --format "\$(REPO_URI) \$(CODENAME) \$(ORIGIN)" \
    "Created-By: Packages")
  [[ -n ${suite-} ]] || unavailable "apt has no index of Debian 12 or 13 (apt-get update?)"
  suite=${FROM:-$suite}
}

apt_here() {
  local command=$1
  shift
  "$command" -o Dir::Etc::SourceList="$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$cache/apt/lists" -o Dir::Cache="$cache/apt/cache" \
    -o APT::Sandbox::User=root -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

update() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -r $keyring ]] || unavailable "no $keyring"
  mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
  echo "deb [signed-by=$keyring] $mirror $suite main" > "$cache/apt/sources.list"
  apt_here apt-get -qq update >&2 || unavailable "the mirror $mirror does not answer"
}

updated=
for package in "${packages[@]}"; do
  stamp=$cache/$package.version
  [[ ! -e $stamp ]] || continue
  if [[ -z $updated ]]; then
    find_mirror
    update
    updated=1
  fi
  work=$(mktemp -d "$cache/work.XXXXXX")
  (cd "$work" && apt_here apt-get -qq download "$package" >&2) ||
    unavailable "$suite has no $package for this machine"
  for deb in "$work"/*.deb; do
    dpkg -x "$deb" "$cache/unpacked"
    dpkg-deb -f "$deb" Version > "$work/version"
  done
  mv "$work/version" "$stamp"
  rm -rf "$work"
done
echo "$cache/unpacked/usr/bin"
