/* What the console shows when the core traps. */
#include "bl_platform.h"

static const char *const fault_names[] = {
    "Instruction address misaligned",
    "Instruction access fault",
    "Illegal instruction",
    "Breakpoint",
    "Load address misaligned",
    "Load access fault",
    "Store address misaligned",
    "Store access fault",
    "Environment call from U-mode",
    "Reserved 9",
    "Reserved 10",
    "Environment call from M-mode",
};

static void fault_backtrace(const uint32_t *frame)
{
    extern uint32_t _ld_stack_top;
    int depth = 0;

    /* without frame pointers this can only print what looks like a return address */
    for (; frame < &_ld_stack_top && depth < 16; frame++) {
        uint32_t value = *frame;
        if (value >= 0x23000000u && value < 0x23400000u && (value & 1u) == 0) {
            bl_printf("  #%d 0x%08lx\r\n", depth, (unsigned long)value);
            depth++;
        }
    }
}

void fault_report(uint32_t cause, uint32_t pc, uint32_t value)
{
    uint32_t code = cause & 0x3FFu;
    const char *name = "Unknown";

    if (code < sizeof fault_names / sizeof fault_names[0])
        name = fault_names[code];
    bl_printf("Exception Entry--->>>\r\n");
    bl_printf("mcause %08lx, mepc %08lx, mtval %08lx\r\n", (unsigned long)cause, (unsigned long)pc,
              (unsigned long)value);
    bl_printf("Exception code: %lu  msg: %s\r\n", (unsigned long)code, name);
    uint32_t here;
    fault_backtrace(&here);
}
