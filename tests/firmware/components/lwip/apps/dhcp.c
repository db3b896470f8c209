/* DHCP client: discover, request, renew at half of the lease. */
#include <string.h>

#include "hal.h"
#include "lwip_lite.h"
#include "wifi_mgr.h"

enum { DHCP_IDLE, DHCP_DISCOVER, DHCP_REQUEST, DHCP_BOUND };
enum { OFFER = 2, ANSWER = 5, REFUSED = 6 };

static udp_socket_t dhcp_socket;
static struct {
    uint8_t state;
    uint8_t tries;
    uint32_t transaction;
    uint32_t lease, age;
    ip4_t offered, server;
} dhcp;

static const uint8_t dhcp_wanted[] = {1, 3, 6, 15, 42, 51};

static size_t dhcp_option(uint8_t *to, unsigned code, const void *data, size_t length)
{
    to[0] = (uint8_t)code;
    to[1] = (uint8_t)length;
    memcpy(to + 2, data, length);
    return length + 2;
}

static void dhcp_send(uint8_t kind)
{
    uint8_t m[300];
    uint8_t number[4];
    size_t n = 240;

    memset(m, 0, sizeof m);
    m[0] = 1;
    m[1] = 1;
    m[2] = 6;
    net_put32(m + 4, dhcp.transaction);
    net_put16(m + 10, 0x8000);
    hal_mac(m + 28);
    net_put32(m + 236, 0x63825363u);
    n += dhcp_option(m + n, 53, &kind, 1);
    n += dhcp_option(m + n, 55, dhcp_wanted, sizeof dhcp_wanted);
    if (kind == 3) {
        net_put32(number, dhcp.offered);
        n += dhcp_option(m + n, 50, number, 4);
        net_put32(number, dhcp.server);
        n += dhcp_option(m + n, 54, number, 4);
    }
    m[n++] = 255;
    udp_send(&dhcp_socket, 0xFFFFFFFFu, 67, m, sizeof m);
}

static void dhcp_receive(udp_socket_t *socket, ip4_t from, uint16_t port, const uint8_t *m, size_t length)
{
    ip4_t mask = 0xFFFFFF00u, gateway = 0, dns = 0;
    unsigned kind = 0;

    (void)socket;
    (void)port;
    if (length < 240 || net_get32(m + 4) != dhcp.transaction || net_get32(m + 236) != 0x63825363u)
        return;
    for (size_t n = 240; n + 1 < length && m[n] != 255;) {
        if (m[n] == 0) {
            n++;
            continue;
        }
        const uint8_t *value = m + n + 2;
        size_t size = m[n + 1];
        if (n + 2 + size > length)
            break;
        if (m[n] == 53 && size == 1)
            kind = value[0];
        if (size >= 4) {
            switch (m[n]) {
            case 1:
                mask = net_get32(value);
                break;
            case 3:
                gateway = net_get32(value);
                break;
            case 6:
                dns = net_get32(value);
                break;
            case 51:
                dhcp.lease = net_get32(value);
                break;
            case 54:
                dhcp.server = net_get32(value);
                break;
            default:
                break;
            }
        }
        n += 2 + size;
    }
    if (kind == OFFER && dhcp.state == DHCP_DISCOVER) {
        dhcp.offered = net_get32(m + 16);
        if (!dhcp.server)
            dhcp.server = from;
        dhcp.state = DHCP_REQUEST;
        dhcp.tries = 0;
        dhcp_send(3);
    } else if (kind == ANSWER && dhcp.state == DHCP_REQUEST) {
        dhcp.state = DHCP_BOUND;
        dhcp.age = 0;
        net_configure(net_get32(m + 16), mask, gateway, dns);
    } else if (kind == REFUSED) {
        dhcp.state = DHCP_IDLE;
    }
}

void dhcp_init(void)
{
    udp_open(&dhcp_socket, 68, dhcp_receive, NULL);
}

void dhcp_every_second(void)
{
    if (wifi_mgr_state() != WIFI_UP) {
        dhcp.state = DHCP_IDLE;
        return;
    }
    switch (dhcp.state) {
    case DHCP_IDLE:
        dhcp.transaction = hal_random();
        dhcp.state = DHCP_DISCOVER;
        dhcp.tries = 0;
        /* fall through */
    case DHCP_DISCOVER:
        if (dhcp.tries++ % 4 == 0)
            dhcp_send(1);
        break;
    case DHCP_REQUEST:
        if (++dhcp.tries > 5)
            dhcp.state = DHCP_IDLE;
        else
            dhcp_send(3);
        break;
    default:
        if (++dhcp.age > dhcp.lease / 2) {
            dhcp.state = DHCP_REQUEST;
            dhcp.tries = 0;
        }
        break;
    }
}
