/* Console commands about the system itself. */
#include <stdlib.h>

#include "bl_platform.h"
#include "cli.h"
#include "hal.h"
#include "rtos.h"

static int cmd_memleft(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bl_printf("heap %u free, %u at least\r\n", (unsigned)heap_left(), (unsigned)heap_lowest());
    return 0;
}

static int cmd_reboot(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bl_reboot();
    return 0;
}

CLI_COMMAND(memleft, "memleft", "heap", cmd_memleft);
CLI_COMMAND(reboot, "reboot", "restart the chip", cmd_reboot);

void cli_system_register(void)
{
}
