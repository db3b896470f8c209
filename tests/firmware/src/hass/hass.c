/* Tells Home Assistant what this device is: one retained message for each entity. */
#include "../new_common.h"

#if ENABLE_HA_DISCOVERY

#include "hass.h"
#include "../driver/drv_public.h"
#include "../json/json_printer.h"
#include "../mqtt/new_mqtt.h"

static int g_delay = -1;
static int g_next = -1;
static int g_sent;
static char g_prefix[24] = "homeassistant";
static char g_payload[480];

enum entity { RELAY, SENSOR, DIAGNOSTIC };

static const char *const entity_components[] = {"switch", "sensor", "sensor"};

static const struct {
    byte type;
    const char *device_class;
    const char *unit;
    const char *state_class;
} hass_classes[] = {
    {ChType_Temperature, "temperature", "\xC2\xB0" "C", "measurement"},
    {ChType_Humidity, "humidity", "%", "measurement"},
    {ChType_Voltage, "voltage", "V", "measurement"},
    {ChType_Current, "current", "A", "measurement"},
    {ChType_Power, "power", "W", "measurement"},
    {ChType_Energy, "energy", "kWh", "total_increasing"},
};

void hass_schedule(int seconds)
{
    g_delay = seconds;
    g_next = -1;
}

void hass_set_prefix(const char *prefix)
{
    strcpy_safe(g_prefix, prefix, sizeof g_prefix);
}

int hass_count(void)
{
    return g_sent;
}

static void hass_device(json_t *j)
{
    json_object(j, "dev");
    json_array(j, "ids");
    json_text(j, NULL, g_cfg.device_name);
    json_close(j);
    json_text(j, "name", g_cfg.device_name);
    json_text(j, "mf", "Bouffalo Lab");
    json_text(j, "mdl", "BL602");
    json_text(j, "sw", USER_SW_VER);
    json_close(j);
}

static void hass_start(json_t *j, const char *name, const char *id)
{
    char unique[64];

    json_start(j, g_payload, sizeof g_payload);
    json_object(j, NULL);
    json_text(j, "name", name);
    snprintf(unique, sizeof unique, "%s_%s", g_cfg.device_name, id);
    json_text(j, "uniq_id", unique);
    json_text(j, "~", g_cfg.mqtt_client);
    json_text(j, "avty_t", "~/connected/get");
    json_text(j, "pl_avail", "online");
    json_text(j, "pl_not_avail", "offline");
}

static void hass_send(json_t *j, enum entity kind, const char *id)
{
    char topic[128];

    hass_device(j);
    json_close(j);
    if (json_finish(j) < 0) {
        ADDLOG_ERROR(LOG_FEATURE_MQTT, "discovery of %s does not fit %u bytes", id, (unsigned)sizeof g_payload);
        return;
    }
    snprintf(topic, sizeof topic, "%s/%s/%s_%s/config", g_prefix, entity_components[kind], g_cfg.device_name, id);
    if (MQTT_Publish(topic, g_payload, OBK_PUBLISH_FLAG_RETAIN | OBK_PUBLISH_FLAG_RAW_TOPIC) == 0)
        g_sent++;
}

static void hass_relay(int channel)
{
    json_t j;
    char id[16], topic[24];

    snprintf(id, sizeof id, "relay_%d", channel);
    hass_start(&j, id, id);
    snprintf(topic, sizeof topic, "~/%d/get", channel);
    json_text(&j, "stat_t", topic);
    snprintf(topic, sizeof topic, "~/%d/set", channel);
    json_text(&j, "cmd_t", topic);
    json_text(&j, "pl_on", "1");
    json_text(&j, "pl_off", "0");
    json_int(&j, "qos", 1);
    hass_send(&j, RELAY, id);
}

static void hass_channel(int channel, int type)
{
    json_t j;
    char id[16], topic[24];

    snprintf(id, sizeof id, "ch_%d", channel);
    for (size_t i = 0; i < ARRAY_SIZE(hass_classes); i++) {
        if (hass_classes[i].type != type)
            continue;
        hass_start(&j, CHANNEL_TypeName(type), id);
        snprintf(topic, sizeof topic, "~/%d/get", channel);
        json_text(&j, "stat_t", topic);
        json_text(&j, "dev_cla", hass_classes[i].device_class);
        json_text(&j, "unit_of_meas", hass_classes[i].unit);
        json_text(&j, "stat_cla", hass_classes[i].state_class);
        hass_send(&j, SENSOR, id);
        return;
    }
}

static void hass_diagnostic(const char *name, const char *id, const char *unit, const char *device_class)
{
    json_t j;
    char topic[24];

    hass_start(&j, name, id);
    snprintf(topic, sizeof topic, "~/%s/get", id);
    json_text(&j, "stat_t", topic);
    json_text(&j, "ent_cat", "diagnostic");
    if (unit)
        json_text(&j, "unit_of_meas", unit);
    if (device_class)
        json_text(&j, "dev_cla", device_class);
    hass_send(&j, DIAGNOSTIC, id);
}

static bool hass_step(int step)
{
    if (step < 23) {
        switch (g_cfg.pin_role[step]) {
        case IOR_Relay:
        case IOR_Relay_n:
            hass_relay(g_cfg.pin_channel[step]);
            break;
        default:
            break;
        }
        return true;
    }
    step -= 23;
    if (step < CHANNEL_MAX) {
        if (g_cfg.channel_type[step])
            hass_channel(step, g_cfg.channel_type[step]);
        return true;
    }
    switch (step - CHANNEL_MAX) {
    case 0:
        hass_diagnostic("Signal", "rssi", "dBm", "signal_strength");
        return true;
    case 1:
        hass_diagnostic("Uptime", "uptime", "s", "duration");
        return true;
    case 2:
        DRV_OnHassDiscovery(hass_diagnostic);
        return true;
    default:
        return false;
    }
}

void hass_every_second(void)
{
    if (g_delay > 0 && --g_delay == 0) {
        g_next = 0;
        g_sent = 0;
    }
    if (g_next < 0 || !MQTT_IsConnected())
        return;
    for (int i = 0; i < 8; i++) {
        if (!hass_step(g_next++)) {
            g_next = -1;
            ADDLOG_INFO(LOG_FEATURE_MQTT, "discovery: %d entities sent", g_sent);
            break;
        }
    }
}

#endif
