"""Benchmark programs: one object file each, linked for bare metal, for Sv39 and for Linux."""

_COMPILE = ("riscv64-unknown-elf-gcc -O2 -Wall -Wextra -Werror -march=rv64gc -mabi=lp64d " +
            "-mcmodel=medany -ffreestanding -I. {options} -c -o {out} {source}")
_LINK = ("riscv64-unknown-elf-ld --no-warn-rwx-segments -z max-page-size=4096 " +
         "-T $(location {setting}.ld) -o {out} {objects}")

# No call to a library where the source has none, and no product fused with a sum unless the source
# says so: the host must compute the same.
_OPTIONS = [
    "-fno-builtin",
    "-fno-math-errno",
    "-ffp-contract=off",
    "-fno-tree-loop-distribute-patterns",
]

_PROGRAM_PARTS = ["main", "library", "start"]
_RUNTIME_PARTS = {
    "linux": [],
    "machine": ["machine", "machine_entry"],
    "sv39": ["supervisor", "supervisor_entry"],
}

SETTINGS = sorted(_RUNTIME_PARTS.keys())

def _compile(source, out):
    return _COMPILE.format(options = " ".join(_OPTIONS), out = out, source = source)

def benchmark_runtime(name, srcs, hdrs):
    """Compiles what all programs are linked with: an object file for each source.

    Args:
      name: of the rule.
      srcs: C and assembly sources.
      hdrs: files that they include.
    """
    outs = [src.rpartition(".")[0] + ".o" for src in srcs]
    native.genrule(
        name = name,
        testonly = True,
        srcs = srcs + hdrs,
        outs = outs,
        cmd = "\n".join([
            _compile("$(location %s)" % src, "$(location %s)" % out)
            for src, out in zip(srcs, outs)
        ]),
    )

def benchmark_program(name, visibility = None):
    """The program in NAME.c, as NAME_machine.elf, NAME_sv39.elf, NAME_linux.elf, and NAME (host).

    Args:
      name: of the program.
      visibility: as everywhere.
    """
    common = [part + ".o" for part in _PROGRAM_PARTS]
    links = []
    for setting in SETTINGS:
        objects = [name + ".o"] + common + [part + ".o" for part in _RUNTIME_PARTS[setting]]
        links.append(_LINK.format(
            objects = " ".join(["$(location %s)" % o for o in objects]),
            out = "$(location %s_%s.elf)" % (name, setting),
            setting = setting,
        ))
    runtime = [part + ".o" for parts in _RUNTIME_PARTS.values() for part in parts]
    native.genrule(
        name = name + "_object",
        testonly = True,
        srcs = [name + ".c", "bench.h"],
        outs = [name + ".o"],
        cmd = _compile("$(location %s.c)" % name, "$@"),
    )
    native.genrule(
        name = name + "_guests",
        testonly = True,
        srcs = [name + ".o"] + common + runtime + [setting + ".ld" for setting in SETTINGS],
        outs = ["%s_%s.elf" % (name, setting) for setting in SETTINGS],
        cmd = "\n".join(links),
        visibility = visibility,
    )
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".c", "bench.h", "main.c"],
        # The translator needs a host with fused multiplication, too.
        copts = _OPTIONS + ["-mfma"],
        visibility = visibility,
    )
