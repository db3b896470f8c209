/* Link statistics: a histogram of signal strength in the radio's RAM, and a text about it. */
#include <stdio.h>
#include <string.h>

#include "wifi_private.h"

__attribute__((section(".wifi_ram"))) static uint16_t stats_rssi[100];
__attribute__((section(".wifi_ram"))) static uint32_t stats_rate[12];

void wifi_stats_reset(void)
{
    memset(stats_rssi, 0, sizeof stats_rssi);
    memset(stats_rate, 0, sizeof stats_rate);
    memset(&wifi_counters, 0, sizeof wifi_counters);
}

static int stats_percentile(unsigned percent)
{
    uint32_t total = 0, sum = 0;

    for (int i = 0; i < 100; i++)
        total += stats_rssi[i];
    for (int i = 0; i < 100; i++) {
        sum += stats_rssi[i];
        if (sum * 100 >= total * percent)
            return -i;
    }
    return -99;
}

int wifi_stats_text(char *to, size_t size)
{
    int level = -wifi_mgr_rssi();

    if (level >= 0 && level < 100)
        stats_rssi[level]++;
    int n = snprintf(to, size, "rx %lu frames %lu bytes %lu errors; ", (unsigned long)wifi_counters.rx_frames,
                     (unsigned long)wifi_counters.rx_bytes, (unsigned long)wifi_counters.rx_errors);
    if (n < 0 || (size_t)n >= size)
        return n;
    return n + snprintf(to + n, size - n, "tx %lu frames %lu retries %lu failed; rssi median %d, worst tenth %d",
                        (unsigned long)wifi_counters.tx_frames, (unsigned long)wifi_counters.tx_retries,
                        (unsigned long)wifi_counters.tx_failed, stats_percentile(50), stats_percentile(90));
}
