/* BL0942 energy meter on the UART. */
#include "../obk_config.h"

#if ENABLE_DRIVER_BL0942

#include "drv_local.h"

#define BL0942_PACKET_LEN 23
#define BL0942_READ 0x58
#define BL0942_WRITE 0xA8

static const struct {
    byte reg;
    uint32_t value;
} bl0942_setup[] = {
    {0x1D, 0x000055}, {0x19, 0x000087}, {0x18, 0x000010},
};

static struct {
    uint32_t i_rms, v_rms, watt, cf_count, frequency;
    uint32_t last_cf;
    bool seen;
    unsigned bad;
} bl0942;

static float bl0942_coefficient(int which)
{
    static const float defaults[] = {251213.46f, 15188.66f, 598.0f, 1.0f};

    return g_cfg.calibration[which] == 1.0f ? defaults[which] : g_cfg.calibration[which];
}

static void bl0942_write(byte reg, uint32_t value)
{
    byte frame[6] = {BL0942_WRITE, reg, (byte)value, (byte)(value >> 8), (byte)(value >> 16), 0};

    for (int i = 0; i < 5; i++)
        frame[5] = (byte)(frame[5] + frame[i]);
    frame[5] ^= 0xFF;
    hal_uart_write(1, frame, sizeof frame);
}

static uint32_t bl0942_24(const byte *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static bool bl0942_read(void)
{
    byte packet[BL0942_PACKET_LEN];
    byte sum = BL0942_READ;

    if (hal_uart_read(1, packet, sizeof packet) != sizeof packet)
        return false;
    if (packet[0] != 0x55) {
        bl0942.bad++;
        return false;
    }
    for (int i = 0; i < BL0942_PACKET_LEN - 1; i++)
        sum = (byte)(sum + packet[i]);
    if ((sum ^ 0xFF) != packet[BL0942_PACKET_LEN - 1]) {
        bl0942.bad++;
        ADDLOG_DEBUG(LOG_FEATURE_ENERGY, "BL0942: bad checksum, %u so far", bl0942.bad);
        return false;
    }
    bl0942.i_rms = bl0942_24(packet + 1);
    bl0942.v_rms = bl0942_24(packet + 4);
    uint32_t watt = bl0942_24(packet + 10);
    bl0942.watt = watt & 0x800000 ? 0x1000000 - watt : watt;
    bl0942.cf_count = bl0942_24(packet + 13);
    bl0942.frequency = bl0942_24(packet + 16);
    return true;
}

void BL0942_OnEverySecond(void)
{
    if (bl0942_read()) {
        uint32_t pulses = bl0942.seen ? (bl0942.cf_count - bl0942.last_cf) & 0xFFFFFF : 0;
        float watt = (float)bl0942.watt / bl0942_coefficient(2);
        bl0942.last_cf = bl0942.cf_count;
        bl0942.seen = true;
        BL_ProcessUpdate((float)bl0942.v_rms / bl0942_coefficient(1), (float)bl0942.i_rms / bl0942_coefficient(0), watt,
                         (float)pulses * 1638.4f * 256.0f / (3600.0f * bl0942_coefficient(2)));
    }
    byte ask[2] = {BL0942_READ, 0xAA};
    hal_uart_write(1, ask, sizeof ask);
}

void BL0942_Init(void)
{
    BL_Shared_Init();
    hal_uart_init(1, 4800);
    for (size_t i = 0; i < ARRAY_SIZE(bl0942_setup); i++)
        bl0942_write(bl0942_setup[i].reg, bl0942_setup[i].value);
}

#endif
