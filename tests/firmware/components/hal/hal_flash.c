/* SPI flash behind the cache: while it is written nothing may be fetched from it, so this runs in RAM. */
#include "bl_platform.h"
#include "hal.h"

static uint32_t flash_writes;

TCM_SECTION("flash_guard_enter") static uint32_t flash_guard_enter(void)
{
    uint32_t status;

    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(status));
    *(volatile uint32_t *)0x4000F080u |= 1u << 8;
    return status & 8u;
}

TCM_SECTION("flash_guard_leave") static void flash_guard_leave(uint32_t status)
{
    *(volatile uint32_t *)0x4000F080u &= ~(1u << 8);
    rom_cache_flush();
    __asm__ volatile("csrs mstatus, %0" ::"r"(status));
}

TCM_SECTION("hal_flash_write") int hal_flash_write(uint32_t address, const void *from, size_t length)
{
    uint8_t page[64];
    const uint8_t *bytes = from;
    int result = 0;

    /* the source may itself lie in flash, so each piece is copied first */
    while (length && !result) {
        size_t piece = length < sizeof page ? length : sizeof page;
        for (size_t i = 0; i < piece; i++)
            page[i] = bytes[i];
        uint32_t status = flash_guard_enter();
        result = rom_flash_write(address, page, piece);
        flash_guard_leave(status);
        address += piece;
        bytes += piece;
        length -= piece;
        flash_writes++;
    }
    return result;
}

TCM_SECTION("hal_flash_erase") int hal_flash_erase(uint32_t address, size_t length)
{
    uint32_t status = flash_guard_enter();
    int result = rom_flash_erase(address, length);

    flash_guard_leave(status);
    return result;
}

TCM_SECTION("hal_flash_read") int hal_flash_read(uint32_t address, void *to, size_t length)
{
    uint32_t status = flash_guard_enter();
    int result = rom_flash_read(address, to, length);

    flash_guard_leave(status);
    return result;
}
