/* Time from the network. */
#include "drv_local.h"
#include "drv_ntp.h"

#include <time.h>

#if ENABLE_NTP

/* the clock's own extras, in other files */
extern void NTP_Init_Events(void);
extern void NTP_RunEvents(unsigned now, bool synced);
extern void NTP_Init_Sun(void);

#define NTP_OFFSET 2208988800u

static udp_socket_t ntp_socket;
static unsigned g_time;
static bool g_synced;
static int g_nextSync;
static int g_failures;
static struct tm *ntp_tm;

static void ntp_split(void)
{
    time_t local = (time_t)g_time;

    ntp_tm = gmtime(&local);
}

static void ntp_receive(udp_socket_t *socket, ip4_t from, uint16_t port, const byte *data, size_t length)
{
    if (length < 48 || (data[0] & 7) != 4 || data[1] == 0)
        return;
    unsigned utc = net_get32(data + 40) - NTP_OFFSET;
    g_synced = true;
    g_failures = 0;
    g_nextSync = 3600;
    g_time = utc + (unsigned)g_cfg.utc_offset;
    ntp_split();
    ADDLOG_INFO(LOG_FEATURE_NTP, "time is %d-%02d-%02d %02d:%02d:%02d", ntp_tm->tm_year + 1900, ntp_tm->tm_mon + 1,
                ntp_tm->tm_mday, ntp_tm->tm_hour, ntp_tm->tm_min, ntp_tm->tm_sec);
}

static void ntp_found(const char *name, ip4_t address, void *context)
{
    byte packet[48] = {0x23};

    if (!address)
        return;
    net_put32(packet + 40, g_time + NTP_OFFSET);
    udp_send(&ntp_socket, address, 123, packet, sizeof packet);
}

unsigned NTP_GetCurrentTime(void)
{
    return g_time;
}

bool NTP_IsTimeSynced(void)
{
    return g_synced;
}

int NTP_GetHour(void)
{
    ntp_split();
    return ntp_tm->tm_hour;
}

int NTP_GetMinute(void)
{
    ntp_split();
    return ntp_tm->tm_min;
}

int NTP_GetSecond(void)
{
    ntp_split();
    return ntp_tm->tm_sec;
}

int NTP_GetWeekDay(void)
{
    ntp_split();
    return ntp_tm->tm_wday;
}

int NTP_GetMDay(void)
{
    ntp_split();
    return ntp_tm->tm_mday;
}

int NTP_GetMonth(void)
{
    ntp_split();
    return ntp_tm->tm_mon + 1;
}

int NTP_GetYear(void)
{
    ntp_split();
    return ntp_tm->tm_year + 1900;
}

static commandResult_t CMD_NTP_TimeZone(const void *context, const char *cmd, const char *args, int flags)
{
    g_cfg.utc_offset = (int32_t)(strtod(args, NULL) * 3600.0);
    g_nextSync = 0;
    CFG_MarkDirty();
    return CMD_RES_OK;
}

void NTP_Init(void)
{
    udp_open(&ntp_socket, 49154, ntp_receive, NULL);
    g_nextSync = 2;
    CMD_RegisterCommand("ntp_timeZoneOfs", CMD_NTP_TimeZone, NULL);
#if ENABLE_CALENDAR_EVENTS
    NTP_Init_Events();
#endif
#if ENABLE_TIME_SUNRISE_SUNSET
    NTP_Init_Sun();
#endif
}

void NTP_OnEverySecond(void)
{
    g_time++;
#if ENABLE_CALENDAR_EVENTS
    NTP_RunEvents(g_time, g_synced);
#endif
    if (--g_nextSync > 0 || wifi_mgr_state() != WIFI_UP)
        return;
    g_nextSync = 20;
    if (g_failures++ > 10)
        g_nextSync = 300;
    dns_resolve(g_cfg.ntp_host, ntp_found, NULL);
}

void NTP_Stop(void)
{
    udp_close(&ntp_socket);
    g_synced = false;
}

void NTP_AppendInformation(http_request_t *request)
{
    if (!g_synced) {
        hprintf(request, "<h5>NTP: waiting for %s</h5>", g_cfg.ntp_host);
        return;
    }
    ntp_split();
    hprintf(request, "<h5>NTP: %02d:%02d:%02d (offset %ld s)", ntp_tm->tm_hour, ntp_tm->tm_min, ntp_tm->tm_sec,
            (long)g_cfg.utc_offset);
#if ENABLE_TIME_SUNRISE_SUNSET
    int rise = NTP_SunTime(true, ntp_tm->tm_yday);
    hprintf(request, ", sunrise at %02d:%02d", rise / 60, rise % 60);
#endif
    poststr(request, "</h5>");
#if ENABLE_CALENDAR_EVENTS
    char list[256];
    if (NTP_PrintEvents(list, sizeof list) > 0)
        hprintf(request, "<h5>Events: %s</h5>", list);
#endif
}

#endif
