/* CSE7766 energy meter: it talks by itself, 24 bytes at a time. */
#include "../obk_config.h"

#if ENABLE_DRIVER_CSE7766

#include "drv_local.h"

#define CSE7766_PACKET_LEN 24

static byte cse_buffer[64];
static size_t cse_used;
static uint16_t cse_last_pulses;
static bool cse_seen;

static uint32_t cse_24(const byte *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static bool cse_packet(const byte *p)
{
    byte sum = 0;

    for (int i = 2; i < CSE7766_PACKET_LEN - 1; i++)
        sum = (byte)(sum + p[i]);
    if (sum != p[CSE7766_PACKET_LEN - 1])
        return false;
    if ((p[0] & 0xF0) == 0xF0 && (p[0] & 0x0F) != 0x0A && (p[0] & 1)) {
        ADDLOG_WARN(LOG_FEATURE_ENERGY, "CSE7766: not calibrated (%02X)", p[0]);
        return true;
    }
    float voltage = 0, current = 0, power = 0, energy = 0;
    uint32_t voltage_cycle = cse_24(p + 5), current_cycle = cse_24(p + 11), power_cycle = cse_24(p + 17);
    if ((p[20] & 0x40) && voltage_cycle)
        voltage = (float)cse_24(p + 2) / (float)voltage_cycle * g_cfg.calibration[0];
    if ((p[20] & 0x20) && current_cycle)
        current = (float)cse_24(p + 8) / (float)current_cycle * g_cfg.calibration[1];
    if ((p[20] & 0x10) && power_cycle && p[0] != 0xF2)
        power = (float)cse_24(p + 14) / (float)power_cycle * g_cfg.calibration[2];
    uint16_t pulses = (uint16_t)(p[21] << 8 | p[22]);
    if (cse_seen)
        energy = (float)(uint16_t)(pulses - cse_last_pulses) * (float)cse_24(p + 14) / 3.6e9f;
    cse_last_pulses = pulses;
    cse_seen = true;
    BL_ProcessUpdate(voltage, current, power, energy);
    return true;
}

void CSE7766_OnEverySecond(void)
{
    cse_used += hal_uart_read(1, cse_buffer + cse_used, sizeof cse_buffer - cse_used);
    size_t at = 0;
    while (cse_used - at >= CSE7766_PACKET_LEN) {
        if (cse_buffer[at + 1] == 0x5A && cse_packet(cse_buffer + at))
            at += CSE7766_PACKET_LEN;
        else
            at++;
    }
    memmove(cse_buffer, cse_buffer + at, cse_used - at);
    cse_used -= at;
}

void CSE7766_Init(void)
{
    BL_Shared_Init();
    hal_uart_init(1, 4800);
    cse_used = 0;
    cse_seen = false;
}

#endif
