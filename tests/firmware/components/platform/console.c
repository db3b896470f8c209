/* Formatted output on the console, and dumps. */
#include <ctype.h>
#include <stdio.h>

#include "bl_platform.h"
#include "hal.h"

static char console_line[256];

int bl_vprintf(const char *format, va_list arguments)
{
    int length = vsnprintf(console_line, sizeof console_line, format, arguments);

    for (const char *c = console_line; *c; c++)
        hal_uart_putc(0, *c);
    return length;
}

int bl_printf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = bl_vprintf(format, arguments);
    va_end(arguments);
    return length;
}

void bl_hexdump(const void *data, size_t length)
{
    const uint8_t *bytes = data;

    for (size_t row = 0; row < length; row += 16) {
        bl_printf("%08lx ", (unsigned long)(uintptr_t)(bytes + row));
        for (size_t i = 0; i < 16; i++) {
            if (row + i < length)
                bl_printf(" %02x", bytes[row + i]);
            else
                bl_printf("   ");
        }
        bl_printf("  |");
        for (size_t i = 0; i < 16 && row + i < length; i++)
            bl_printf("%c", isprint(bytes[row + i]) ? bytes[row + i] : '.');
        bl_printf("|\r\n");
    }
}

void bl_reboot(void)
{
    bl_printf("rebooting\r\n");
    rom_delay_us(1000);
    *(volatile uint32_t *)0x40000018u = 0;
    *(volatile uint32_t *)0x40000018u = 2;
    for (;;)
        ;
}
