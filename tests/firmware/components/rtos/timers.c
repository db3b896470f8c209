/* Software timers, sorted by due time. */
#include "rtos.h"

static rtos_timer_t *timer_list;

static bool timer_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static void timer_insert(rtos_timer_t *timer)
{
    rtos_timer_t **place = &timer_list;

    while (*place && !timer_before(timer->due, (*place)->due))
        place = &(*place)->next;
    timer->next = *place;
    *place = timer;
}

void rtos_timer_stop(rtos_timer_t *timer)
{
    for (rtos_timer_t **place = &timer_list; *place; place = &(*place)->next) {
        if (*place == timer) {
            *place = timer->next;
            timer->next = NULL;
            return;
        }
    }
}

void rtos_timer_start(rtos_timer_t *timer, uint32_t ticks, uint32_t period)
{
    rtos_timer_stop(timer);
    timer->due = rtos_ticks() + ticks;
    timer->period = period;
    timer_insert(timer);
}

void rtos_timer_run(uint32_t now)
{
    while (timer_list && !timer_before(now, timer_list->due)) {
        rtos_timer_t *timer = timer_list;
        timer_list = timer->next;
        if (timer->period) {
            timer->due += timer->period;
            timer_insert(timer);
        }
        timer->callback(timer);
    }
}
