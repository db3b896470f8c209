/* What the console shows when the core traps. */
#include "bl_platform.h"

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

    bl_printf("Exception Entry--->>>\r\n");
    bl_printf("mcause %08lx, mepc %08lx, mtval %08lx\r\n", (unsigned long)cause, (unsigned long)pc,
              (unsigned long)value);
    bl_printf("%s fault\r\n", code < 2 ? "fetch" : code < 4 ? "instruction" : code < 6 ? "load" : "store");
    uint32_t here;
    fault_backtrace(&here);
}
