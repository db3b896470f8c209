/* What all energy meters share: averages, counters, history, the table on the main page. */
#include "drv_local.h"

#if ENABLE_BL_SHARED

#include "easykv.h"
#include <math.h>

static struct {
    float reading;
    float published;
    float threshold;
    int unchanged;
    const char *name;
    const char *unit;
    byte digits;
} g_meter[OBK_NUM_MEASUREMENTS] = {
    {.threshold = 0.5f, .name = "voltage", .unit = "V", .digits = 1},
    {.threshold = 0.002f, .name = "current", .unit = "A", .digits = 3},
    {.threshold = 0.25f, .name = "power", .unit = "W", .digits = 2},
    {.threshold = 0.05f, .name = "power_factor", .unit = "", .digits = 2},
    {.threshold = 0.1f, .name = "energycounter", .unit = "Wh", .digits = 3},
};

static bool g_measuring;
static double g_totalWh;
static float g_hourly[24];
static int g_hourIndex;
static int g_secondsInHour;
static int g_saveCountdown = 900;

bool DRV_IsMeasuringPower(void)
{
    return g_measuring;
}

float DRV_GetReading(int what)
{
    return what >= 0 && what < OBK_NUM_MEASUREMENTS ? g_meter[what].reading : 0.0f;
}

static commandResult_t CMD_EnergyReset(const void *context, const char *cmd, const char *args, int flags)
{
    g_totalWh = strtod(args, NULL);
    memset(g_hourly, 0, sizeof g_hourly);
    kv_set("energy", &g_totalWh, sizeof g_totalWh);
    return CMD_RES_OK;
}

void BL_Shared_Init(void)
{
    kv_get("energy", &g_totalWh, sizeof g_totalWh);
    g_measuring = true;
    CMD_RegisterCommand("energyCntReset", CMD_EnergyReset, NULL);
}

static void bl_history(float wh)
{
    g_hourly[g_hourIndex] += wh;
    if (++g_secondsInHour >= 3600) {
        g_secondsInHour = 0;
        g_hourIndex = (g_hourIndex + 1) % 24;
        g_hourly[g_hourIndex] = 0.0f;
    }
    if (--g_saveCountdown <= 0) {
        g_saveCountdown = 900;
        kv_set("energy", &g_totalWh, sizeof g_totalWh);
    }
}

void BL_ProcessUpdate(float voltage, float current, float power, float energy_wh)
{
    float apparent = voltage * current;

    if (voltage < 0.0f || current < 0.0f) {
        ADDLOG_WARN(LOG_FEATURE_ENERGY, "reading dropped: %.1f V %.3f A", (double)voltage, (double)current);
        return;
    }
    if (fabsf(power) < 0.05f)
        power = 0.0f;
    g_totalWh += (double)energy_wh;
    g_meter[OBK_VOLTAGE].reading = voltage;
    g_meter[OBK_CURRENT].reading = current;
    g_meter[OBK_POWER].reading = power;
    g_meter[OBK_POWER_FACTOR].reading = apparent > 0.01f ? fminf(power / apparent, 1.0f) : 0.0f;
    g_meter[OBK_ENERGY].reading = (float)g_totalWh;
    bl_history(energy_wh);
    for (int i = 0; i < OBK_NUM_MEASUREMENTS; i++) {
        if (fabsf(g_meter[i].reading - g_meter[i].published) < g_meter[i].threshold && ++g_meter[i].unchanged < 60)
            continue;
        g_meter[i].published = g_meter[i].reading;
        g_meter[i].unchanged = 0;
        MQTT_PublishFloat(g_meter[i].name, g_meter[i].reading, g_meter[i].digits);
    }
}

void BL09XX_AppendInformationToHTTPIndexPage(http_request_t *request)
{
    poststr(request, "<h2>Energy</h2><table style=\"width:100%\">");
    for (int i = 0; i < OBK_NUM_MEASUREMENTS; i++)
        hprintf(request, "<tr><td><b>%s</b></td><td style=\"text-align:right\">%.*f</td><td>%s</td></tr>",
                g_meter[i].name, g_meter[i].digits, (double)g_meter[i].reading, g_meter[i].unit);
    hprintf(request, "</table><h5>This hour %.1f Wh, the last %.1f Wh</h5>", (double)g_hourly[g_hourIndex],
            (double)g_hourly[(g_hourIndex + 23) % 24]);
}

void BL_Shared_OnHassDiscovery(hass_add_t add)
{
    static const char *const classes[] = {"voltage", "current", "power", "power_factor", "energy"};

    for (int i = 0; i < OBK_NUM_MEASUREMENTS; i++)
        add(g_meter[i].name, g_meter[i].name, g_meter[i].unit[0] ? g_meter[i].unit : NULL, classes[i]);
}

#endif
