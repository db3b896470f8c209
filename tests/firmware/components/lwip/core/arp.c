/* Addresses of the neighbours. */
#include <string.h>

#include "hal.h"
#include "lwip_lite.h"
#include "rtos.h"
#include "wifi_mgr.h"

#define ARP_ENTRIES 8

static struct arp_entry {
    ip4_t address;
    uint8_t mac[6];
    uint32_t seen;
} arp_table[ARP_ENTRIES];

static uint8_t arp_self[6];

void arp_init(void)
{
    memset(arp_table, 0, sizeof arp_table);
    hal_mac(arp_self);
}

static void arp_learn(ip4_t address, const uint8_t *mac)
{
    struct arp_entry *oldest = arp_table;

    for (struct arp_entry *e = arp_table; e < arp_table + ARP_ENTRIES; e++) {
        if (e->address == address) {
            oldest = e;
            break;
        }
        if (e->seen < oldest->seen)
            oldest = e;
    }
    oldest->address = address;
    oldest->seen = rtos_ticks();
    memcpy(oldest->mac, mac, 6);
}

static void arp_send(unsigned operation, const uint8_t *mac, ip4_t address)
{
    uint8_t frame[42];

    memcpy(frame, mac, 6);
    memcpy(frame + 6, arp_self, 6);
    net_put16(frame + 12, 0x0806);
    net_put16(frame + 14, 1);
    net_put16(frame + 16, 0x0800);
    frame[18] = 6;
    frame[19] = 4;
    net_put16(frame + 20, (uint16_t)operation);
    memcpy(frame + 22, arp_self, 6);
    net_put32(frame + 28, net_address());
    memcpy(frame + 32, mac, 6);
    net_put32(frame + 38, address);
    wifi_tx(frame, sizeof frame);
}

bool arp_lookup(ip4_t address, uint8_t mac[6])
{
    if (address == 0xFFFFFFFFu) {
        memset(mac, 0xFF, 6);
        return true;
    }
    if (ip4_is_multicast(address)) {
        mac[0] = 0x01;
        mac[1] = 0x00;
        mac[2] = 0x5E;
        mac[3] = (uint8_t)(address >> 16 & 0x7F);
        mac[4] = (uint8_t)(address >> 8);
        mac[5] = (uint8_t)address;
        return true;
    }
    for (int i = 0; i < ARP_ENTRIES; i++) {
        if (arp_table[i].address == address) {
            memcpy(mac, arp_table[i].mac, 6);
            return true;
        }
    }
    uint8_t everyone[6];
    memset(everyone, 0xFF, 6);
    arp_send(1, everyone, address);
    return false;
}

void arp_input(const uint8_t *frame, size_t length)
{
    if (length < 42 || net_get16(frame + 16) != 0x0800)
        return;
    ip4_t sender = net_get32(frame + 28);
    arp_learn(sender, frame + 22);
    if (net_get16(frame + 20) == 1 && net_get32(frame + 38) == net_address())
        arp_send(2, frame + 22, sender);
}
