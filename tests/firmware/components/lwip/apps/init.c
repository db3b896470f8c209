/* Start of the stack's own applications. */
#include "lwip_lite.h"

static udp_socket_t echo_socket;

static void echo_receive(udp_socket_t *socket, ip4_t from, uint16_t port, const uint8_t *data, size_t length)
{
    if (length <= 512)
        udp_send(socket, from, port, data, length);
}

void apps_init(void)
{
    udp_open(&echo_socket, 7, echo_receive, NULL);
}
