/* Tasks in a list sorted by priority; the first that is ready runs next. */
#include <string.h>

#include "rtos.h"

enum { TASK_NEW, TASK_READY, TASK_SLEEPING };

#define STACK_PATTERN 0xA5A5A5A5u

/* the ROM's kernel keeps its lists here; its address is fixed in the mask */
__attribute__((section(".romdata"), used)) static uint32_t rom_kernel_lists[64];

static rtos_task_t *task_list;
static rtos_task_t *task_current;
static volatile uint32_t task_ticks;
static uint32_t *scheduler_sp;

extern void rtos_switch(uint32_t **save, uint32_t *load);
extern void rtos_enter(uint32_t **save, uint32_t *stack, void (*entry)(void *), void *argument);

void rtos_init(void)
{
    task_list = NULL;
    task_current = NULL;
    task_ticks = 0;
}

uint32_t rtos_ticks(void)
{
    return task_ticks;
}

__attribute__((section(".tcm_code.rtos_tick"))) void rtos_tick(void)
{
    volatile uint64_t *compare = (volatile uint64_t *)0x02004000u;

    *compare += 1000;
    task_ticks++;
    if (task_current)
        task_current->run_ticks++;
}

int rtos_task_create(rtos_task_t *task, const char *name, void (*entry)(void *), void *argument,
                     uint32_t *stack, size_t stack_bytes, unsigned priority)
{
    rtos_task_t **place = &task_list;

    if (stack_bytes < 256)
        return -1;
    memset(task, 0, sizeof *task);
    task->name = name;
    task->entry = entry;
    task->argument = argument;
    task->stack = stack;
    task->stack_bytes = stack_bytes;
    task->priority = (uint8_t)priority;
    task->state = TASK_NEW;
    for (size_t i = 0; i < stack_bytes / sizeof *stack; i++)
        stack[i] = STACK_PATTERN;
    while (*place && (*place)->priority >= priority)
        place = &(*place)->next;
    task->next = *place;
    *place = task;
    return 0;
}

void rtos_yield(void)
{
    rtos_task_t *self = task_current;

    if (self) {
        self->state = TASK_READY;
        self->wake_at = task_ticks;
        rtos_switch(&self->stack_pointer, scheduler_sp);
    }
}

void rtos_sleep(uint32_t ticks)
{
    rtos_task_t *self = task_current;

    if (!self)
        return;
    self->state = TASK_SLEEPING;
    self->wake_at = task_ticks + ticks;
    rtos_switch(&self->stack_pointer, scheduler_sp);
}

void rtos_run(void)
{
    for (;;) {
        rtos_timer_run(task_ticks);
        rtos_task_t *task = task_list;
        while (task && task->state == TASK_SLEEPING && (int32_t)(task->wake_at - task_ticks) > 0)
            task = task->next;
        if (!task) {
            __asm__ volatile("wfi");
            continue;
        }
        task_current = task;
        if (task->state == TASK_NEW) {
            task->state = TASK_READY;
            uint32_t *top = task->stack + task->stack_bytes / sizeof(uint32_t);
            rtos_enter(&scheduler_sp, top, task->entry, task->argument);
        } else {
            task->state = TASK_READY;
            rtos_switch(&scheduler_sp, task->stack_pointer);
        }
        task_current = NULL;
    }
}

void rtos_task_list(void (*show)(const rtos_task_t *task, size_t stack_free))
{
    for (const rtos_task_t *task = task_list; task; task = task->next) {
        size_t untouched = 0;
        while (untouched < task->stack_bytes / 4 && task->stack[untouched] == STACK_PATTERN)
            untouched++;
        show(task, untouched * 4);
    }
}
