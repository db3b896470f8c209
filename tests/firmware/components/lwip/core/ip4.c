/* IPv4 in and out; no fragments, no options. */
#include <string.h>

#include "hal.h"
#include "lwip_lite.h"
#include "wifi_mgr.h"

#define NET_GROUPS 4

static struct {
    ip4_t address, mask, gateway;
    uint16_t identification;
    uint8_t mac[6];
    ip4_t groups[NET_GROUPS];
    uint32_t received, dropped;
} ip4;

ip4_t net_address(void)
{
    return ip4.address;
}

ip4_t net_gateway(void)
{
    return ip4.gateway;
}

int net_join_group(ip4_t group)
{
    for (int i = 0; i < NET_GROUPS; i++) {
        if (ip4.groups[i] == group)
            return 0;
        if (!ip4.groups[i]) {
            ip4.groups[i] = group;
            return 0;
        }
    }
    return -1;
}

void ip4_set(ip4_t address, ip4_t mask, ip4_t gateway)
{
    ip4.address = address;
    ip4.mask = mask;
    ip4.gateway = gateway;
    hal_mac(ip4.mac);
}

static bool ip4_for_us(ip4_t to)
{
    if (to == ip4.address || to == 0xFFFFFFFFu || to == (ip4.address | ~ip4.mask))
        return true;
    for (int i = 0; i < NET_GROUPS; i++)
        if (ip4.groups[i] && ip4.groups[i] == to)
            return true;
    return false;
}

void ip4_input(const uint8_t *packet, size_t length)
{
    ip4.received++;
    if (length < 20 || packet[0] >> 4 != 4)
        goto drop;
    size_t header = (packet[0] & 15u) * 4;
    size_t total = net_get16(packet + 2);
    if (header < 20 || total < header || total > length || net_checksum(0, packet, header))
        goto drop;
    if (net_get16(packet + 6) & 0x3FFFu)
        goto drop;
    ip4_t from = net_get32(packet + 12);
    ip4_t to = net_get32(packet + 16);
    if (!ip4_for_us(to) && ip4.address)
        goto drop;
    packet += header;
    length = total - header;
    switch (packet[9 - (int)header]) {
    case 6:
        tcp_input(from, to, packet, length);
        return;
    case 17:
        udp_input(from, to, packet, length);
        return;
    default:
        break;
    }
drop:
    ip4.dropped++;
}

int ip4_output(ip4_t to, unsigned protocol, struct pbuf *p)
{
    uint8_t mac[6];
    int result = -1;
    bool local = ((to ^ ip4.address) & ip4.mask) == 0 || ip4_is_multicast(to) || to == 0xFFFFFFFFu;

    if (arp_lookup(local ? to : ip4.gateway, mac) && pbuf_header(p, 20)) {
        uint8_t *h = p->payload;
        h[0] = 0x45;
        h[1] = 0;
        net_put16(h + 2, p->length);
        net_put16(h + 4, ++ip4.identification);
        net_put16(h + 6, 0x4000);
        h[8] = ip4_is_multicast(to) ? 4 : 64;
        h[9] = (uint8_t)protocol;
        net_put16(h + 10, 0);
        net_put32(h + 12, ip4.address);
        net_put32(h + 16, to);
        net_put16(h + 10, net_checksum(0, h, 20));
        if (pbuf_header(p, 14)) {
            memcpy(p->payload, mac, 6);
            memcpy(p->payload + 6, ip4.mac, 6);
            net_put16(p->payload + 12, 0x0800);
            result = wifi_tx(p->payload, p->length);
        }
    }
    pbuf_free(p);
    return result;
}
