/* Registry of commands, and the commands that everybody has. */
#include "cmd_public.h"
#include "../mqtt/new_mqtt.h"
#include "../littlefs/our_lfs.h"
#include "../driver/drv_public.h"
#include "../json/json_printer.h"
#include "cli.h"

#include <ctype.h>

#if ENABLE_HA_DISCOVERY
#include "../hass/hass.h"
#endif

#define HASH_SIZE 32

typedef struct command_s {
    struct command_s *next;
    const char *name;
    commandHandler_t handler;
    void *context;
} command_t;

static command_t *g_commands[HASH_SIZE];

static unsigned cmd_hash(const char *name)
{
    unsigned h = 5381;

    while (*name)
        h = h * 33 + (unsigned)tolower((byte)*name++);
    return h % HASH_SIZE;
}

static command_t *cmd_find(const char *name)
{
    for (command_t *c = g_commands[cmd_hash(name)]; c; c = c->next)
        if (stricmp(c->name, name) == 0)
            return c;
    return NULL;
}

void CMD_RegisterCommand(const char *name, commandHandler_t handler, void *context)
{
    command_t *c = cmd_find(name);

    if (!c) {
        c = heap_alloc(sizeof *c);
        if (!c)
            return;
        c->name = name;
        c->next = g_commands[cmd_hash(name)];
        g_commands[cmd_hash(name)] = c;
    }
    c->handler = handler;
    c->context = context;
}

const char *CMD_ResultText(commandResult_t result)
{
    static const char *const texts[] = {
        "OK", "Unknown command", "Not enough arguments", "Bad argument", "Error", "Empty command",
    };

    return (unsigned)result < ARRAY_SIZE(texts) ? texts[result] : "?";
}

commandResult_t CMD_ExecuteCommandArgs(const char *cmd, const char *args, int flags)
{
    command_t *c = cmd_find(cmd);
    size_t n = strlen(cmd);

    if (c)
        return c->handler(c->context, cmd, args, flags);
    /* POWER1, POWER2, … are POWER with a number */
    while (n && isdigit((byte)cmd[n - 1]))
        n--;
    if (n && cmd[n]) {
        char stem[32];
        strcpy_safe(stem, cmd, n + 1 < sizeof stem ? n + 1 : sizeof stem);
        c = cmd_find(stem);
        if (c)
            return c->handler(c->context, cmd, args, flags);
    }
    ADDLOG_WARN(LOG_FEATURE_CMD, "cmd %s NOT found (args %s)", cmd, args);
    return CMD_RES_UNKNOWN_COMMAND;
}

commandResult_t CMD_ExecuteCommand(const char *line, int flags)
{
    char cmd[48];
    size_t n = 0;

    while (isspace((byte)*line))
        line++;
    if (!*line)
        return CMD_RES_EMPTY_STRING;
    while (line[n] && !isspace((byte)line[n]) && n + 1 < sizeof cmd) {
        cmd[n] = line[n];
        n++;
    }
    cmd[n] = '\0';
    line += n;
    while (isspace((byte)*line))
        line++;
    ADDLOG_DEBUG(LOG_FEATURE_CMD, "%s [%s]", cmd, line);
    return CMD_ExecuteCommandArgs(cmd, line, flags);
}

static commandResult_t CMD_Backlog(const void *context, const char *cmd, const char *args, int flags)
{
    commandResult_t result = CMD_RES_OK;

    while (*args) {
        char line[192];
        const char *end = strchr(args, ';');
        size_t n = end ? (size_t)(end - args) : strlen(args);
        strcpy_safe(line, args, n + 1 < sizeof line ? n + 1 : sizeof line);
        args += n + (end ? 1 : 0);
        commandResult_t r = CMD_ExecuteCommand(line, flags);
        if (r != CMD_RES_OK && r != CMD_RES_EMPTY_STRING)
            result = r;
    }
    return result;
}

void CMD_Script_Line(const char *line)
{
    while (isspace((byte)*line))
        line++;
    if (*line && *line != '#' && strncmp(line, "//", 2) != 0)
        CMD_ExecuteCommand(line, 0);
}

static commandResult_t CMD_Echo(const void *context, const char *cmd, const char *args, int flags)
{
#if ENABLE_EXPAND_CONSTANT
    char text[160];
    CMD_ExpandText(text, sizeof text, args);
    ADDLOG_INFO(LOG_FEATURE_CMD, "%s", text);
#else
    ADDLOG_INFO(LOG_FEATURE_CMD, "%s", args);
#endif
    return CMD_RES_OK;
}

static commandResult_t CMD_Restart(const void *context, const char *cmd, const char *args, int flags)
{
    g_rebootRequested = *args ? atoi(args) : 3;
    return CMD_RES_OK;
}

static commandResult_t CMD_SetConfig(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, TOKENIZER_ALLOW_QUOTES | TOKENIZER_DONT_EXPAND);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    return CFG_SetString(Tokenizer_GetArg(0), Tokenizer_GetArg(1)) ? CMD_RES_OK : CMD_RES_BAD_ARGUMENT;
}

#if ENABLE_HA_DISCOVERY
static commandResult_t CMD_ScheduleHADiscovery(const void *context, const char *cmd, const char *args, int flags)
{
    int delay = 5;

    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() > 0)
        delay = Tokenizer_GetArgInteger(0);
    if (Tokenizer_GetArgsCount() > 1)
        hass_set_prefix(Tokenizer_GetArg(1));
    hass_schedule(delay);
    return CMD_RES_OK;
}
#endif

#if ENABLE_LITTLEFS
static void exec_line(const char *line, void *context)
{
    CMD_Script_Line(line);
}
#endif

static commandResult_t CMD_Exec(const void *context, const char *cmd, const char *args, int flags)
{
#ifndef ENABLE_LITTLEFS
    ADDLOG_WARN(LOG_FEATURE_CMD, "exec: no file system in this build");
    return CMD_RES_ERROR;
#else
    int lines = LFS_EachLine(*args ? args : "autoexec.bat", exec_line, NULL);
    if (lines < 0) {
        ADDLOG_WARN(LOG_FEATURE_CMD, "exec: cannot read %s, code %d", args, lines);
        return CMD_RES_ERROR;
    }
    ADDLOG_INFO(LOG_FEATURE_CMD, "exec: %d lines of %s", lines, args);
    return CMD_RES_OK;
#endif
}

static commandResult_t CMD_StartDriver(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, TOKENIZER_ALLOW_QUOTES);
    if (!Tokenizer_GetArgsCount())
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    return DRV_StartDriver(Tokenizer_GetArg(0)) ? CMD_RES_OK : CMD_RES_BAD_ARGUMENT;
}

static commandResult_t CMD_StopDriver(const void *context, const char *cmd, const char *args, int flags)
{
    DRV_StopDriver(args);
    return CMD_RES_OK;
}

static commandResult_t CMD_Publish(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, TOKENIZER_ALLOW_QUOTES);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    return MQTT_PublishMain(Tokenizer_GetArg(0), Tokenizer_GetArgFrom(1), 0) == 0 ? CMD_RES_OK : CMD_RES_ERROR;
}

/* Commands that only a developer wants; the table holds them only where they are on. */

static commandResult_t CMD_TestMalloc(const void *context, const char *cmd, const char *args, int flags)
{
    size_t low = 0, high = heap_left();

    while (high - low > 64) {
        size_t middle = (low + high) / 2;
        void *p = heap_alloc(middle);
        if (p)
            low = middle;
        else
            high = middle;
        heap_free(p);
    }
    ADDLOG_INFO(LOG_FEATURE_CMD, "largest block %u of %u", (unsigned)low, (unsigned)heap_left());
    return CMD_RES_OK;
}

static commandResult_t CMD_TestJSON(const void *context, const char *cmd, const char *args, int flags)
{
    char text[200];
    json_t j;

    json_start(&j, text, sizeof text);
    json_object(&j, NULL);
    json_text(&j, "quote", "a \"b\" \\ \n\t");
    json_int(&j, "least", -2147483647 - 1);
    json_real(&j, "pi", 3.14159265358979, 6);
    json_array(&j, "list");
    for (int i = 0; i < 4; i++)
        json_int(&j, NULL, i * i);
    json_close(&j);
    json_close(&j);
    ADDLOG_INFO(LOG_FEATURE_CMD, "%s (%d)", text, json_finish(&j));
    return CMD_RES_OK;
}

static commandResult_t CMD_TestScan(const void *context, const char *cmd, const char *args, int flags)
{
    int a = 0, b = 0;
    float f = 0;
    char word[16] = "";
    int n = sscanf(args, "%d,%i %f %15s", &a, &b, &f, word);

    ADDLOG_INFO(LOG_FEATURE_CMD, "%d fields: %d %d %f '%s'", n, a, b, (double)f, word);
    return n == 4 ? CMD_RES_OK : CMD_RES_BAD_ARGUMENT;
}

static const struct {
    const char *name;
    commandHandler_t handler;
} cmd_builtin[] = {
    {"backlog", CMD_Backlog},
    {"echo", CMD_Echo},
    {"restart", CMD_Restart},
    {"setConfig", CMD_SetConfig},
    {"startDriver", CMD_StartDriver},
    {"stopDriver", CMD_StopDriver},
    {"publish", CMD_Publish},
    {"exec", CMD_Exec},
#if ENABLE_TEST_COMMANDS
    {"testMalloc", CMD_TestMalloc},
    {"testJSON", CMD_TestJSON},
    {"testScan", CMD_TestScan},
#endif
#if ENABLE_HA_DISCOVERY
    {"scheduleHADiscovery", CMD_ScheduleHADiscovery},
#endif
};

static int cli_cmd(int argc, char **argv)
{
    char line[160] = "";

    for (int i = 1; i < argc; i++) {
        strcat_safe(line, argv[i], sizeof line);
        strcat_safe(line, " ", sizeof line);
    }
    bl_printf("%s\r\n", CMD_ResultText(CMD_ExecuteCommand(line, COMMAND_FLAG_SOURCE_CONSOLE)));
    return 0;
}
CLI_COMMAND(obk, "cmd", "run a command of the application", cli_cmd);

void CMD_Init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(cmd_builtin); i++)
        CMD_RegisterCommand(cmd_builtin[i].name, cmd_builtin[i].handler, NULL);
    CMD_AddChannelCommands();
}
