/* Line editor, splitter and dispatcher of the console. */
#include "cli.h"

#include <string.h>

#include "bl_platform.h"

#define CLI_LINE 160
#define CLI_WORDS 12

extern const cli_command_t _ld_cli_cmds_start[];
extern const cli_command_t _ld_cli_cmds_end[];

static char cli_line[CLI_LINE];
static size_t cli_length;

static int cli_split(char *line, char **words)
{
    int count = 0;

    while (*line && count < CLI_WORDS) {
        while (*line == ' ' || *line == '\t')
            line++;
        if (!*line)
            break;
        words[count++] = line;
        while (*line && *line != ' ' && *line != '\t')
            line++;
        if (*line)
            *line++ = '\0';
    }
    return count;
}

int cli_run(char *line)
{
    char *words[CLI_WORDS];
    int count = cli_split(line, words);

    if (!count)
        return 0;
    for (const cli_command_t *c = _ld_cli_cmds_start; c < _ld_cli_cmds_end; c++)
        if (strcmp(c->name, words[0]) == 0)
            return c->run(count, words);
    bl_printf("command '%s' not found\r\n", words[0]);
    return -1;
}

void cli_start(void)
{
    cli_system_register();
    bl_printf("\r\n# ");
    cli_length = 0;
}

void cli_input(char c)
{
    switch (c) {
    case '\b':
    case 0x7f:
        if (cli_length) {
            cli_length--;
            bl_printf("\b \b");
        }
        break;
    case '\r':
    case '\n':
        bl_printf("\r\n");
        cli_line[cli_length] = '\0';
        cli_length = 0;
        cli_run(cli_line);
        bl_printf("# ");
        break;
    default:
        if (c >= ' ' && cli_length + 1 < CLI_LINE) {
            cli_line[cli_length++] = c;
            bl_printf("%c", c);
        }
    }
}

static int cli_help(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (const cli_command_t *c = _ld_cli_cmds_start; c < _ld_cli_cmds_end; c++)
        bl_printf("%-12s: %s\r\n", c->name, c->help);
    return 0;
}
CLI_COMMAND(help, "help", "print this", cli_help);
