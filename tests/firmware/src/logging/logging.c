/* Log lines: to the console, to a ring that the web page reads, and to a file where there is one. */
#include "../new_common.h"
#include "../cmnds/cmd_public.h"
#include "../littlefs/our_lfs.h"

#define LOG_RING 4096

static char log_ring[LOG_RING];
static unsigned log_head;
static int log_level = LOG_INFO;
static uint32_t log_features = 0xFFFFFFFFu;
#if ENABLE_ADVANCED_LOG
static uint32_t log_counts[LOG_EXTRADEBUG + 1];
static byte log_feature_level[LOG_FEATURE_MAX];
#endif
#if ENABLE_LOG2LFS
static char log_file_buffer[512];
static unsigned log_file_used;
static bool log_file_full;
#endif

static const char *const log_level_names[] = {"NONE:", "Error:", "Warn:", "Info:", "Debug:", "ExtraDebug:"};
static const char *const log_feature_names[] = {
    "MAIN:", "CFG:", "CMD:", "HTTP:", "MQTT:", "DRV:", "NTP:", "NRG:", "LFS:", "IR:",
};

static void log_put(const char *text)
{
    for (; *text; text++) {
        log_ring[log_head % LOG_RING] = *text;
        log_head++;
    }
}

#if ENABLE_LOG2LFS
static void log_to_file(const char *line)
{
    size_t n = strlen(line);

    if (!CFG_HasFlag(FLAG_LOG_TO_FILE) || log_file_full)
        return;
    if (log_file_used + n > sizeof log_file_buffer) {
        int r = LFS_Append("log.txt", log_file_buffer, log_file_used);
        log_file_used = 0;
        if (r < 0) {
            log_file_full = true;
            bl_printf("log file is full, code %d\r\n", r);
            return;
        }
    }
    memcpy(log_file_buffer + log_file_used, line, n);
    log_file_used += n;
}
#endif

void addLogAdv(int level, int feature, const char *fmt, ...)
{
    char line[256];
    va_list arguments;

#if ENABLE_ADVANCED_LOG
    log_counts[level]++;
    if (log_feature_level[feature] && level > log_feature_level[feature])
        return;
#endif
    if (level > log_level || !(log_features >> feature & 1))
        return;
    int n = snprintf(line, sizeof line, "%s%s", log_level_names[level], log_feature_names[feature]);
    va_start(arguments, fmt);
    n += vsnprintf(line + n, sizeof line - n - 2, fmt, arguments);
    va_end(arguments);
    if (n > (int)sizeof line - 3)
        n = (int)sizeof line - 3;
    strcpy(line + n, "\r\n");
    bl_printf("%s", line);
    log_put(line);
#if ENABLE_LOG2LFS
    log_to_file(line);
#endif
}

size_t LOG_Read(char *to, size_t size, unsigned *position)
{
    size_t n = 0;

    if (log_head - *position > LOG_RING)
        *position = log_head - LOG_RING;
    while (n < size && *position != log_head)
        to[n++] = log_ring[(*position)++ % LOG_RING];
    return n;
}

void LOG_SetLevel(int level)
{
    if (level >= LOG_NONE && level <= LOG_EXTRADEBUG)
        log_level = level;
}

static commandResult_t CMD_LogLevel(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 1)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    LOG_SetLevel(Tokenizer_GetArgInteger(0));
#if ENABLE_ADVANCED_LOG
    if (Tokenizer_GetArgsCount() > 1) {
        for (int i = 0; i < LOG_FEATURE_MAX; i++)
            if (str_startsWith(log_feature_names[i], Tokenizer_GetArg(1)))
                log_feature_level[i] = (byte)Tokenizer_GetArgInteger(0);
    }
#endif
    return CMD_RES_OK;
}

#if ENABLE_ADVANCED_LOG
static commandResult_t CMD_LogStats(const void *context, const char *cmd, const char *args, int flags)
{
    for (int i = LOG_ERROR; i <= LOG_EXTRADEBUG; i++)
        ADDLOG_INFO(LOG_FEATURE_MAIN, "%s %lu lines", log_level_names[i], (unsigned long)log_counts[i]);
    for (int i = 0; i < LOG_FEATURE_MAX; i++)
        if (log_feature_level[i])
            ADDLOG_INFO(LOG_FEATURE_MAIN, "%s limited to %d", log_feature_names[i], log_feature_level[i]);
    return CMD_RES_OK;
}
#endif

void LOG_RunQuickTick(void)
{
    static bool registered;

    if (registered)
        return;
    registered = true;
    CMD_RegisterCommand("loglevel", CMD_LogLevel, NULL);
#if ENABLE_ADVANCED_LOG
    CMD_RegisterCommand("logstats", CMD_LogStats, NULL);
#endif
}
