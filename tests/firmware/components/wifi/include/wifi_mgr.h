/* Interface of the radio library; the library itself comes without debug information. */
#ifndef WIFI_MGR_H
#define WIFI_MGR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wifi_state { WIFI_OFF, WIFI_SCANNING, WIFI_JOINING, WIFI_WAITING, WIFI_UP, WIFI_AP };

typedef struct {
    char ssid[33];
    uint8_t bssid[6];
    uint8_t channel;
    uint8_t auth;
    int8_t rssi;
} wifi_ap_t;

void wifi_mgr_start(void);
void wifi_mgr_poll(void);
int wifi_mgr_join(const char *ssid, const char *password);
int wifi_mgr_ap(const char *ssid);
enum wifi_state wifi_mgr_state(void);
int wifi_mgr_rssi(void);
int wifi_scan_start(void);
int wifi_scan_count(void);
const wifi_ap_t *wifi_scan_result(int index);

int wifi_tx(const uint8_t *frame, size_t length);
void wifi_rx_hook(void (*hook)(const uint8_t *frame, size_t length));

/* link statistics: nothing in the library itself uses them */
int wifi_stats_text(char *to, size_t size);
void wifi_stats_reset(void);

#endif
