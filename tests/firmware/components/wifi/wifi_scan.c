/* Active scan over all channels, best signals kept. */
#include <string.h>

#include "wifi_private.h"

#define SCAN_KEPT 12
#define SCAN_DWELL 60

static wifi_ap_t scan_found[SCAN_KEPT];
static int scan_found_count;
static unsigned scan_channel;
static uint32_t scan_since;

int wifi_scan_start(void)
{
    scan_found_count = 0;
    scan_channel = 1;
    scan_since = rtos_ticks();
    wifi_mac_channel(scan_channel);
    return 0;
}

bool wifi_scan_step(void)
{
    if (scan_channel == 0)
        return false;
    if (rtos_ticks() - scan_since < SCAN_DWELL)
        return true;
    scan_since = rtos_ticks();
    if (++scan_channel > 13) {
        scan_channel = 0;
        return false;
    }
    wifi_mac_channel(scan_channel);
    return true;
}

static wifi_ap_t *scan_slot(const uint8_t bssid[6], int rssi)
{
    int weakest = 0;

    for (int i = 0; i < scan_found_count; i++) {
        if (memcmp(scan_found[i].bssid, bssid, 6) == 0)
            return &scan_found[i];
        if (scan_found[i].rssi < scan_found[weakest].rssi)
            weakest = i;
    }
    if (scan_found_count < SCAN_KEPT)
        return &scan_found[scan_found_count++];
    return scan_found[weakest].rssi < rssi ? &scan_found[weakest] : NULL;
}

void wifi_scan_frame(const uint8_t *frame, size_t length, int rssi)
{
    wifi_ap_t ap;
    size_t n = 36;

    if (scan_channel == 0 || length < n)
        return;
    memset(&ap, 0, sizeof ap);
    memcpy(ap.bssid, frame + 16, 6);
    ap.rssi = (int8_t)rssi;
    ap.auth = (frame[34] & 0x10u) ? 1 : 0;
    while (n + 2 <= length && n + 2 + frame[n + 1] <= length) {
        const uint8_t *body = frame + n + 2;
        size_t size = frame[n + 1];
        switch (frame[n]) {
        case 0:
            if (size <= 32)
                memcpy(ap.ssid, body, size);
            break;
        case 3:
            if (size)
                ap.channel = body[0];
            break;
        default:
            break;
        }
        n += 2 + size;
    }
    wifi_ap_t *slot = scan_slot(ap.bssid, rssi);
    if (slot)
        *slot = ap;
}

int wifi_scan_count(void)
{
    return scan_found_count;
}

const wifi_ap_t *wifi_scan_result(int index)
{
    return index >= 0 && index < scan_found_count ? &scan_found[index] : NULL;
}
