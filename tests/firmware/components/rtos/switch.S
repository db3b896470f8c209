/* Context switch: only what a function call must preserve. */
    .section .text.rtos_switch, "ax", @progbits
    .globl  rtos_switch
    .type   rtos_switch, @function
rtos_switch:
    addi    sp, sp, -112
    sw      ra, 0(sp)
    sw      s0, 4(sp)
    sw      s1, 8(sp)
    sw      s2, 12(sp)
    sw      s3, 16(sp)
    sw      s4, 20(sp)
    sw      s5, 24(sp)
    sw      s6, 28(sp)
    sw      s7, 32(sp)
    sw      s8, 36(sp)
    sw      s9, 40(sp)
    sw      s10, 44(sp)
    sw      s11, 48(sp)
    fsw     fs0, 52(sp)
    fsw     fs1, 56(sp)
    fsw     fs2, 60(sp)
    fsw     fs3, 64(sp)
    fsw     fs4, 68(sp)
    fsw     fs5, 72(sp)
    sw      sp, 0(a0)
    mv      sp, a1
    lw      ra, 0(sp)
    lw      s0, 4(sp)
    lw      s1, 8(sp)
    lw      s2, 12(sp)
    lw      s3, 16(sp)
    lw      s4, 20(sp)
    lw      s5, 24(sp)
    lw      s6, 28(sp)
    lw      s7, 32(sp)
    lw      s8, 36(sp)
    lw      s9, 40(sp)
    lw      s10, 44(sp)
    lw      s11, 48(sp)
    flw     fs0, 52(sp)
    flw     fs1, 56(sp)
    flw     fs2, 60(sp)
    flw     fs3, 64(sp)
    flw     fs4, 68(sp)
    flw     fs5, 72(sp)
    addi    sp, sp, 112
    ret
    .size   rtos_switch, . - rtos_switch

    .section .text.rtos_enter, "ax", @progbits
    .globl  rtos_enter
    .type   rtos_enter, @function
rtos_enter:
    addi    sp, sp, -112
    sw      ra, 0(sp)
    sw      s0, 4(sp)
    sw      s1, 8(sp)
    sw      s2, 12(sp)
    sw      s3, 16(sp)
    sw      s4, 20(sp)
    sw      s5, 24(sp)
    sw      s6, 28(sp)
    sw      s7, 32(sp)
    sw      s8, 36(sp)
    sw      s9, 40(sp)
    sw      s10, 44(sp)
    sw      s11, 48(sp)
    sw      sp, 0(a0)
    mv      sp, a1
    mv      t0, a2
    mv      a0, a3
    jalr    t0
1:  j       1b
    .size   rtos_enter, . - rtos_enter
