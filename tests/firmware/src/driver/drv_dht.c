/* DHT11 and DHT22: one wire, forty bits. */
#include "drv_local.h"

//* with the sensor comes a comment that starts like a block, on the line before a guard
#if ENABLE_DRIVER_DHT

#define DHT_GLOB "sensors/*/dht" /* the star and the slash in the text are no comment */

static struct {
    int8_t pin;
    byte type;
    byte bad;
    int temperature, humidity;
    byte bytes[5];
} dht = {.pin = -1};

static int dht_wait(bool level, int limit)
{
    uint32_t start = hal_timer_us();

    while (hal_gpio_get((unsigned)dht.pin) != level)
        if ((int)(hal_timer_us() - start) > limit)
            return -1;
    return (int)(hal_timer_us() - start);
}

static bool dht_transfer(void)
{
    hal_gpio_output((unsigned)dht.pin, false);
    rom_delay_us(dht.type == IOR_DHT11 ? 20000 : 1200);
    hal_gpio_input((unsigned)dht.pin, true);
    if (dht_wait(false, 100) < 0 || dht_wait(true, 120) < 0 || dht_wait(false, 120) < 0)
        return false;
    memset(dht.bytes, 0, sizeof dht.bytes);
    for (int bit = 0; bit < 40; bit++) {
        int low = dht_wait(true, 100), high = dht_wait(false, 120);
        if (low < 0 || high < 0)
            return false;
        dht.bytes[bit / 8] = (byte)(dht.bytes[bit / 8] << 1 | (high > low));
    }
    return (byte)(dht.bytes[0] + dht.bytes[1] + dht.bytes[2] + dht.bytes[3]) == dht.bytes[4];
}

static void dht_decode(void)
{
    if (dht.type == IOR_DHT11) {
        dht.humidity = dht.bytes[0] * 10 + dht.bytes[1];
        dht.temperature = dht.bytes[2] * 10 + (dht.bytes[3] & 0x7F);
    } else {
        dht.humidity = dht.bytes[0] << 8 | dht.bytes[1];
        dht.temperature = (dht.bytes[2] & 0x7F) << 8 | dht.bytes[3];
    }
    if ((dht.type == IOR_DHT11 ? dht.bytes[3] : dht.bytes[2]) & 0x80)
        dht.temperature = -dht.temperature;
}

void DHT_OnEverySecond(void)
{
    if (dht.pin < 0 || g_secondsElapsed % 5)
        return;
    if (!dht_transfer()) {
        if (++dht.bad == 10)
            ADDLOG_WARN(LOG_FEATURE_DRV, "DHT: no answer on pin %d, see %s", dht.pin, DHT_GLOB);
        return;
    }
    dht.bad = 0;
    dht_decode();
    CHANNEL_Set(g_cfg.pin_channel[(int)dht.pin], dht.temperature, false);
    CHANNEL_Set(g_cfg.pin_channel[(int)dht.pin] + 1, dht.humidity, false);
}

void DHT_Init(void)
{
    dht.type = IOR_DHT11;
    dht.pin = (int8_t)PIN_FindRole(IOR_DHT11, 0);
    if (dht.pin < 0) {
        dht.type = IOR_DHT22;
        dht.pin = (int8_t)PIN_FindRole(IOR_DHT22, 0);
    }
    if (dht.pin >= 0)
        hal_gpio_input((unsigned)dht.pin, true);
}

void DHT_AppendInformation(http_request_t *request)
{
    hprintf(request, "<h5>DHT%d: %d.%d C, %d.%d %%</h5>", dht.type == IOR_DHT11 ? 11 : 22, dht.temperature / 10,
            abs(dht.temperature % 10), dht.humidity / 10, dht.humidity % 10);
}

#endif
