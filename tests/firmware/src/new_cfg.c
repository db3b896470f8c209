/* Settings: one structure with a checksum, in the key-value store. */
#include "new_common.h"
#include "easykv.h"

#define CFG_IDENT 0x4746434Fu
#define CFG_VERSION 4
#define CFG_KEY "mY0bcFg"

mainConfig_t g_cfg;
static int cfg_dirty;

static uint32_t cfg_checksum(const mainConfig_t *cfg)
{
    const byte *from = (const byte *)&cfg->version;

    return rom_crc32(from, sizeof *cfg - offsetof(mainConfig_t, version), 0);
}

void CFG_MarkDirty(void)
{
    cfg_dirty++;
}

void CFG_SetDefaults(void)
{
    byte mac[6];

    memset(&g_cfg, 0, sizeof g_cfg);
    g_cfg.ident = CFG_IDENT;
    g_cfg.version = CFG_VERSION;
    g_cfg.mqtt_port = 1883;
    g_cfg.ip = 0xC0A80064u;
    g_cfg.mask = 0xFFFFFF00u;
    g_cfg.gateway = 0xC0A80001u;
    hal_mac(mac);
    snprintf(g_cfg.device_name, sizeof g_cfg.device_name, "OpenBL602_%02X%02X%02X", mac[3], mac[4], mac[5]);
    snprintf(g_cfg.mqtt_client, sizeof g_cfg.mqtt_client, "obl%02X%02X%02X%02X", mac[2], mac[3], mac[4], mac[5]);
    strcpy(g_cfg.mqtt_host, "192.168.0.113");
    strcpy(g_cfg.ntp_host, "pool.ntp.org");
    for (size_t i = 0; i < ARRAY_SIZE(g_cfg.calibration); i++)
        g_cfg.calibration[i] = 1.0f;
    cfg_dirty = 1;
}

void CFG_Load(void)
{
    size_t n = kv_get(CFG_KEY, &g_cfg, sizeof g_cfg);

    if (n != sizeof g_cfg || g_cfg.ident != CFG_IDENT) {
        ADDLOG_WARN(LOG_FEATURE_CFG, "no settings (%u bytes), using defaults", (unsigned)n);
        CFG_SetDefaults();
    } else if (g_cfg.crc != cfg_checksum(&g_cfg)) {
        ADDLOG_ERROR(LOG_FEATURE_CFG, "settings are damaged, using defaults");
        CFG_SetDefaults();
    }
    g_cfg.changes++;
}

void CFG_SaveIfDirty(void)
{
    if (!cfg_dirty)
        return;
    cfg_dirty = 0;
    g_cfg.crc = cfg_checksum(&g_cfg);
    if (kv_set(CFG_KEY, &g_cfg, sizeof g_cfg) < 0)
        ADDLOG_ERROR(LOG_FEATURE_CFG, "settings could not be saved");
    else
        ADDLOG_DEBUG(LOG_FEATURE_CFG, "settings saved, crc %08lx", (unsigned long)g_cfg.crc);
}

bool CFG_HasFlag(int flag)
{
    return g_cfg.flags >> flag & 1;
}

void CFG_SetFlag(int flag, bool value)
{
    uint32_t old = g_cfg.flags;

    if (flag < 0 || flag >= FLAG_COUNT)
        return;
    g_cfg.flags = value ? old | 1u << flag : old & ~(1u << flag);
    if (g_cfg.flags != old)
        cfg_dirty++;
}

/* settings that are text, by the name that web page and commands use */
static const struct {
    const char *key;
    uint16_t offset;
    uint16_t size;
} cfg_strings[] = {
#define CFG_TEXT(name, field) {name, offsetof(mainConfig_t, field), sizeof g_cfg.field}
    CFG_TEXT("ssid", wifi_ssid),      CFG_TEXT("pass", wifi_pass),   CFG_TEXT("mqtthost", mqtt_host),
    CFG_TEXT("mqttuser", mqtt_user),  CFG_TEXT("mqttpass", mqtt_pass), CFG_TEXT("client", mqtt_client),
    CFG_TEXT("name", device_name),    CFG_TEXT("ntp", ntp_host),     CFG_TEXT("startup", startup),
};

bool CFG_SetString(const char *key, const char *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(cfg_strings); i++) {
        if (stricmp(cfg_strings[i].key, key) == 0) {
            char *place = (char *)&g_cfg + cfg_strings[i].offset;
            if (strcmp(place, value)) {
                strcpy_safe(place, value, cfg_strings[i].size);
                cfg_dirty++;
            }
            return true;
        }
    }
    return false;
}
