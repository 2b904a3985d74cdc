#!/usr/bin/env bash
# usage: fetch_guests.sh [PIECE...]  pieces: linux busybox qemu10 debian installer (default: all)
# Unpacks, from the distribution's own mirror, what the big tests need and Debian 12 has not:
#
#   linux   linux/Image          Debian 13's kernel for riscv64, raw
#           linux/modules/       its modules (.ko.xz), as below /usr/lib/modules/VERSION
#           linux/version        its package version
#           linux/busybox        busybox-static for riscv64
#           linux/initrd.gz      an initramfs of busybox that does a little and powers off
#   busybox busybox/arm64/busybox, busybox/armhf/busybox     busybox-static
#   qemu10  qemu10/usr/bin/...   QEMU 10 (qemu-system-riscv64), beside the system's own QEMU
#   debian  debian/root.ext4     Debian 13 for riscv64 with gcc, Python, Perl, SQLite, OpenSSL: a
#                                root file system (101 MB of packages, unpacked; nothing is run)
#           debian/initrd.gz     an initramfs that goes on with the disk's /sbin/init, a shell (for
#                                the kernel of the piece linux, which is fetched too)
#           debian/packages      each package's file name and SHA-256
#   installer installer/linux, installer/initrd.gz     Debian 13's installer for riscv64, netboot
#             installer/packages as above
#
# into $LOCKSTEP_GUESTS (default: lockstep/guests in $XDG_CACHE_HOME or ~/.cache), and prints that
# directory, also when a piece is missing. apt verifies the packages; it is given a source list and
# a state directory of its own, so the machine's sources and installed packages stay as they are.
# What is there already is not fetched again: remove a piece's directory to have it fetched anew.
# Several may run at a time.
# Exit status: 0 all is there; 77 it cannot be had here (not Debian, no network); 2 wrong arguments.
set -euo pipefail

usage() {
  sed -n '2,26s/^# \?//p' "$0" >&2
  exit 2
}

pieces=("$@")
[ "${#pieces[@]}" -gt 0 ] || pieces=(linux busybox qemu10 debian installer)
for piece in "${pieces[@]}"; do
  [ "$piece" != debian ] || pieces=(linux "${pieces[@]}")  # debian has modules of it
done
for piece in "${pieces[@]}"; do
  case $piece in
    linux | busybox | qemu10 | debian | installer) ;;
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

# Makes $apt, a place for apt_in, with the index of one suite and architecture.
# Arguments: directory of it, suite, architecture.
open_apt() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  apt=$1
  [ -r "$keyring" ] || unavailable "no $keyring"
  mkdir -p "$apt/state" "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status"
  echo "deb [arch=$3 signed-by=$keyring] $mirror $2 main" >"$apt/sources.list"
  apt_in "$apt" apt-get -qq update >&2 || unavailable "the mirror $mirror does not answer"
}

# Downloads packages of one suite and architecture into a directory.
# Arguments: directory, suite, architecture, packages.
download() {
  local to=$1 suite=$2 architecture=$3 apt
  shift 3
  open_apt "$to/apt" "$suite" "$architecture"
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

# Downloads packages and all that they depend on, as for an empty machine.
# Arguments: directory, suite, architecture, packages.
download_closure() {
  local to=$1 suite=$2 architecture=$3 apt
  shift 3
  open_apt "$to/apt" "$suite" "$architecture"
  apt_in "$apt" apt-get -o APT::Architecture="$architecture" -qq -y --no-install-recommends \
    --download-only install "$@" >&2 || unavailable "$suite has no $*"
  mv "$apt"/cache/archives/*.deb "$to/"
  rm -rf "$apt"
}

# Writes file names and checksums of the packages in a directory. Arguments: directory, file.
list_packages() {
  (cd "$1" && sha256sum ./*.deb) >"$2"
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

fetch_debian() {
  local work=$1 root=$1/root out=$1/piece deb
  export PATH=$PATH:/usr/sbin:/sbin
  command -v mke2fs >/dev/null || unavailable "no mke2fs here (apt-get install e2fsprogs)"
  download_closure "$work" trixie riscv64 base-files base-passwd bash coreutils dash findutils \
    gawk gcc grep libc6-dev make mount openssl perl-base python3 sed sqlite3 util-linux xz-utils
  mkdir "$out"
  for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$root"; done
  list_packages "$work" "$out/packages"
  # What the packages' scripts would do, as far as programs need it. Texts for people are left out.
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  cp "$root/usr/share/base-files/profile" "$root/etc/profile"
  cp "$root/usr/share/base-files/dot.bashrc" "$root/root/.bashrc"
  ln -s gcc "$root/usr/bin/cc"
  ln -s gawk "$root/usr/bin/awk"
  echo debian >"$root/etc/hostname"
  echo "127.0.0.1 localhost debian" >"$root/etc/hosts"
  rm -rf "$root"/usr/share/{doc,info,locale,man}
  install -m 755 "$here/debian_init.sh" "$root/usr/sbin/init"
  mke2fs -qF -t ext4 -E root_owner=0:0 -d "$root" "$out/root.ext4" 768M >&2
  local module file add=()
  for module in virtio_mmio virtio_blk crc32c_generic crc16 mbcache jbd2 ext4; do
    file=$(find "$guests/linux/modules" -name "$module.ko.xz" 2>/dev/null)
    [ -n "$file" ] || unavailable "the piece linux has no module $module"
    add+=(--add "$file=/modules/$module.ko.xz")
  done
  python3 "$here/initramfs.py" "$out/initrd.gz" "$guests/linux/busybox" \
    --init "$here/debian_initrd_init.sh" "${add[@]}"
}

fetch_installer() {
  local work=$1 root=$1/root out=$1/piece deb images
  download_closure "$work" trixie riscv64 debian-installer-13-netboot-riscv64
  mkdir "$out"
  for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$root"; done
  list_packages "$work" "$out/packages"
  images=$(dirname "$(find "$root" -path '*/text/*' -name initrd.gz)")
  mv "$images/linux" "$images/initrd.gz" "$out/"
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
    debian) fetch_debian "$work" ;;
    installer) fetch_installer "$work" ;;
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
