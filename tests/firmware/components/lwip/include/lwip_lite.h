/* A small network stack: packet buffers, ARP, IPv4, UDP, TCP for a few connections, DNS. */
#ifndef LWIP_LITE_H
#define LWIP_LITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t ip4_t; /* host order */

struct pbuf {
    struct pbuf *next;
    uint8_t *payload;
    uint16_t length;
    uint16_t room;
    uint8_t bytes[];
};

struct pbuf *pbuf_alloc(size_t headroom, size_t length);
void pbuf_free(struct pbuf *p);
bool pbuf_header(struct pbuf *p, int grow);
int pbuf_append(struct pbuf *p, const void *data, size_t length);

uint16_t net_checksum(uint32_t sum, const void *data, size_t length);
uint32_t net_checksum_part(uint32_t sum, const void *data, size_t length);
uint16_t net_get16(const uint8_t *p);
uint32_t net_get32(const uint8_t *p);
void net_put16(uint8_t *p, uint16_t v);
void net_put32(uint8_t *p, uint32_t v);

bool ip4_parse(const char *text, ip4_t *out);
char *ip4_text(ip4_t address, char *to);
bool ip4_is_multicast(ip4_t address);

void net_init(void);
void net_poll(void);
void net_every_second(void);
ip4_t net_address(void);
ip4_t net_gateway(void);
void net_configure(ip4_t address, ip4_t mask, ip4_t gateway, ip4_t dns);
int net_join_group(ip4_t group);
int ip4_output(ip4_t to, unsigned protocol, struct pbuf *p);
bool arp_lookup(ip4_t address, uint8_t mac[6]);
void arp_input(const uint8_t *frame, size_t length);
void arp_init(void);
void dns_init(void);
void apps_init(void);

typedef struct udp_socket udp_socket_t;
typedef void (*udp_receive_t)(udp_socket_t *socket, ip4_t from, uint16_t port, const uint8_t *data, size_t length);
struct udp_socket {
    udp_socket_t *next;
    uint16_t port;
    udp_receive_t receive;
    void *context;
};
int udp_open(udp_socket_t *socket, uint16_t port, udp_receive_t receive, void *context);
void udp_close(udp_socket_t *socket);
int udp_send(udp_socket_t *socket, ip4_t to, uint16_t port, const void *data, size_t length);
void udp_input(ip4_t from, ip4_t to, const uint8_t *data, size_t length);

typedef struct tcp_conn tcp_conn_t;
struct tcp_handler {
    void (*connected)(tcp_conn_t *conn);
    void (*received)(tcp_conn_t *conn, const uint8_t *data, size_t length);
    void (*closed)(tcp_conn_t *conn);
};
int tcp_listen(uint16_t port, const struct tcp_handler *handler);
tcp_conn_t *tcp_connect(ip4_t to, uint16_t port, const struct tcp_handler *handler);
int tcp_send(tcp_conn_t *conn, const void *data, size_t length);
void tcp_close(tcp_conn_t *conn);
void tcp_context(tcp_conn_t *conn, void *context);
void *tcp_context_of(const tcp_conn_t *conn);
ip4_t tcp_peer(const tcp_conn_t *conn);
void tcp_input(ip4_t from, ip4_t to, const uint8_t *data, size_t length);
void tcp_every_second(void);

typedef void (*dns_found_t)(const char *name, ip4_t address, void *context);
int dns_resolve(const char *name, dns_found_t found, void *context);

#endif
