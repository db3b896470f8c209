/* Ring of fixed-size items. */
#include <string.h>

#include "rtos.h"

void rtos_queue_init(rtos_queue_t *queue, void *storage, size_t item_size, size_t capacity)
{
    queue->storage = storage;
    queue->item_size = (uint16_t)item_size;
    queue->capacity = (uint16_t)capacity;
    queue->count = 0;
    queue->head = 0;
    queue->dropped = 0;
}

bool rtos_queue_push(rtos_queue_t *queue, const void *item)
{
    if (queue->count == queue->capacity) {
        queue->dropped++;
        return false;
    }
    unsigned tail = (unsigned)queue->head + queue->count;
    if (tail >= queue->capacity)
        tail -= queue->capacity;
    memcpy(queue->storage + tail * queue->item_size, item, queue->item_size);
    queue->count++;
    return true;
}

bool rtos_queue_peek(const rtos_queue_t *queue, void *item)
{
    if (!queue->count)
        return false;
    memcpy(item, queue->storage + (unsigned)queue->head * queue->item_size, queue->item_size);
    return true;
}

bool rtos_queue_pop(rtos_queue_t *queue, void *item)
{
    if (!rtos_queue_peek(queue, item))
        return false;
    queue->head++;
    if (queue->head == queue->capacity)
        queue->head = 0;
    queue->count--;
    return true;
}
