/* Pins with roles, channels with values, buttons with clicks. */
#include "new_common.h"
#include "cmnds/cmd_public.h"
#include "driver/drv_public.h"
#include "mqtt/new_mqtt.h"
#if ENABLE_HA_DISCOVERY
#include "hass/hass.h"
#endif

#define PIN_COUNT 23

static int g_channelValues[CHANNEL_MAX];
static int g_channelChanges;

static byte g_buttons[PIN_COUNT];

static const struct {
    const char *name;
    float scale;
    const char *unit;
} g_channelTypes[ChType_Max] = {
    [ChType_Default] = {"Default", 1.0f, ""},
    [ChType_Toggle] = {"Toggle", 1.0f, ""},
    [ChType_Dimmer] = {"Dimmer", 1.0f, "%"},
    [ChType_Temperature] = {"Temperature", 0.1f, "C"},
    [ChType_Humidity] = {"Humidity", 0.1f, "%"},
    [ChType_Voltage] = {"Voltage", 0.1f, "V"},
    [ChType_Current] = {"Current", 0.001f, "A"},
    [ChType_Power] = {"Power", 0.1f, "W"},
    [ChType_Energy] = {"Energy", 0.001f, "kWh"},
    [ChType_ReadOnly] = {"ReadOnly", 1.0f, ""},
};

const char *CHANNEL_TypeName(int type)
{
    return type >= 0 && type < ChType_Max ? g_channelTypes[type].name : "?";
}

float CHANNEL_GetScaled(int channel)
{
    return (float)CHANNEL_Get(channel) * g_channelTypes[g_cfg.channel_type[channel & 31] % ChType_Max].scale;
}

int PIN_FindRole(int role, int start)
{
    for (int pin = start; pin < PIN_COUNT; pin++)
        if (g_cfg.pin_role[pin] == role)
            return pin;
    return -1;
}

static void pin_apply(int pin)
{
    int value = g_channelValues[g_cfg.pin_channel[pin] & 31];

    switch (g_cfg.pin_role[pin]) {
    case IOR_Relay:
    case IOR_LED:
        hal_gpio_set((unsigned)pin, value != 0);
        break;
    case IOR_Relay_n:
    case IOR_LED_n:
        hal_gpio_set((unsigned)pin, value == 0);
        break;
    default:
        break;
    }
}

static void pin_setup(int pin)
{
    switch (g_cfg.pin_role[pin]) {
    case IOR_Relay:
    case IOR_Relay_n:
    case IOR_LED:
    case IOR_LED_n:
    case IOR_WifiLED:
        hal_gpio_output((unsigned)pin, false);
        break;
    case IOR_Button:
    case IOR_DigitalInput:
        hal_gpio_input((unsigned)pin, true);
        break;
    case IOR_Button_n:
        hal_gpio_input((unsigned)pin, false);
        break;
    default:
        break;
    }
    pin_apply(pin);
}

void PIN_SetRole(int pin, int role, int channel)
{
    if (pin < 0 || pin >= PIN_COUNT || role < 0 || role >= IOR_Total)
        return;
    g_cfg.pin_role[pin] = (int8_t)role;
    g_cfg.pin_channel[pin] = (byte)channel;
    CFG_MarkDirty();
    pin_setup(pin);
#if ENABLE_HA_DISCOVERY
    // what the device has changed, so tell the home again
    hass_schedule(10);
#endif
}

void PIN_Init(void)
{
    for (int i = 0; i < CHANNEL_MAX; i++)
        g_channelValues[i] = g_cfg.start_value[i];
    for (int pin = 0; pin < PIN_COUNT; pin++)
        pin_setup(pin);
}

int CHANNEL_Get(int channel)
{
    return channel >= 0 && channel < CHANNEL_MAX ? g_channelValues[channel] : 0;
}

void CHANNEL_Set(int channel, int value, bool silent)
{
    if (channel < 0 || channel >= CHANNEL_MAX)
        return;
    int old = g_channelValues[channel];
    if (old == value)
        return;
    g_channelValues[channel] = value;
    g_channelChanges++;
    if (CFG_HasFlag(FLAG_RETAIN_POWER) && g_cfg.channel_type[channel] <= ChType_Dimmer) {
        g_cfg.start_value[channel] = value;
        CFG_MarkDirty();
    }
    for (int pin = 0; pin < PIN_COUNT; pin++)
        if (g_cfg.pin_channel[pin] == channel)
            pin_apply(pin);
    DRV_OnChannelChanged(channel, value);
    if (!silent) {
        ADDLOG_INFO(LOG_FEATURE_MAIN, "channel %d is %d, was %d", channel, value, old);
        MQTT_ChannelChanged(channel, value);
    }
}

void CHANNEL_Add(int channel, int delta)
{
    CHANNEL_Set(channel, CHANNEL_Get(channel) + delta, false);
}

void CHANNEL_Toggle(int channel)
{
    CHANNEL_Set(channel, !CHANNEL_Get(channel), false);
}

static void button_tick(int pin, bool level)
{
    g_buttons[pin] = (byte)(g_buttons[pin] << 1 | level);
    if (g_buttons[pin] == 0x7F) /* down for as many ticks as it takes to be sure */
        CHANNEL_Toggle(g_cfg.pin_channel[pin]);
}

void PIN_Tick(void)
{
    static int blink;

    blink++;
    for (int pin = 0; pin < PIN_COUNT; pin++) {
        switch (g_cfg.pin_role[pin]) {
        case IOR_Button:
            button_tick(pin, !hal_gpio_get((unsigned)pin));
            break;
        case IOR_Button_n:
            button_tick(pin, hal_gpio_get((unsigned)pin));
            break;
        case IOR_DigitalInput:
            CHANNEL_Set(g_cfg.pin_channel[pin], hal_gpio_get((unsigned)pin), false);
            break;
        case IOR_WifiLED:
            hal_gpio_set((unsigned)pin, wifi_mgr_state() == WIFI_UP || blink % 100 < 50);
            break;
        default:
            break;
        }
    }
}
