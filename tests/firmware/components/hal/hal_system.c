/* Clocks, watchdog, reset reason, random numbers, MAC address. */
#include "bl_platform.h"
#include "hal.h"

static const uint32_t clock_domains[] = {160000000u, 40000000u, 32768u, 80000000u};

static const char *const reset_names[] = {"power on", "watchdog", "software", "brownout", "sleep"};

void hal_clock_init(void)
{
    volatile uint32_t *clock = (volatile uint32_t *)0x40000000u;

    clock[0] = (clock[0] & ~0xFFu) | 0x1Bu;
    clock[1] |= 1u << 4;
    *(volatile uint64_t *)0x02004000u = *(volatile uint64_t *)0x0200BFF8u + 1000;
}

uint32_t hal_clock_hz(unsigned domain)
{
    return domain < 4 ? clock_domains[domain] : 0;
}

void hal_wdt_start(uint32_t milliseconds)
{
    volatile uint32_t *wdt = (volatile uint32_t *)0x4000A500u;

    wdt[0x64 / 4] = 0xBABA;
    wdt[0x68 / 4] = 0xEB10;
    wdt[0x60 / 4] = milliseconds * 32u;
    wdt[0x64 / 4] = 3;
}

void hal_wdt_feed(void)
{
    *(volatile uint32_t *)0x4000A59Cu = 1;
}

const char *hal_reset_reason(void)
{
    uint32_t bits = *(volatile uint32_t *)0x4000F110u & 0x1Fu;
    unsigned n = 0;

    while (bits > 1) {
        bits >>= 1;
        n++;
    }
    return reset_names[n % 5];
}

uint32_t hal_random(void)
{
    static uint32_t state = 0x6A09E667u;
    uint32_t noise = *(volatile uint32_t *)0x40004208u;

    state ^= noise;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

void hal_mac(uint8_t mac[6])
{
    uint32_t low = rom_efuse_read(5);
    uint32_t high = rom_efuse_read(6);

    if ((low | (high & 0xFFFFu)) == 0) {
        low = 0x10203040u;
        high = 0x02B9u;
    }
    for (int i = 0; i < 4; i++)
        mac[5 - i] = (uint8_t)(low >> 8 * i);
    mac[1] = (uint8_t)high;
    mac[0] = (uint8_t)(high >> 8);
}

uint32_t hal_timer_us(void)
{
    return *(volatile uint32_t *)0x0200BFF8u;
}
