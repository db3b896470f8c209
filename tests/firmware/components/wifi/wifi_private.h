#ifndef WIFI_PRIVATE_H
#define WIFI_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtos.h"
#include "wifi_mgr.h"

struct wifi_counters {
    uint32_t rx_frames, rx_bytes, rx_errors, rx_dropped;
    uint32_t tx_frames, tx_bytes, tx_retries, tx_failed;
    uint32_t beacons, deauths;
};

extern struct wifi_counters wifi_counters;

void wifi_mac_init(void);
void wifi_mac_poll(void);
void wifi_mac_channel(unsigned channel);
void wifi_mac_auth(const uint8_t bssid[6]);
bool wifi_mac_associated(const uint8_t bssid[6]);
bool wifi_scan_step(void);
void wifi_scan_frame(const uint8_t *frame, size_t length, int rssi);

#endif
