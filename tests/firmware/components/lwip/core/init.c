/* Start of the stack; the applications have an init.c of their own. */
#include "lwip_lite.h"
#include "rtos.h"
#include "wifi_mgr.h"

extern void ip4_set(ip4_t address, ip4_t mask, ip4_t gateway);
extern void ip4_input(const uint8_t *packet, size_t length);
extern void dns_server(ip4_t server);

static rtos_queue_t init_frames;
static struct pbuf *init_storage[8];

static void init_receive(const uint8_t *frame, size_t length)
{
    struct pbuf *p = pbuf_alloc(0, length);

    if (!p)
        return;
    __builtin_memcpy(p->payload, frame, length);
    if (!rtos_queue_push(&init_frames, &p))
        pbuf_free(p);
}

void net_init(void)
{
    rtos_queue_init(&init_frames, init_storage, sizeof init_storage[0], 8);
    arp_init();
    dns_init();
    wifi_rx_hook(init_receive);
    apps_init();
}

void net_configure(ip4_t address, ip4_t mask, ip4_t gateway, ip4_t dns)
{
    ip4_set(address, mask, gateway);
    dns_server(dns ? dns : gateway);
}

void net_poll(void)
{
    struct pbuf *p;

    while (rtos_queue_pop(&init_frames, &p)) {
        if (p->length > 14) {
            switch (net_get16(p->payload + 12)) {
            case 0x0800:
                ip4_input(p->payload + 14, p->length - 14u);
                break;
            case 0x0806:
                arp_input(p->payload, p->length);
                break;
            default:
                break;
            }
        }
        pbuf_free(p);
    }
}

void net_every_second(void)
{
    tcp_every_second();
}
