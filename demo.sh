#!/usr/bin/env bash
# Shows what Lockstep does, on real firmware: installs what is missing, builds, then boots OpenSBI and U-Boot
# on two builds of the emulator that differ in block size and TLB geometry (they agree), and once more with
# a bug planted in one of them (they do not, and the report names it). Needs no arguments.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
./bazel/install_deps.sh --without-linters || exit 2
bazel build //coordinator/cli:lockstep //emulator/main:lockstep-emu || exit 2

lockstep=bazel-bin/coordinator/cli/lockstep
emu=bazel-bin/emulator/main/lockstep-emu
guest=(
  -M virt -m 128M -nographic
  -bios /usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf
  -kernel /usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
  -serial script:tests/e2e/uboot_demo.script
)
# sraiw shifts in zeros instead of copies of the sign.
fault=sraiw-logical
out="lockstep-out/demo"

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
run() {
  printf '$ lockstep run'
  printf ' %q' "$@"
  printf '\n'
  "$lockstep" run "$@"
}

say "Two builds that differ in how they cut blocks and cache translations"
run --instance small="$emu --max-block-insns 7 --tlb-entries 4" \
  --instance large="$emu --max-block-insns 256 --tlb-entries 4096" \
  --out "$out/agree" -- "${guest[@]}"
agreed=$?
say "What the guest printed (last lines)"
tail -n 12 "$out/agree/small.stdout"

say "The same with a third build that has a planted fault"
run --instance small="$emu --max-block-insns 7 --tlb-entries 4" --instance large="$emu" \
  --instance bad="$emu --inject $fault" \
  --out "$out/differ" -- "${guest[@]}"
diverged=$?

say "Done: exit statuses $agreed (agreed: 0) and $diverged (diverged: 1); reports in $out/"
[ "$agreed" -eq 0 ] && [ "$diverged" -eq 1 ]
