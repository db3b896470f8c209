/* Boot, faults, interrupts and the console of the fixture chip. */
#ifndef BL_PLATFORM_H
#define BL_PLATFORM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define ATTR_TCM __attribute__((section(".tcm_code." "fn"), noinline))
#define TCM_SECTION(name) __attribute__((section(".tcm_code." name), noinline))

typedef void (*irq_handler_t)(void *context);

int irq_attach(unsigned number, irq_handler_t handler, void *context);
void irq_enable(unsigned number);
void irq_disable(unsigned number);

int bl_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int bl_vprintf(const char *format, va_list arguments);
void bl_hexdump(const void *data, size_t length);
void bl_reboot(void);

/* functions of the boot ROM */
extern uint32_t rom_crc32(const void *data, size_t length, uint32_t seed);
extern uint16_t rom_crc16_ccitt(const void *data, size_t length, uint16_t seed);
extern void rom_delay_us(uint32_t microseconds);
extern void rom_cache_flush(void);
extern int rom_flash_read(uint32_t address, void *to, size_t length);
extern int rom_flash_write(uint32_t address, const void *from, size_t length);
extern int rom_flash_erase(uint32_t address, size_t length);
extern uint32_t rom_efuse_read(unsigned word);

#endif
