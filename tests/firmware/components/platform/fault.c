/* What the console shows when the core traps. */
#include "bl_platform.h"

void fault_report(uint32_t cause, uint32_t pc, uint32_t value)
{
    uint32_t code = cause & 0x3FFu;

    bl_printf("Exception Entry--->>>\r\n");
    bl_printf("mcause %08lx, mepc %08lx, mtval %08lx\r\n", (unsigned long)cause, (unsigned long)pc,
              (unsigned long)value);
    bl_printf("%s fault\r\n", code < 2 ? "fetch" : code < 4 ? "instruction" : code < 6 ? "load" : "store");
}
