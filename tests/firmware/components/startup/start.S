/* Reset entry and trap vector. boot2 jumps to the first byte of the image. */
    .section .init, "ax", @progbits
    .globl  bl602_start
    .type   bl602_start, @function
bl602_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, _ld_stack_top
    la      tp, _ld_tls_start
    csrci   mstatus, 8
    la      t0, trap_vector
    ori     t0, t0, 1
    csrw    mtvec, t0
    li      t0, 0x2000          /* mstatus.FS = initial: the compiler uses float registers */
    csrs    mstatus, t0

    la      a0, _ld_data_start  /* initialised data, and code that must run while flash is busy */
    la      a1, _ld_load_start
    la      a2, _ld_data_end
1:  bgeu    a0, a2, 2f
    lw      t0, 0(a1)
    sw      t0, 0(a0)
    addi    a0, a0, 4
    addi    a1, a1, 4
    j       1b
2:  la      a0, _ld_bss_start
    la      a2, _ld_bss_end
3:  bgeu    a0, a2, 4f
    sw      zero, 0(a0)
    addi    a0, a0, 4
    j       3b
4:  call    start_constructors
    call    bfl_main
5:  wfi
    j       5b
    .size   bl602_start, . - bl602_start

    .section .init.vectors, "ax", @progbits
    .align  6
    .globl  trap_vector
    .type   trap_vector, @function
trap_vector:
    j       trap_exception
    j       trap_default
    j       trap_default
    j       trap_software
    j       trap_default
    j       trap_default
    j       trap_default
    j       trap_timer
    j       trap_default
    j       trap_default
    j       trap_default
    j       trap_external
    .size   trap_vector, . - trap_vector
trap_default:
    mret
trap_exception:
    csrrw   sp, mscratch, sp
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    fault_report
6:  j       6b
trap_software:
    mret
trap_timer:
    addi    sp, sp, -80
    sw      ra, 0(sp)
    sw      t0, 4(sp)
    sw      t1, 8(sp)
    sw      t2, 12(sp)
    sw      a0, 16(sp)
    sw      a1, 20(sp)
    sw      a2, 24(sp)
    sw      a3, 28(sp)
    sw      a4, 32(sp)
    sw      a5, 36(sp)
    sw      a6, 40(sp)
    sw      a7, 44(sp)
    sw      t3, 48(sp)
    sw      t4, 52(sp)
    sw      t5, 56(sp)
    sw      t6, 60(sp)
    call    rtos_tick
    j       7f
trap_external:
    addi    sp, sp, -80
    sw      ra, 0(sp)
    sw      t0, 4(sp)
    sw      t1, 8(sp)
    sw      t2, 12(sp)
    sw      a0, 16(sp)
    sw      a1, 20(sp)
    sw      a2, 24(sp)
    sw      a3, 28(sp)
    sw      a4, 32(sp)
    sw      a5, 36(sp)
    sw      a6, 40(sp)
    sw      a7, 44(sp)
    sw      t3, 48(sp)
    sw      t4, 52(sp)
    sw      t5, 56(sp)
    sw      t6, 60(sp)
    call    irq_dispatch
7:  lw      ra, 0(sp)
    lw      t0, 4(sp)
    lw      t1, 8(sp)
    lw      t2, 12(sp)
    lw      a0, 16(sp)
    lw      a1, 20(sp)
    lw      a2, 24(sp)
    lw      a3, 28(sp)
    lw      a4, 32(sp)
    lw      a5, 36(sp)
    lw      a6, 40(sp)
    lw      a7, 44(sp)
    lw      t3, 48(sp)
    lw      t4, 52(sp)
    lw      t5, 56(sp)
    lw      t6, 60(sp)
    addi    sp, sp, 80
    mret
