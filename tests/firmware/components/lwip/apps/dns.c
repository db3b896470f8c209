/* DNS client with a small cache. */
#include <string.h>

#include "hal.h"
#include "lwip_lite.h"
#include "rtos.h"

#define DNS_CACHE 4
#define DNS_NAME 64

static struct dns_entry {
    char name[DNS_NAME];
    ip4_t address;
    uint32_t asked;
    uint16_t id;
    dns_found_t found;
    void *context;
} dns_cache[DNS_CACHE];

static ip4_t dns_server_address;
static udp_socket_t dns_socket;

static size_t dns_question(uint8_t *m, const char *name, uint16_t id)
{
    size_t n = 12;

    memset(m, 0, 12);
    net_put16(m, id);
    m[2] = 1;
    m[5] = 1;
    while (*name) {
        const char *dot = strchr(name, '.');
        size_t part = dot ? (size_t)(dot - name) : strlen(name);
        m[n++] = (uint8_t)part;
        memcpy(m + n, name, part);
        n += part;
        name += part + (dot ? 1 : 0);
    }
    m[n++] = 0;
    net_put16(m + n, 1);
    net_put16(m + n + 2, 1);
    return n + 4;
}

static size_t dns_skip(const uint8_t *m, size_t n, size_t length)
{
    while (n < length && m[n]) {
        if ((m[n] & 0xC0u) == 0xC0u)
            return n + 2;
        n += m[n] + 1u;
    }
    return n + 1;
}

static void dns_receive(udp_socket_t *socket, ip4_t from, uint16_t port, const uint8_t *m, size_t length)
{
    (void)socket;
    (void)from;
    (void)port;
    if (length < 12 || !(m[2] & 0x80u))
        return;
    struct dns_entry *e = NULL;
    for (int i = 0; i < DNS_CACHE; i++)
        if (dns_cache[i].found && dns_cache[i].id == net_get16(m))
            e = &dns_cache[i];
    if (!e)
        return;
    size_t n = 12;
    for (unsigned q = net_get16(m + 4); q; q--)
        n = dns_skip(m, n, length) + 4;
    for (unsigned a = net_get16(m + 6); a && n + 12 <= length; a--) {
        n = dns_skip(m, n, length);
        if (n + 10 > length)
            break;
        size_t size = net_get16(m + n + 8);
        if (net_get16(m + n) == 1 && size == 4 && n + 14 <= length) {
            e->address = net_get32(m + n + 10);
            break;
        }
        n += 10 + size;
    }
    dns_found_t found = e->found;
    e->found = NULL;
    found(e->name, e->address, e->context);
}

void dns_server(ip4_t server)
{
    dns_server_address = server;
}

void dns_init(void)
{
    udp_open(&dns_socket, 49153, dns_receive, NULL);
}

int dns_resolve(const char *name, dns_found_t found, void *context)
{
    uint8_t m[DNS_NAME + 24];
    ip4_t address;
    struct dns_entry *oldest = dns_cache;

    if (ip4_parse(name, &address)) {
        found(name, address, context);
        return 0;
    }
    if (strlen(name) >= DNS_NAME)
        return -1;
    for (struct dns_entry *e = dns_cache; e < dns_cache + DNS_CACHE; e++) {
        if (e->address && strcmp(e->name, name) == 0 && rtos_ticks() - e->asked < 300000u) {
            found(name, e->address, context);
            return 0;
        }
        if (e->asked < oldest->asked)
            oldest = e;
    }
    strcpy(oldest->name, name);
    oldest->address = 0;
    oldest->asked = rtos_ticks();
    oldest->id = (uint16_t)hal_random();
    oldest->found = found;
    oldest->context = context;
    return udp_send(&dns_socket, dns_server_address, 53, m, dns_question(m, name, oldest->id));
}
