/* First C code: heaps, console, radio, then the application's main task. */
#include "bl_platform.h"
#include "cli.h"
#include "hal.h"
#include "lwip_lite.h"
#include "rtos.h"
#include "wifi_mgr.h"

extern uint8_t _heap_start, _heap_size, _heap_wifi_start, _heap_wifi_size;
extern const char fw_version_text[];
extern void user_main(void);
extern void user_every_second(void);
extern void user_quick_tick(void);

static const heap_region_t heap_regions[] = {
    {&_heap_start, (size_t)&_heap_size},
    {&_heap_wifi_start, (size_t)&_heap_wifi_size},
    {NULL, 0},
};

static rtos_task_t main_task;
static rtos_task_t console_task;
static rtos_task_t net_task;
static uint32_t main_stack[640];
static uint32_t console_stack[384];
static uint32_t net_stack[512];

static void console_main(void *unused)
{
    (void)unused;
    cli_start();
    for (;;) {
        int c = hal_uart_getc(0);
        if (c < 0)
            rtos_sleep(10);
        else
            cli_input((char)c);
    }
}

static void net_main(void *unused)
{
    uint32_t last = 0;

    (void)unused;
    wifi_mgr_start();
    net_init();
    for (;;) {
        wifi_mgr_poll();
        net_poll();
        uint32_t now = rtos_ticks();
        if (now - last >= 1000) {
            last = now;
            net_every_second();
        }
        rtos_sleep(5);
    }
}

static void app_main(void *unused)
{
    uint32_t seconds = 0;

    (void)unused;
    user_main();
    for (;;) {
        user_quick_tick();
        uint32_t now = rtos_ticks() / 1000;
        if (now != seconds) {
            seconds = now;
            hal_wdt_feed();
            user_every_second();
        }
        rtos_sleep(5);
    }
}

void bfl_main(void)
{
    hal_clock_init();
    hal_uart_init(0, 115200);
    heap_define(heap_regions);
    bl_printf("%s\r\n", fw_version_text);
    for (const heap_region_t *r = heap_regions; r->start != NULL; r++)
        bl_printf("Heap %u@%p\r\n", (unsigned)r->size, r->start);
    rtos_init();
    rtos_task_create(&net_task, "net", net_main, NULL, net_stack, sizeof net_stack, 24);
    rtos_task_create(&console_task, "cli", console_main, NULL, console_stack, sizeof console_stack, 10);
    rtos_task_create(&main_task, "main", app_main, NULL, main_stack, sizeof main_stack, 15);
    hal_wdt_start(3000);
    rtos_run();
}
