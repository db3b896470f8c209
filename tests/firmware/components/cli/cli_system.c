/* Console commands about the system itself. */
#include <stdlib.h>

#include "bl_platform.h"
#include "cli.h"
#include "hal.h"
#include "rtos.h"

static void show_task(const rtos_task_t *task, size_t stack_free)
{
    static const char states[] = {'N', 'R', 'S'};

    bl_printf("%-10s %c %3u %6u %8lu\r\n", task->name, states[task->state % 3], task->priority,
              (unsigned)stack_free, (unsigned long)task->run_ticks);
}

static int cmd_ps(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bl_printf("name       S  pri  stack    ticks\r\n");
    rtos_task_list(show_task);
    return 0;
}

static int cmd_memleft(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bl_printf("heap %u free, %u at least\r\n", (unsigned)heap_left(), (unsigned)heap_lowest());
    return 0;
}

static int cmd_p(int argc, char **argv)
{
    if (argc < 2)
        return -1;
    uintptr_t address = strtoul(argv[1], NULL, 16);
    size_t length = argc > 2 ? strtoul(argv[2], NULL, 10) : 16;
    bl_hexdump((const void *)address, length > 512 ? 512 : length);
    return 0;
}

static int cmd_m(int argc, char **argv)
{
    if (argc < 3)
        return -1;
    uint32_t *place = (uint32_t *)(strtoul(argv[1], NULL, 16) & ~3ul);
    uint32_t old = *place;
    *place = strtoul(argv[2], NULL, 16);
    bl_printf("%p: %08lx -> %08lx\r\n", (void *)place, (unsigned long)old, (unsigned long)*place);
    return 0;
}

static int cmd_reboot(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bl_reboot();
    return 0;
}

static int cmd_uptime(int argc, char **argv)
{
    uint32_t seconds = rtos_ticks() / 1000;

    (void)argc;
    (void)argv;
    bl_printf("up %lu:%02lu:%02lu, reset by %s\r\n", (unsigned long)(seconds / 3600),
              (unsigned long)(seconds / 60 % 60), (unsigned long)(seconds % 60), hal_reset_reason());
    return 0;
}

CLI_COMMAND(ps, "ps", "tasks", cmd_ps);
CLI_COMMAND(memleft, "memleft", "heap", cmd_memleft);
CLI_COMMAND(p, "p", "print memory: p ADDRESS [LENGTH]", cmd_p);
CLI_COMMAND(m, "m", "modify memory: m ADDRESS VALUE", cmd_m);
CLI_COMMAND(reboot, "reboot", "restart the chip", cmd_reboot);
CLI_COMMAND(uptime, "uptime", "time since the last reset", cmd_uptime);

void cli_system_register(void)
{
}
