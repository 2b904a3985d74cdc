# Guest of qemu_legality_test: tells for each word of a list whether the hart takes an
# illegal-instruction exception on it. Runs bare in M-mode on `-M virt`.
#
# In:  at LIST, a 32-bit count (multiple of 4) and that many 32-bit words; of a compressed one the
#      high half is c.ebreak.
# Out: on the UART one hexadecimal digit per four words, first word in the lowest bit, 1 = illegal;
#      then the machine powers off.
#
# Each word is executed at SLOT, amid megabytes of c.ebreak, so that every branch, and whatever
# comes after the word, ends in a trap. All registers hold DATA, which is amid c.ebreak too.

#define UART 0x10000000
#define FINISHER 0x100000
#define CLINT_MTIMECMP 0x2004000
#define LIST 0x84000000
#define EBREAKS 0x80600000
#define DATA 0x80680000
#define SLOT 0x80800000
#define EBREAKS_END 0x80900000

        .section .boot, "ax"    # at 0x80000000
        .globl _start
_start: la t0, main
        jr t0

        .text                   # at EBREAKS_END, SLOT + 1 MiB
        # The one place from which jal reaches SLOT, but not the other way round.
        .set slot, SLOT
enter_slot:
        .option push
        .option norelax
        j slot
        .option pop

main:
        la t0, handler
        csrw mtvec, t0
        la t0, state
        csrw mscratch, t0
        # All memory is open to U-mode, where mret may lead.
        li t0, -1
        csrw pmpaddr0, t0
        li t0, 0x1f
        csrw pmpcfg0, t0
        # A pending timer interrupt, never taken in M-mode, makes wfi return.
        li t0, CLINT_MTIMECMP
        sd zero, 0(t0)
        li t0, 0x80
        csrw mie, t0

        li t0, EBREAKS
        li t1, EBREAKS_END
        li t2, 0x9002900290029002
fill:   sd t2, 0(t0)
        addi t0, t0, 8
        bltu t0, t1, fill

        li s0, LIST
        lwu s1, 0(s0)           # words left
        addi s0, s0, 4          # next word
        li s2, 0                # digit being built
        li s3, 1                # bit of the digit
        j next

        # After a trap: s4 = 1 if the word was illegal.
result: beqz s4, legal
        or s2, s2, s3
legal:  slli s3, s3, 1
        li t0, 16
        bne s3, t0, next
        li t0, 10
        addi t1, s2, '0'
        bltu s2, t0, digit
        addi t1, s2, 'a' - 10
digit:  li t0, UART
        sb t1, 0(t0)
        li s2, 0
        li s3, 1

next:   beqz s1, done
        # What the last word may have changed: a page of DATA, and the status register.
        li t0, DATA - 2048
        li t1, DATA + 4096
        li t2, 0x9002900290029002
clean:  ld t3, 0(t0)
        beq t3, t2, same
        sd t2, 0(t0)
same:   addi t0, t0, 8
        bltu t0, t1, clean
        li t0, -1
        csrc mstatus, t0
        li t0, 0x6000           # FS = dirty
        csrs mstatus, t0
        li t0, DATA
        csrw mepc, t0
        csrw sepc, t0
        csrw fcsr, zero

        lwu t0, 0(s0)
        addi s0, s0, 4
        addi s1, s1, -1
        li t1, SLOT
        sw t0, 0(t1)
        fence.i
        la t0, state
        sd s0, 0(t0)
        sd s1, 8(t0)
        sd s2, 16(t0)
        sd s3, 24(t0)

        li x1, DATA
        mv x2, x1
        mv x3, x1
        mv x4, x1
        mv x5, x1
        mv x6, x1
        mv x7, x1
        mv x8, x1
        mv x9, x1
        mv x10, x1
        mv x11, x1
        mv x12, x1
        mv x13, x1
        mv x14, x1
        mv x15, x1
        mv x16, x1
        mv x17, x1
        mv x18, x1
        mv x19, x1
        mv x20, x1
        mv x21, x1
        mv x22, x1
        mv x23, x1
        mv x24, x1
        mv x25, x1
        mv x26, x1
        mv x27, x1
        mv x28, x1
        mv x29, x1
        mv x30, x1
        mv x31, x1
        j enter_slot

        .align 2
handler:
        csrr t0, mscratch
        ld s0, 0(t0)
        ld s1, 8(t0)
        ld s2, 16(t0)
        ld s3, 24(t0)
        csrr t0, mcause
        addi t0, t0, -2
        csrr t1, mepc
        li t2, SLOT
        sub t1, t1, t2
        or t0, t0, t1
        seqz s4, t0
        j result

done:   li t0, FINISHER
        li t1, 0x5555
        sw t1, 0(t0)
        j done

        .align 3
state:  .space 32
