/* The pages. */
#include "new_http.h"
#include "../cmnds/cmd_public.h"
#include "../driver/drv_public.h"
#include "../littlefs/our_lfs.h"
#include "../mqtt/new_mqtt.h"
#if ENABLE_HA_DISCOVERY
#include "../hass/hass.h"
#endif

#include <math.h>

static const char http_style[] =
    "<style>body{font-family:sans-serif;background:#21333e;color:#eee}a{color:#5cf}"
    ".btn{background:#1fa3ec;display:block;margin:4px 0}.off{background:#555}</style>";

void http_html_start(http_request_t *request, const char *title)
{
    http_setup(request, "text/html");
    poststr(request, "<!DOCTYPE html><html><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    poststr_escaped(request, g_cfg.device_name);
    hprintf(request, " - %s</title>", title);
    poststr(request, http_style);
    poststr(request, "</head><body><div id=\"main\"><h1><a href=\"/index\">");
    poststr_escaped(request, g_cfg.device_name);
    poststr(request, "</a></h1>");
}

void http_html_end(http_request_t *request)
{
    char state[96];
    int seconds = g_secondsElapsed;

    hprintf(request, "<hr><h5>%s, online for %d d %02d:%02d:%02d", USER_SW_VER, seconds / 86400, seconds / 3600 % 24,
            seconds / 60 % 60, seconds % 60);
    MQTT_StateText(state, sizeof state);
    hprintf(request, "<br>MQTT: %s", state);
    hprintf(request, "<br>WiFi: %d dBm, heap %u</h5>", wifi_mgr_rssi(), (unsigned)heap_left());
#ifdef ENABLE_WIFI_STATS
    char stats[192];
    wifi_stats_text(stats, sizeof stats);
    hprintf(request, "<h5>%s</h5>", stats);
#endif
    poststr(request, "</div>");
    poststr(request, "</body></html>");
}

#if ENABLE_I18N_HELP
static void help(http_request_t *request, const char *text)
{
    hprintf(request, "<p><small>%s</small></p>", text);
}
#endif

static void index_state(http_request_t *request)
{
    poststr(request, "<table style=\"width:100%\">");
    for (int channel = 0; channel < CHANNEL_MAX; channel++) {
        int type = g_cfg.channel_type[channel];
        bool relay = false;
        for (int pin = 0; pin < 23; pin++)
            if (g_cfg.pin_channel[pin] == channel &&
                (g_cfg.pin_role[pin] == IOR_Relay || g_cfg.pin_role[pin] == IOR_Relay_n))
                relay = true;
        if (relay || type == ChType_Toggle) {
            int value = CHANNEL_Get(channel);
            hprintf(request,
                    "<tr><td>Channel %d</td><td><a class=\"btn%s\" href=\"/index?tgl=%d\">%s</a></td></tr>", channel,
                    value ? "" : " off", channel, value ? "ON" : "OFF");
        } else if (type != ChType_Default) {
            hprintf(request, "<tr><td>%s %d</td><td>%.2f</td></tr>", CHANNEL_TypeName(type), channel,
                    (double)CHANNEL_GetScaled(channel));
        }
    }
    poststr(request, "</table>");
    DRV_AppendInformation(request);
}

static int http_fn_index(http_request_t *request)
{
    int toggled = http_getArgInteger(request->query, "tgl", -1);

    if (toggled >= 0)
        CHANNEL_Toggle(toggled);
    if (http_getArgInteger(request->query, "restart", 0))
        g_rebootRequested = 3;
    http_html_start(request, "Index");
    index_state(request);
#if ENABLE_I18N_HELP
    help(request, "Settings are written to flash a second after they change; a restart loses nothing. "
                  "A relay on pin 7 or 16, the serial port, clicks during boot.");
#endif
    poststr(request, "<a class=\"btn\" href=\"/cfg_wifi\">WiFi</a><a class=\"btn\" href=\"/cfg_mqtt\">MQTT</a><a class=\"btn\" href=\"/log\">Log</a>");
#if ENABLE_LITTLEFS
    poststr(request, "<a class=\"btn\" href=\"/files\">Files</a>");
#endif
#if ENABLE_HA_DISCOVERY
    poststr(request, "<a class=\"btn\" href=\"/ha_discovery\">Home Assistant</a>");
#endif
    poststr(request, "<a class=\"btn\" href=\"/index?restart=1\">Restart</a>");
    http_html_end(request);
    return 0;
}

static void form_field(http_request_t *request, const char *label, const char *name, const char *value)
{
    hprintf(request, "<label>%s<input name=\"%s\" value=\"", label, name);
    poststr_escaped(request, value);
    poststr(request, "\"></label>");
}

static void form_end(http_request_t *request)
{
    poststr(request, "<input type=\"submit\" value=\"Save\"></form>");
}

static bool take(http_request_t *request, const char *name)
{
    char value[256];

    return http_getArg(request->query, name, value, sizeof value) && CFG_SetString(name, value);
}

static int http_fn_cfg_wifi(http_request_t *request)
{
    http_html_start(request, "WiFi");
    if (take(request, "ssid")) {
        take(request, "pass");
        poststr(request, "<h2>Saved. The device joins this network after a restart.</h2>");
    }
#if ENABLE_I18N_HELP
    help(request, "With an empty name the device opens a network of its own; its address is then 192.168.4.1.");
#endif
    poststr(request, "<form action=\"/cfg_wifi\">");
    form_field(request, "Name of the network", "ssid", g_cfg.wifi_ssid);
    form_field(request, "Password", "pass", "");
    form_end(request);
    http_html_end(request);
    return 0;
}

static int http_fn_cfg_mqtt(http_request_t *request)
{
    http_html_start(request, "MQTT");
    if (take(request, "mqtthost")) {
        g_cfg.mqtt_port = (uint16_t)http_getArgInteger(request->query, "port", 1883);
        take(request, "client");
        CFG_MarkDirty();
        poststr(request, "<h2>Saved.</h2>");
    }
#if ENABLE_I18N_HELP
    help(request, "The client name is also the first part of every topic: NAME/1/get tells the value of channel 1, "
                  "NAME/1/set changes it.");
#endif
#if ENABLE_MQTT_CIPHER
    hprintf(request, "<p>Payloads are %s. Set a pass phrase with the command mqttKey; an empty one ends it.</p>",
            CFG_HasFlag(FLAG_MQTT_ENCRYPTED) ? "encrypted" : "sent in the clear");
#endif
    poststr(request, "<form action=\"/cfg_mqtt\">");
    form_field(request, "Host", "mqtthost", g_cfg.mqtt_host);
    char port[8];
    snprintf(port, sizeof port, "%d", g_cfg.mqtt_port);
    form_field(request, "Port", "port", port);
    form_field(request, "Client", "client", g_cfg.mqtt_client);
    form_end(request);
    http_html_end(request);
    return 0;
}

static int http_fn_log(http_request_t *request)
{
    char piece[160];
    unsigned position = 0;
    size_t n;

    http_setup(request, "text/plain");
    while ((n = LOG_Read(piece, sizeof piece, &position)) > 0)
        postany(request, piece, n);
    return 0;
}

#if ENABLE_LITTLEFS
static void file_row(const char *name, int size, void *context)
{
    hprintf(context, "<li><a href=\"/files?get=%s\">%s</a> %d <a href=\"/files?del=%s\">x</a></li>", name, name, size,
            name);
}

static int http_fn_files(http_request_t *request)
{
    char name[32], piece[160];

    if (http_getArg(request->query, "get", name, sizeof name)) {
        int n, offset = 0;
        http_setup(request, "text/plain");
        while ((n = LFS_Read(name, offset, piece, sizeof piece)) > 0) {
            postany(request, piece, (size_t)n);
            offset += n;
        }
        return 0;
    }
    http_html_start(request, "Files");
    if (http_getArg(request->query, "del", name, sizeof name) && LFS_Remove(name) < 0)
        poststr(request, "<p>There is no such file.</p>");
    poststr(request, "<ul>");
    int count = LFS_List(file_row, request);
    hprintf(request, "</ul><p>%d files, %d of %d bytes free</p>", count, LFS_Free(), LFS_Total());
    http_html_end(request);
    return 0;
}
#endif

#if ENABLE_HA_DISCOVERY
static int http_fn_ha_discovery(http_request_t *request)
{
    char prefix[24];

    http_html_start(request, "Home Assistant");
    if (http_getArg(request->query, "prefix", prefix, sizeof prefix)) {
        hass_set_prefix(prefix);
        hass_schedule(1);
        poststr(request, "<h2>Discovery starts in a second.</h2>");
    }
    if (!MQTT_IsConnected())
        poststr(request, "<p>There is no MQTT connection, so nothing can be sent.</p>");
    hprintf(request, "<p>%d entities were sent the last time.</p><form action=\"/ha_discovery\">", hass_count());
    form_field(request, "Prefix", "prefix", "homeassistant");
    form_end(request);
    http_html_end(request);
    return 0;
}
#endif

void HTTP_AddPages(void)
{
    HTTP_RegisterCallback("/", HTTP_GET, http_fn_index);
    HTTP_RegisterCallback("/index", HTTP_GET, http_fn_index);
    HTTP_RegisterCallback("/cfg_wifi", HTTP_GET, http_fn_cfg_wifi);
    HTTP_RegisterCallback("/cfg_mqtt", HTTP_GET, http_fn_cfg_mqtt);
    HTTP_RegisterCallback("/log", HTTP_GET, http_fn_log);
#if ENABLE_HA_DISCOVERY
    HTTP_RegisterCallback("/ha_discovery", HTTP_GET, http_fn_ha_discovery);
#endif
    HTTP_RegisterCallback("/cm", HTTP_ANY, http_fn_cm);
#if ENABLE_LITTLEFS
    HTTP_RegisterCallback("/files", HTTP_GET, http_fn_files);
#endif
}
