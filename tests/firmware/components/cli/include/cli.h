/* Console commands; each is an entry of a table that the linker collects. */
#ifndef CLI_H
#define CLI_H

#include <stddef.h>

typedef struct {
    const char *name;
    const char *help;
    int (*run)(int argc, char **argv);
} cli_command_t;

/* nothing refers to these entries: the linker script keeps their section */
#define CLI_COMMAND(id, text, about, function)                                                       \
    static const cli_command_t cli_command_##id                                                      \
        __attribute__((used, section(".static_cli_cmds." #id))) = {text, about, function}

void cli_start(void);
void cli_system_register(void); /* pulls the archive member; its table does the rest */
void cli_input(char c);
int cli_run(char *line);

#endif
