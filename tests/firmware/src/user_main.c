/* Start of the application, and what it does once a second and a few hundred times a second. */
#include "new_common.h"
#include "easykv.h"
#include "cmnds/cmd_public.h"
#include "driver/drv_public.h"
#include "httpserver/new_http.h"
#include "littlefs/our_lfs.h"
#include "mqtt/new_mqtt.h"
#if ENABLE_HA_DISCOVERY
#include "hass/hass.h"
#endif

int g_secondsElapsed;
int g_rebootRequested;
static int g_lastState = -1;
static int g_noWifiSeconds;

#if defined(ENABLE_BOOT_STAMP)
static void stamp_boot(void)
{
    static uint32_t stamp[4];
    uint32_t count = 0;

    kv_get("boots", &count, sizeof count);
    count++;
    kv_set("boots", &count, sizeof count);
    stamp[0] = count;
    stamp[1] = hal_timer_us();
    stamp[2] = (uint32_t)heap_left();
    stamp[3] = rom_crc32(stamp, 12, 0);
    kv_set("stamp", stamp, sizeof stamp);
    ADDLOG_INFO(LOG_FEATURE_MAIN, "boot number %lu", (unsigned long)count);
}
#endif

void user_main(void)
{
    kv_init();
    CFG_Load();
#if ENABLE_BOOT_STAMP
    stamp_boot();
#endif
    LOG_RunQuickTick();
    CMD_Init();
    PIN_Init();
#if ENABLE_LITTLEFS
    if (LFS_Mount() < 0) {
        ADDLOG_WARN(LOG_FEATURE_LFS, "no file system, formatting");
        LFS_Format();
        LFS_Mount();
    }
    LFS_AddCommands();
#endif
    HTTP_Start(80);
    MQTT_Init();
    DRV_Init();
    if (g_cfg.wifi_ssid[0]) {
        wifi_mgr_join(g_cfg.wifi_ssid, g_cfg.wifi_pass);
        net_configure(g_cfg.ip, g_cfg.mask, g_cfg.gateway, 0);
    } else {
        wifi_mgr_ap(g_cfg.device_name);
        net_configure(0xC0A80401u, 0xFFFFFF00u, 0, 0);
    }
    if (g_cfg.startup[0])
        CMD_ExecuteCommand(g_cfg.startup, 0);
#if ENABLE_LITTLEFS
    CMD_ExecuteCommand("exec autoexec.bat", 0);
#endif
    ADDLOG_INFO(LOG_FEATURE_MAIN, "%s started, %u bytes of heap", USER_SW_VER, (unsigned)heap_left());
}

static void state_changed(enum wifi_state state)
{
    static const char *const names[] = {"off", "scanning", "joining", "waiting", "connected", "access point"};

    ADDLOG_INFO(LOG_FEATURE_MAIN, "wifi: %s", names[state]);
    if (state == WIFI_UP)
        g_noWifiSeconds = 0;
}

void user_every_second(void)
{
    enum wifi_state state = wifi_mgr_state();

    g_secondsElapsed++;
    if ((int)state != g_lastState) {
        g_lastState = (int)state;
        state_changed(state);
    }
    if (state != WIFI_UP && state != WIFI_AP && ++g_noWifiSeconds > 600) {
        ADDLOG_ERROR(LOG_FEATURE_MAIN, "no wifi for ten minutes");
        g_rebootRequested = 1;
    }
    MQTT_EverySecond();
    DRV_OnEverySecond();
#if ENABLE_HA_DISCOVERY
    hass_every_second();
#endif
    CFG_SaveIfDirty();
    if (g_rebootRequested && --g_rebootRequested == 0) {
        CFG_SaveIfDirty();
        bl_reboot();
    }
}

void user_quick_tick(void)
{
    PIN_Tick();
    DRV_RunQuickTick();
}
