"""Guest programs: bare-metal RISC-V executables assembled for the tests."""

def guest_program(name, src, linker_script, includes = [], march = "rv64gc", visibility = None):
    """Assembles and links one program for the virt board with Debian's bare-metal toolchain.

    Args:
      name: the ELF file is NAME.elf.
      src: the assembly source (.S), which may .include files of its own folder.
      linker_script: passed to the linker with -T.
      includes: files that the source includes.
      march: the instruction set.
      visibility: as everywhere.
    """
    native.genrule(
        name = name,
        srcs = [src, linker_script] + includes,
        outs = [name + ".elf"],
        cmd = ("riscv64-unknown-elf-gcc -nostdlib -static -march={march} -mabi=lp64d " +
               "-I$$(dirname $(location {src})) -Wa,-I$$(dirname $(location {src})) " +
               "-Wl,--no-warn-rwx-segments -T $(location {script}) -o $@ $(location {src})").format(
            march = march,
            script = linker_script,
            src = src,
        ),
        visibility = visibility,
    )

def guest_c_program(name, srcs, linker_script, opt = "-O2", visibility = None):
    """Compiles and links one freestanding C program for the virt board.

    Args:
      name: the ELF file is NAME.elf.
      srcs: C and assembly sources; one of them defines _start.
      linker_script: passed to the linker with -T.
      opt: optimisation option.
      visibility: as everywhere.
    """
    native.genrule(
        name = name,
        srcs = srcs + [linker_script],
        outs = [name + ".elf"],
        cmd = ("riscv64-unknown-elf-gcc {opt} -march=rv64gc -mabi=lp64d -mcmodel=medany " +
               "-nostdlib -ffreestanding -fno-builtin -static -Wl,--no-warn-rwx-segments " +
               "-T $(location {script}) -o $@ {srcs}").format(
            opt = opt,
            script = linker_script,
            srcs = " ".join(["$(location %s)" % s for s in srcs]),
        ),
        visibility = visibility,
    )
