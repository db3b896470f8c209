/* UDP sockets in a list. */
#include <string.h>

#include "lwip_lite.h"

static udp_socket_t *udp_sockets;

int udp_open(udp_socket_t *socket, uint16_t port, udp_receive_t receive, void *context)
{
    for (udp_socket_t *s = udp_sockets; s; s = s->next)
        if (s->port == port || s == socket)
            return -1;
    socket->port = port;
    socket->receive = receive;
    socket->context = context;
    socket->next = udp_sockets;
    udp_sockets = socket;
    return 0;
}

void udp_close(udp_socket_t *socket)
{
    for (udp_socket_t **s = &udp_sockets; *s; s = &(*s)->next) {
        if (*s == socket) {
            *s = socket->next;
            return;
        }
    }
}

int udp_send(udp_socket_t *socket, ip4_t to, uint16_t port, const void *data, size_t length)
{
    struct pbuf *p = pbuf_alloc(42, length);

    if (!p)
        return -1;
    memcpy(p->payload, data, length);
    pbuf_header(p, 8);
    net_put16(p->payload, socket->port);
    net_put16(p->payload + 2, port);
    net_put16(p->payload + 4, p->length);
    net_put16(p->payload + 6, 0);
    return ip4_output(to, 17, p);
}

void udp_input(ip4_t from, ip4_t to, const uint8_t *data, size_t length)
{
    if (length < 8 || net_get16(data + 4) < 8 || net_get16(data + 4) > length)
        return;
    if (net_get16(data + 6)) {
        uint32_t sum = (from >> 16) + (from & 0xFFFFu) + (to >> 16) + (to & 0xFFFFu) + 17 + net_get16(data + 4);
        if (net_checksum(sum, data, net_get16(data + 4)))
            return;
    }
    uint16_t port = net_get16(data + 2);
    for (udp_socket_t *s = udp_sockets; s; s = s->next) {
        if (s->port == port) {
            s->receive(s, from, net_get16(data), data + 8, net_get16(data + 4) - 8u);
            return;
        }
    }
}
