/* Commands at a time of day on some days of the week. */
#include "../new_common.h"
#include "../cmnds/cmd_public.h"
#include "drv_ntp.h"

#if ENABLE_CALENDAR_EVENTS

struct clock_event {
    struct clock_event *next;
    byte hour, minute, second;
    byte weekdays; /* bit 0 is Sunday; bit 7: only in the month's first week */
    char sun;      /* 'r', 's' or 0 */
    int id;
    int done_day;
    char command[];
};

static struct clock_event *g_events;

static int event_minutes(struct clock_event *e, int day_of_year)
{
#if ENABLE_TIME_SUNRISE_SUNSET
    if (e->sun)
        return NTP_SunTime(e->sun == 'r', day_of_year);
#endif
    return e->hour * 60 + e->minute;
}

void NTP_RunEvents(unsigned now, bool synced)
{
    unsigned day = now / 86400u;
    int second = (int)(now % 86400u), weekday = (int)((day + 4) % 7);

    if (!synced)
        return;
    for (struct clock_event *e = g_events; e; e = e->next) {
        if (!(e->weekdays >> weekday & 1) || e->done_day == (int)day)
            continue;
        if ((e->weekdays & 0x80) && NTP_GetMDay() > 7)
            continue;
        int due = event_minutes(e, (int)(day % 365)) * 60 + e->second;
        if (second >= due && second < due + 30) {
            e->done_day = (int)day;
            ADDLOG_INFO(LOG_FEATURE_NTP, "event %d: %s", e->id, e->command);
            CMD_ExecuteCommand(e->command, 0);
        }
    }
}

int NTP_RemoveClockEvent(int id)
{
    int removed = 0;

    for (struct clock_event **place = &g_events; *place;) {
        struct clock_event *e = *place;
        if (e->id == id || id < 0) {
            *place = e->next;
            heap_free(e);
            removed++;
        } else {
            place = &e->next;
        }
    }
    return removed;
}

int NTP_PrintEvents(char *to, size_t size)
{
    int count = 0;

    to[0] = '\0';
    for (struct clock_event *e = g_events; e; e = e->next) {
        char one[64];
        snprintf(one, sizeof one, "%s%d at %02d:%02d:%02d days %02x", count ? "; " : "", e->id, e->hour, e->minute,
                 e->second, e->weekdays);
        strcat_safe(to, one, size);
        count++;
    }
    return count;
}

/* addClockEvent 8:30:00 0x3E 1 POWER ON, or addClockEvent sunset … */
static commandResult_t CMD_AddClockEvent(const void *context, const char *cmd, const char *args, int flags)
{
    int hour = 0, minute = 0, second = 0;
    char sun = 0;

    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 4)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    const char *when = Tokenizer_GetArg(0);
#if ENABLE_TIME_SUNRISE_SUNSET
    if (str_startsWith(when, "sunrise"))
        sun = 'r';
    else if (str_startsWith(when, "sunset"))
        sun = 's';
    else
#endif
    if (sscanf(when, "%d:%d:%d", &hour, &minute, &second) < 2)
        return CMD_RES_BAD_ARGUMENT;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return CMD_RES_BAD_ARGUMENT;
    const char *command = Tokenizer_GetArgFrom(3);
    struct clock_event *e = heap_alloc(sizeof *e + strlen(command) + 1);
    if (!e)
        return CMD_RES_ERROR;
    e->hour = (byte)hour;
    e->minute = (byte)minute;
    e->second = (byte)second;
    e->sun = sun;
    e->weekdays = (byte)Tokenizer_GetArgInteger(1);
    e->id = Tokenizer_GetArgInteger(2);
    e->done_day = -1;
    strcpy(e->command, command);
    e->next = g_events;
    g_events = e;
    return CMD_RES_OK;
}

static commandResult_t CMD_RemoveClockEvent(const void *context, const char *cmd, const char *args, int flags)
{
    int removed = NTP_RemoveClockEvent(atoi(args));

    ADDLOG_INFO(LOG_FEATURE_NTP, "%d events removed", removed);
    return removed ? CMD_RES_OK : CMD_RES_BAD_ARGUMENT;
}

void NTP_Init_Events(void)
{
    CMD_RegisterCommand("addClockEvent", CMD_AddClockEvent, NULL);
    CMD_RegisterCommand("removeClockEvent", CMD_RemoveClockEvent, NULL);
}

#endif
