/* TCP for a handful of connections: one segment in flight, no window scaling, no selective anything. */
#include <string.h>

#include "hal.h"
#include "lwip_lite.h"
#include "rtos.h"

#define TCP_CONNECTIONS 6
#define TCP_LISTENERS 2
#define TCP_MSS 1200
#define TCP_RETRIES 6

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum state { FREE, SYN_SENT, SYN_RECEIVED, OPEN, FIN_WAIT, CLOSE_WAIT, LAST_ACK };

struct tcp_conn {
    enum state state;
    ip4_t peer;
    uint16_t local_port, peer_port;
    uint32_t send_next, send_acked, receive_next;
    uint16_t peer_window, peer_mss;
    uint8_t retries, idle;
    const struct tcp_handler *handler;
    void *context;
    uint8_t *pending; /* what is not acknowledged yet, then what waits */
    size_t pending_length;
};

static struct tcp_conn tcp_conns[TCP_CONNECTIONS];
static struct {
    uint16_t port;
    const struct tcp_handler *handler;
} tcp_listeners[TCP_LISTENERS];
static uint16_t tcp_port_next = 49152;

static int tcp_segment(struct tcp_conn *c, unsigned flags, const uint8_t *data, size_t length)
{
    struct pbuf *p = pbuf_alloc(38, 20 + (flags & SYN ? 4 : 0) + length);
    ip4_t self = net_address();

    if (!p)
        return -1;
    uint8_t *h = p->payload;
    size_t header = flags & SYN ? 24 : 20;
    net_put16(h, c->local_port);
    net_put16(h + 2, c->peer_port);
    net_put32(h + 4, c->send_acked);
    net_put32(h + 8, flags & ACK ? c->receive_next : 0);
    h[12] = (uint8_t)(header << 2);
    h[13] = (uint8_t)flags;
    net_put16(h + 14, 2 * TCP_MSS);
    net_put16(h + 16, 0);
    net_put16(h + 18, 0);
    if (flags & SYN) {
        h[20] = 2;
        h[21] = 4;
        net_put16(h + 22, TCP_MSS);
    }
    memcpy(h + header, data, length);
    uint32_t sum = (self >> 16) + (self & 0xFFFFu) + (c->peer >> 16) + (c->peer & 0xFFFFu) + 6 + p->length;
    net_put16(h + 16, net_checksum(sum, h, p->length));
    return ip4_output(c->peer, 6, p);
}

static void tcp_push(struct tcp_conn *c)
{
    size_t length = c->pending_length;

    if (length > c->peer_mss)
        length = c->peer_mss;
    if (length > c->peer_window)
        length = c->peer_window;
    if (!length)
        return;
    c->send_next = c->send_acked + length;
    tcp_segment(c, ACK | PSH, c->pending, length);
}

static void tcp_release(struct tcp_conn *c)
{
    if (c->state >= OPEN && c->handler->closed)
        c->handler->closed(c);
    heap_free(c->pending);
    memset(c, 0, sizeof *c);
}

static struct tcp_conn *tcp_new(ip4_t peer, uint16_t peer_port, uint16_t port, const struct tcp_handler *handler)
{
    for (struct tcp_conn *c = tcp_conns; c < tcp_conns + TCP_CONNECTIONS; c++) {
        if (c->state == FREE) {
            c->peer = peer;
            c->peer_port = peer_port;
            c->local_port = port;
            c->handler = handler;
            c->send_acked = c->send_next = hal_random();
            c->peer_mss = 536;
            c->peer_window = 536;
            return c;
        }
    }
    return NULL;
}

int tcp_listen(uint16_t port, const struct tcp_handler *handler)
{
    for (int i = 0; i < TCP_LISTENERS; i++) {
        if (!tcp_listeners[i].port) {
            tcp_listeners[i].port = port;
            tcp_listeners[i].handler = handler;
            return 0;
        }
    }
    return -1;
}

tcp_conn_t *tcp_connect(ip4_t to, uint16_t port, const struct tcp_handler *handler)
{
    struct tcp_conn *c = tcp_new(to, port, tcp_port_next++, handler);

    if (!c)
        return NULL;
    if (tcp_port_next == 0)
        tcp_port_next = 49152;
    c->state = SYN_SENT;
    c->send_next = c->send_acked + 1;
    tcp_segment(c, SYN, NULL, 0);
    return c;
}

int tcp_send(tcp_conn_t *c, const void *data, size_t length)
{
    if (c->state != OPEN && c->state != CLOSE_WAIT)
        return -1;
    uint8_t *bigger = heap_realloc(c->pending, c->pending_length + length);
    if (!bigger)
        return -1;
    memcpy(bigger + c->pending_length, data, length);
    c->pending = bigger;
    c->pending_length += length;
    if (c->send_next == c->send_acked)
        tcp_push(c);
    return (int)length;
}

void tcp_close(tcp_conn_t *c)
{
    if (c->state == OPEN)
        c->state = FIN_WAIT;
    else if (c->state == CLOSE_WAIT)
        c->state = LAST_ACK;
    else {
        tcp_release(c);
        return;
    }
    if (!c->pending_length) {
        c->send_next = c->send_acked + 1;
        tcp_segment(c, FIN | ACK, NULL, 0);
    }
}

void tcp_context(tcp_conn_t *c, void *context)
{
    c->context = context;
}

void *tcp_context_of(const tcp_conn_t *c)
{
    return c->context;
}

ip4_t tcp_peer(const tcp_conn_t *c)
{
    return c->peer;
}

static void tcp_acknowledged(struct tcp_conn *c, uint32_t ack)
{
    uint32_t bytes = ack - c->send_acked;

    if (bytes == 0 || bytes > c->send_next - c->send_acked)
        return;
    c->send_acked = ack;
    c->retries = 0;
    if (bytes > c->pending_length)
        bytes = c->pending_length;
    memmove(c->pending, c->pending + bytes, c->pending_length - bytes);
    c->pending_length -= bytes;
    if (c->pending_length) {
        tcp_push(c);
    } else if (c->state == FIN_WAIT || c->state == LAST_ACK) {
        c->send_next = c->send_acked + 1;
        tcp_segment(c, FIN | ACK, NULL, 0);
    }
}

static void tcp_options(struct tcp_conn *c, const uint8_t *o, const uint8_t *end)
{
    while (o < end && *o) {
        if (*o == 1) {
            o++;
            continue;
        }
        if (o + 1 >= end || o[1] < 2)
            return;
        if (*o == 2 && o[1] == 4 && o + 4 <= end) {
            c->peer_mss = net_get16(o + 2);
            if (c->peer_mss > TCP_MSS)
                c->peer_mss = TCP_MSS;
        }
        o += o[1];
    }
}

void tcp_input(ip4_t from, ip4_t to, const uint8_t *data, size_t length)
{
    if (length < 20)
        return;
    uint32_t sum = (from >> 16) + (from & 0xFFFFu) + (to >> 16) + (to & 0xFFFFu) + 6 + (uint32_t)length;
    size_t header = (data[12] >> 4) * 4u;
    if (net_checksum(sum, data, length) || header < 20 || header > length)
        return;
    uint16_t peer_port = net_get16(data), port = net_get16(data + 2);
    uint32_t sequence = net_get32(data + 4), ack = net_get32(data + 8);
    unsigned flags = data[13];
    struct tcp_conn *c = NULL;
    for (struct tcp_conn *i = tcp_conns; i < tcp_conns + TCP_CONNECTIONS; i++)
        if (i->state != FREE && i->peer == from && i->peer_port == peer_port && i->local_port == port)
            c = i;
    if (!c) {
        if ((flags & (SYN | ACK | RST)) != SYN)
            return;
        for (int i = 0; i < TCP_LISTENERS; i++)
            if (tcp_listeners[i].port == port)
                c = tcp_new(from, peer_port, port, tcp_listeners[i].handler);
        if (!c)
            return;
        c->state = SYN_RECEIVED;
        c->receive_next = sequence + 1;
        tcp_options(c, data + 20, data + header);
        c->send_next = c->send_acked + 1;
        tcp_segment(c, SYN | ACK, NULL, 0);
        return;
    }
    c->idle = 0;
    if (flags & RST) {
        tcp_release(c);
        return;
    }
    c->peer_window = net_get16(data + 14);
    if (c->state == SYN_SENT) {
        if ((flags & (SYN | ACK)) != (SYN | ACK) || ack != c->send_next)
            return;
        tcp_options(c, data + 20, data + header);
        c->receive_next = sequence + 1;
        c->send_acked = ack;
        c->state = OPEN;
        tcp_segment(c, ACK, NULL, 0);
        if (c->handler->connected)
            c->handler->connected(c);
        return;
    }
    if (flags & ACK) {
        if (c->state == SYN_RECEIVED && ack == c->send_next) {
            c->send_acked = ack;
            c->state = OPEN;
            if (c->handler->connected)
                c->handler->connected(c);
        } else if (c->state == LAST_ACK && !c->pending_length && ack == c->send_next) {
            tcp_release(c);
            return;
        } else {
            tcp_acknowledged(c, ack);
        }
    }
    data += header;
    length -= header;
    if (sequence != c->receive_next) {
        tcp_segment(c, ACK, NULL, 0);
        return;
    }
    c->receive_next += length;
    if (length) {
        tcp_segment(c, ACK, NULL, 0);
        c->handler->received(c, data, length);
    }
    if (flags & FIN) {
        c->receive_next++;
        tcp_segment(c, ACK, NULL, 0);
        if (c->state == FIN_WAIT) {
            tcp_release(c);
        } else if (c->state == OPEN) {
            c->state = CLOSE_WAIT;
            tcp_close(c);
        }
    }
}

void tcp_every_second(void)
{
    for (struct tcp_conn *c = tcp_conns; c < tcp_conns + TCP_CONNECTIONS; c++) {
        if (c->state == FREE)
            continue;
        if (++c->idle > 120 && c->state != OPEN) {
            tcp_release(c);
            continue;
        }
        if (c->send_next == c->send_acked)
            continue;
        if (++c->retries > TCP_RETRIES) {
            tcp_release(c);
        } else if (c->state == SYN_SENT) {
            tcp_segment(c, SYN, NULL, 0);
        } else if (c->state == SYN_RECEIVED) {
            tcp_segment(c, SYN | ACK, NULL, 0);
        } else {
            tcp_push(c);
        }
    }
}
