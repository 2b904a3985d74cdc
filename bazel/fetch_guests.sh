#!/usr/bin/env bash
# usage: fetch_guests.sh [PIECE...]        pieces: linux busybox qemu10 (default: all)
# Unpacks, from the distribution's own mirror, what the big tests need and Debian 12 has not:
#
#   linux   linux/Image          Debian 13's kernel for riscv64, raw
#           linux/modules/       its modules (.ko.xz), as below /usr/lib/modules/VERSION
#           linux/version        its package version
#           linux/busybox        busybox-static for riscv64
#           linux/initrd.gz      an initramfs of busybox that does a little and powers off
#   busybox busybox/arm64/busybox, busybox/armhf/busybox     busybox-static
#   qemu10  qemu10/usr/bin/...   QEMU 10 (qemu-system-riscv64), beside the system's own QEMU
#
# into $LOCKSTEP_GUESTS (default: lockstep/guests in $XDG_CACHE_HOME or ~/.cache), and prints that
# directory, also when a piece is missing. apt verifies the packages; it is given a source list and
# a state directory of its own, so the machine's sources and installed packages stay as they are.
# What is there already is not fetched again: remove a piece's directory to have it fetched anew.
# Several may run at a time.
# Exit status: 0 all is there; 77 it cannot be had here (not Debian, no network); 2 wrong arguments.
set -euo pipefail

usage() {
  sed -n '2,19s/^# \?//p' "$0" >&2
  exit 2
}

pieces=("$@")
[ "${#pieces[@]}" -gt 0 ] || pieces=(linux busybox qemu10)
for piece in "${pieces[@]}"; do
  case $piece in
    linux | busybox | qemu10) ;;
    *) usage ;;
  esac
done
here=$(cd "$(dirname "$0")" && pwd)
guests=${LOCKSTEP_GUESTS:-${XDG_CACHE_HOME:-${HOME:-/var}/.cache}/lockstep/guests}
mkdir -p "$guests"
guests=$(cd "$guests" && pwd)

unavailable() {
  echo "fetch_guests.sh: $1; tests that need '$piece' are skipped" >&2
  exit 77
}

# Prints the mirror that apt is configured with, and the codename of this Debian.
find_mirror() {
  local uri codename origin
  command -v apt-get >/dev/null || unavailable "no apt-get here"
  while read -r uri codename origin; do
    case "$origin $codename" in
      "Debian bookworm" | "Debian trixie")
        echo "$uri $codename"
        return
        ;;
    esac
  done < <(apt-get indextargets --format "\$(REPO_URI) \$(CODENAME) \$(ORIGIN)" \
    "Created-By: Packages")
}

# apt with sources and state of its own. Arguments: directory, command, arguments.
apt_in() {
  local apt=$1 command=$2
  shift 2
  "$command" -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State="$apt/state" -o Dir::State::Lists="$apt/lists" \
    -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt/cache" \
    -o APT::Architectures::="$architecture" -o APT::Sandbox::User=root \
    -o APT::Update::Error-Mode=any -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

# Downloads packages of one suite and architecture into a directory.
# Arguments: directory, suite, architecture, packages.
download() {
  local to=$1 suite=$2 architecture=$3 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  shift 3
  local apt=$to/apt
  [ -r "$keyring" ] || unavailable "no $keyring"
  mkdir -p "$apt/state" "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status"
  echo "deb [arch=$architecture signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
  apt_in "$apt" apt-get -qq update >&2 || unavailable "the mirror $mirror does not answer"
  local package names=()
  for package in "$@"; do
    # A meta package stands for the versioned one that it depends on.
    if [ "$package" = linux-image-riscv64 ]; then
      package=$(apt_in "$apt" apt-cache show --no-all-versions "$package:$architecture" |
        grep -om1 'linux-image-[0-9][^ ,]*') || unavailable "$suite has no kernel for $architecture"
    fi
    names+=("$package:$architecture")
  done
  (cd "$to" && apt_in "$apt" apt-get -qq download "${names[@]}" >&2) ||
    unavailable "$suite has no ${names[*]}"
  rm -rf "$apt"
}

fetch_linux() {
  local work=$1
  download "$work" trixie riscv64 linux-image-riscv64 busybox-static
  local root=$work/root piece=$work/piece
  for deb in "$work"/*.deb; do dpkg -x "$deb" "$root"; done
  mkdir "$piece"
  mv "$root"/boot/vmlinux-* "$piece/Image"
  mv "$root"/usr/lib/modules/* "$piece/modules"
  mv "$root/usr/bin/busybox" "$piece/busybox"
  dpkg-deb -f "$work"/linux-image-*.deb Version >"$piece/version"
  python3 "$here/initramfs.py" "$piece/initrd.gz" "$piece/busybox"
}

fetch_busybox() {
  local work=$1 architecture
  for architecture in arm64 armhf; do
    mkdir -p "$work/$architecture" "$work/piece/$architecture"
    download "$work/$architecture" trixie "$architecture" busybox-static
    dpkg -x "$work/$architecture"/busybox-static_*.deb "$work/$architecture/root"
    mv "$work/$architecture/root/usr/bin/busybox" "$work/piece/$architecture/busybox"
  done
}

fetch_qemu10() {
  local work=$1 suite=trixie
  [ "$codename" != bookworm ] || suite=bookworm-backports
  download "$work" "$suite" "$(dpkg --print-architecture)" qemu-system-riscv
  dpkg -x "$work"/qemu-system-riscv_*.deb "$work/piece"
  "$work/piece/usr/bin/qemu-system-riscv64" --version >&2 ||
    unavailable "QEMU 10 does not run on this machine"
}

# Fetches a piece, in a subshell: `unavailable` ends that.
fetch() {
  local work
  work=$(mktemp -d "$guests/.work.XXXXXX")
  # shellcheck disable=SC2064  # now: `work` is local
  trap "rm -rf '$work'" EXIT
  echo "fetch_guests.sh: fetching $piece" >&2
  read -r mirror codename < <(find_mirror) ||
    unavailable "apt has no index of Debian 12 or 13 (apt-get update?)"
  case $piece in
    linux) fetch_linux "$work" ;;
    busybox) fetch_busybox "$work" ;;
    qemu10) fetch_qemu10 "$work" ;;
  esac
  mv "$work/piece" "$guests/$piece"
}

exec 9>"$guests/.lock"
flock 9
result=0
for piece in "${pieces[@]}"; do
  [ ! -e "$guests/$piece" ] || continue
  set +e
  (set -e; fetch)
  status=$?
  set -e
  [ "$status" -eq 0 ] || result=77
done
echo "$guests"
exit "$result"
