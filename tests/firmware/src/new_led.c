/* Brightness and colour of a light on PWM pins or on a strip. */
#include "new_common.h"
#include "cmnds/cmd_public.h"
#include "driver/drv_public.h"
#include "mqtt/new_mqtt.h"

static struct {
    bool on;
    float dimmer;
    byte color[3];
    byte now[3];
} led = {.dimmer = 100.0f, .color = {255, 255, 255}};

static void led_apply(void)
{
    int pin = -1;

    for (int i = 0; i < 3; i++) {
        float level = led.on ? (float)led.color[i] * led.dimmer / 100.0f : 0.0f;
        led.now[i] = (byte)(level * level / 255.0f); /* eyes see squares */
        pin = PIN_FindRole(IOR_PWM, pin + 1);
        if (pin >= 0)
            hal_pwm_duty((unsigned)pin, (float)led.now[i] / 2.55f);
    }
#if ENABLE_DRIVER_SM16703P
    Strip_SetAll(led.now[0], led.now[1], led.now[2]);
#endif
}

void LED_SetEnableAll(bool on)
{
    led.on = on;
    led_apply();
    MQTT_PublishInt("led_enableAll", on);
}

void LED_SetDimmer(float percent)
{
    led.dimmer = percent < 0.0f ? 0.0f : percent > 100.0f ? 100.0f : percent;
    led_apply();
    MQTT_PublishInt("led_dimmer", (int)led.dimmer);
}

void LED_SetRGB(const char *hex)
{
    if (*hex == '#')
        hex++;
    for (int i = 0; i < 3; i++) {
        int value = hexbyte(hex + 2 * i);
        if (value < 0)
            return;
        led.color[i] = (byte)value;
    }
    led_apply();
}

bool LED_IsOn(void)
{
    return led.on;
}

float LED_GetDimmer(void)
{
    return led.dimmer;
}

void LED_GetFinalRGB(byte rgb[3])
{
    memcpy(rgb, led.now, 3);
}

static commandResult_t CMD_LedEnable(const void *context, const char *cmd, const char *args, int flags)
{
    LED_SetEnableAll(atoi(args) != 0 || stricmp(args, "on") == 0);
    return CMD_RES_OK;
}

static commandResult_t CMD_LedDimmer(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    LED_SetDimmer(Tokenizer_GetArgFloat(0));
    return CMD_RES_OK;
}

static commandResult_t CMD_LedColor(const void *context, const char *cmd, const char *args, int flags)
{
    LED_SetRGB(args);
    return CMD_RES_OK;
}

void LED_AddCommands(void)
{
    CMD_RegisterCommand("led_enableAll", CMD_LedEnable, NULL);
    CMD_RegisterCommand("led_dimmer", CMD_LedDimmer, NULL);
    CMD_RegisterCommand("led_baseColor", CMD_LedColor, NULL);
}
