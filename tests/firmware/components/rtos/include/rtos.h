/* A small cooperative kernel: tasks, queues, software timers and a heap over several regions. */
#ifndef RTOS_H
#define RTOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rtos_task {
    struct rtos_task *next;
    const char *name;
    void (*entry)(void *);
    void *argument;
    uint32_t *stack;
    uint32_t *stack_pointer;
    size_t stack_bytes;
    uint32_t wake_at;
    uint32_t run_ticks;
    uint8_t priority;
    uint8_t state;
} rtos_task_t;

typedef struct {
    uint8_t *storage;
    uint16_t item_size;
    uint16_t capacity;
    uint16_t count;
    uint16_t head;
    uint32_t dropped;
} rtos_queue_t;

typedef struct rtos_timer {
    struct rtos_timer *next;
    void (*callback)(struct rtos_timer *timer);
    void *argument;
    uint32_t due;
    uint32_t period;
} rtos_timer_t;

typedef struct {
    void *start;
    size_t size;
} heap_region_t;

void rtos_init(void);
void rtos_run(void) __attribute__((noreturn));
uint32_t rtos_ticks(void);
void rtos_sleep(uint32_t ticks);
void rtos_yield(void);
int rtos_task_create(rtos_task_t *task, const char *name, void (*entry)(void *), void *argument,
                     uint32_t *stack, size_t stack_bytes, unsigned priority);
void rtos_task_list(void (*show)(const rtos_task_t *task, size_t stack_free));

void rtos_queue_init(rtos_queue_t *queue, void *storage, size_t item_size, size_t capacity);
bool rtos_queue_push(rtos_queue_t *queue, const void *item);
bool rtos_queue_pop(rtos_queue_t *queue, void *item);
bool rtos_queue_peek(const rtos_queue_t *queue, void *item);

void rtos_timer_start(rtos_timer_t *timer, uint32_t ticks, uint32_t period);
void rtos_timer_stop(rtos_timer_t *timer);
void rtos_timer_run(uint32_t now);

void heap_define(const heap_region_t *regions);
void *heap_alloc(size_t size);
void *heap_calloc(size_t count, size_t size);
void *heap_realloc(void *pointer, size_t size);
void heap_free(void *pointer);
size_t heap_left(void);
size_t heap_lowest(void);
char *heap_strdup(const char *text);

#endif
