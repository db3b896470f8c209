/* Frames to and from the radio through rings in RAM that its DMA reaches. */
#include <string.h>

#include "hal.h"
#include "wifi_private.h"

#define WIFI_RAM __attribute__((section(".wifi_ram")))
#define RX_SLOTS 6
#define TX_SLOTS 4
#define FRAME_BYTES 1664

struct descriptor {
    volatile uint32_t status;
    uint32_t length;
    uint8_t *frame;
    struct descriptor *next;
};

WIFI_RAM static uint8_t rx_frames[RX_SLOTS][FRAME_BYTES];
WIFI_RAM static uint8_t tx_frames[TX_SLOTS][FRAME_BYTES];
WIFI_RAM static struct descriptor rx_ring[RX_SLOTS];
WIFI_RAM static struct descriptor tx_ring[TX_SLOTS];

struct wifi_counters wifi_counters;

static unsigned rx_next, tx_next;
static uint8_t mac_bssid[6];
static bool mac_joined;
static uint8_t mac_address[6];
static void (*mac_hook)(const uint8_t *frame, size_t length);

static const uint16_t channel_mhz[] = {2412, 2417, 2422, 2427, 2432, 2437, 2442,
                                       2447, 2452, 2457, 2462, 2467, 2472, 2484};

static void ring_init(struct descriptor *ring, uint8_t *frames, unsigned count, uint32_t status)
{
    for (unsigned i = 0; i < count; i++) {
        ring[i].status = status;
        ring[i].length = FRAME_BYTES;
        ring[i].frame = frames + i * FRAME_BYTES;
        ring[i].next = &ring[(i + 1) % count];
    }
}

void wifi_mac_init(void)
{
    volatile uint32_t *agc = (volatile uint32_t *)0x44C0B000u;

    ring_init(rx_ring, rx_frames[0], RX_SLOTS, 1);
    ring_init(tx_ring, tx_frames[0], TX_SLOTS, 0);
    hal_mac(mac_address);
    for (unsigned i = 0; i < 64; i++)
        agc[i] = i / 8 << 8 | (3 * (i % 8) + 7 * (i / 8)); /* low noise amplifier, baseband */
    wifi_mac_channel(1);
}

void wifi_mac_channel(unsigned channel)
{
    if (channel >= 1 && channel <= 14)
        *(volatile uint32_t *)0x44C00040u = channel_mhz[channel - 1];
}

void wifi_rx_hook(void (*hook)(const uint8_t *frame, size_t length))
{
    mac_hook = hook;
}

int wifi_tx(const uint8_t *frame, size_t length)
{
    struct descriptor *d = &tx_ring[tx_next];

    if (length > FRAME_BYTES || d->status) {
        wifi_counters.tx_failed++;
        return -1;
    }
    memcpy(d->frame, frame, length);
    d->length = length;
    d->status = 1;
    tx_next = (tx_next + 1) % TX_SLOTS;
    *(volatile uint32_t *)0x44C00080u = 1;
    wifi_counters.tx_frames++;
    wifi_counters.tx_bytes += length;
    return 0;
}

static void mac_management(const uint8_t *frame, size_t length, int rssi)
{
    switch (frame[0]) {
    case 0x80:
        wifi_counters.beacons++;
        /* fall through */
    case 0x50:
        wifi_scan_frame(frame, length, rssi);
        break;
    case 0x10:
        mac_joined = length >= 30 && frame[26] == 0 && memcmp(frame + 16, mac_bssid, 6) == 0;
        break;
    case 0xA0:
    case 0xC0:
        wifi_counters.deauths++;
        if (memcmp(frame + 16, mac_bssid, 6) == 0)
            mac_joined = false;
        break;
    default:
        break;
    }
}

void wifi_mac_poll(void)
{
    while (!rx_ring[rx_next].status) {
        struct descriptor *d = &rx_ring[rx_next];
        size_t length = d->length & 0xFFFu;
        int rssi = (int8_t)(d->length >> 24);
        wifi_counters.rx_frames++;
        wifi_counters.rx_bytes += length;
        if (length < 24 || length > FRAME_BYTES)
            wifi_counters.rx_errors++;
        else if ((d->frame[0] & 0x0Cu) == 0)
            mac_management(d->frame, length, rssi);
        else if (mac_hook)
            mac_hook(d->frame, length);
        else
            wifi_counters.rx_dropped++;
        d->status = 1;
        rx_next = (rx_next + 1) % RX_SLOTS;
    }
}

static size_t mac_header(uint8_t *frame, uint8_t type, const uint8_t to[6])
{
    memset(frame, 0, 24);
    frame[0] = type;
    memcpy(frame + 4, to, 6);
    memcpy(frame + 10, mac_address, 6);
    memcpy(frame + 16, to[0] & 1 ? mac_address : to, 6);
    return 24;
}

void wifi_mac_auth(const uint8_t bssid[6])
{
    uint8_t frame[64];
    size_t n = mac_header(frame, 0xB0, bssid);

    memcpy(mac_bssid, bssid, 6);
    mac_joined = false;
    frame[n++] = 0;
    frame[n++] = 0;
    frame[n++] = 1;
    frame[n++] = 0;
    frame[n++] = 0;
    frame[n++] = 0;
    wifi_tx(frame, n);
}

bool wifi_mac_associated(const uint8_t bssid[6])
{
    return mac_joined && memcmp(bssid, mac_bssid, 6) == 0;
}

