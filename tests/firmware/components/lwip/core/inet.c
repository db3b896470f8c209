/* Byte order, checksums and addresses as text. */
#include <stdio.h>
#include <stdlib.h>

#include "lwip_lite.h"

uint16_t net_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t net_get32(const uint8_t *p)
{
    return (uint32_t)net_get16(p) << 16 | net_get16(p + 2);
}

void net_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void net_put32(uint8_t *p, uint32_t v)
{
    net_put16(p, (uint16_t)(v >> 16));
    net_put16(p + 2, (uint16_t)v);
}

uint32_t net_checksum_part(uint32_t sum, const void *data, size_t length)
{
    const uint8_t *p = data;

    for (; length > 1; length -= 2, p += 2)
        sum += net_get16(p);
    if (length)
        sum += (uint32_t)*p << 8;
    return sum;
}

uint16_t net_checksum(uint32_t sum, const void *data, size_t length)
{
    sum = net_checksum_part(sum, data, length);
    while (sum >> 16)
        sum = (sum & 0xFFFFu) + (sum >> 16);
    return (uint16_t)~sum;
}

bool ip4_parse(const char *text, ip4_t *out)
{
    ip4_t address = 0;

    for (int part = 0; part < 4; part++) {
        char *end;
        unsigned long value = strtoul(text, &end, 10);
        if (end == text || value > 255 || *end != (part < 3 ? '.' : '\0'))
            return false;
        address = address << 8 | (ip4_t)value;
        text = end + 1;
    }
    *out = address;
    return true;
}

char *ip4_text(ip4_t address, char *to)
{
    sprintf(to, "%u.%u.%u.%u", (unsigned)(address >> 24), (unsigned)(address >> 16 & 255),
            (unsigned)(address >> 8 & 255), (unsigned)(address & 255));
    return to;
}

bool ip4_is_multicast(ip4_t address)
{
    return address >> 28 == 0xE;
}
