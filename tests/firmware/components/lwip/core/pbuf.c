/* Packet buffers with room in front for headers. */
#include <string.h>

#include "lwip_lite.h"
#include "rtos.h"

struct pbuf *pbuf_alloc(size_t headroom, size_t length)
{
    struct pbuf *p = heap_alloc(sizeof *p + headroom + length);

    if (!p)
        return NULL;
    p->next = NULL;
    p->payload = p->bytes + headroom;
    p->length = (uint16_t)length;
    p->room = (uint16_t)(headroom + length);
    return p;
}

void pbuf_free(struct pbuf *p)
{
    while (p) {
        struct pbuf *next = p->next;
        heap_free(p);
        p = next;
    }
}

bool pbuf_header(struct pbuf *p, int grow)
{
    uint8_t *payload = p->payload - grow;

    if (payload < p->bytes || payload > p->bytes + p->room)
        return false;
    p->payload = payload;
    p->length = (uint16_t)(p->length + grow);
    return true;
}

int pbuf_append(struct pbuf *p, const void *data, size_t length)
{
    if ((size_t)(p->bytes + p->room - p->payload) < p->length + length)
        return -1;
    memcpy(p->payload + p->length, data, length);
    p->length = (uint16_t)(p->length + length);
    return 0;
}
