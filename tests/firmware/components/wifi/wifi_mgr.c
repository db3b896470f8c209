/* Station state machine. */
#include "wifi_mgr.h"

#include <string.h>

#include "wifi_private.h"

static struct {
    enum wifi_state state;
    uint32_t since;
    uint8_t retries;
    char ssid[33];
    char password[65];
    uint8_t psk[32];
    uint8_t bssid[6];
    uint8_t channel;
    int8_t rssi;
} mgr;

extern void rom_psk(const char *password, const char *ssid, uint8_t key[32]);

static const uint16_t retry_delay[] = {200, 500, 1000, 2000, 5000, 10000, 30000};

static void mgr_enter(enum wifi_state state)
{
    mgr.state = state;
    mgr.since = rtos_ticks();
}

void wifi_mgr_start(void)
{
    wifi_mac_init();
    mgr_enter(WIFI_OFF);
}

int wifi_mgr_join(const char *ssid, const char *password)
{
    if (strlen(ssid) > 32 || strlen(password) > 64)
        return -1;
    strcpy(mgr.ssid, ssid);
    strcpy(mgr.password, password);
    rom_psk(password, ssid, mgr.psk);
    mgr.retries = 0;
    wifi_scan_start();
    mgr_enter(WIFI_SCANNING);
    return 0;
}

int wifi_mgr_ap(const char *ssid)
{
    if (strlen(ssid) > 32)
        return -1;
    strcpy(mgr.ssid, ssid);
    wifi_mac_channel(6);
    *(volatile uint32_t *)0x44C00060u = 100; /* the radio sends beacons by itself */
    mgr_enter(WIFI_AP);
    return 0;
}

static bool mgr_pick(void)
{
    int best = -128;

    for (int i = 0; i < wifi_scan_count(); i++) {
        const wifi_ap_t *ap = wifi_scan_result(i);
        if (strcmp(ap->ssid, mgr.ssid) == 0 && ap->rssi > best) {
            best = ap->rssi;
            memcpy(mgr.bssid, ap->bssid, 6);
            mgr.channel = ap->channel;
        }
    }
    mgr.rssi = (int8_t)best;
    return best > -128;
}

static void mgr_failed(void)
{
    if (mgr.retries < sizeof retry_delay / sizeof retry_delay[0] - 1)
        mgr.retries++;
    mgr_enter(WIFI_WAITING);
}

void wifi_mgr_poll(void)
{
    uint32_t age = rtos_ticks() - mgr.since;

    wifi_mac_poll();
    switch (mgr.state) {
    case WIFI_SCANNING:
        if (wifi_scan_step())
            break;
        if (!mgr_pick()) {
            mgr_failed();
            break;
        }
        wifi_mac_channel(mgr.channel);
        wifi_mac_auth(mgr.bssid);
        mgr_enter(WIFI_JOINING);
        break;
    case WIFI_JOINING:
        if (wifi_mac_associated(mgr.bssid))
            mgr_enter(WIFI_UP);
        else if (age > 4000)
            mgr_failed();
        break;
    case WIFI_WAITING:
        if (age > retry_delay[mgr.retries]) {
            wifi_scan_start();
            mgr_enter(WIFI_SCANNING);
        }
        break;
    case WIFI_UP:
        if (!wifi_mac_associated(mgr.bssid))
            mgr_failed();
        break;
    default:
        break;
    }
}

enum wifi_state wifi_mgr_state(void)
{
    return mgr.state;
}

int wifi_mgr_rssi(void)
{
    return mgr.rssi;
}
