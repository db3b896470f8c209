/* The drivers of this build. */
#include "drv_local.h"

typedef struct driver_s {
    const char *name;
    void (*initFunc)(void);
    void (*onEverySecond)(void);
    void (*appendInformation)(http_request_t *request);
    void (*runQuickTick)(void);
    void (*stopFunction)(void);
    void (*onChannelChanged)(int channel, int value);
    void (*onHassDiscovery)(hass_add_t add);
    bool bLoaded;
} driver_t;

static driver_t g_drivers[] = {
#if ENABLE_NTP
    {
        "NTP",
        NTP_Init,
        NTP_OnEverySecond,
        NTP_AppendInformation,
        NULL,
        NTP_Stop,
        NULL,
        NULL,
        false,
    },
#endif
#if ENABLE_DRIVER_BL0942
    {"BL0942", BL0942_Init, BL0942_OnEverySecond, BL09XX_AppendInformationToHTTPIndexPage, NULL, NULL, NULL,
     BL_Shared_OnHassDiscovery, false},
#endif
#if ENABLE_DRIVER_CSE7766
    {"CSE7766", CSE7766_Init, CSE7766_OnEverySecond, BL09XX_AppendInformationToHTTPIndexPage, NULL, NULL, NULL,
     BL_Shared_OnHassDiscovery, false},
#endif
#if ENABLE_DRIVER_SSDP
    {"SSDP", DRV_SSDP_Init, DRV_SSDP_RunEverySecond, NULL, NULL, DRV_SSDP_Shutdown, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_WEMO
    {"WEMO", WEMO_Init, NULL, WEMO_AppendInformation, NULL, NULL, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_DHT
    {"DHT", DHT_Init, DHT_OnEverySecond, DHT_AppendInformation, NULL, NULL, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_NTC
    {"NTC", NTC_Init, NTC_OnEverySecond, NTC_AppendInformation, NULL, NULL, NULL, NULL, false},
#endif
#ifdef ENABLE_DRIVER_MAX72XX
    {"MAX72XX", DRV_MAX72XX_Init, NULL, NULL, DRV_MAX72XX_RunFrame, DRV_MAX72XX_Shutdown, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_SM16703P
    {"SM16703P", SM16703P_Init, NULL, NULL, SM16703P_RunFrame, NULL, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_PIXELANIM
    {"PixelAnim", PixelAnim_Init, NULL, PixelAnim_AppendInformation, PixelAnim_RunFrame, NULL, NULL, NULL, false},
#endif
#if ENABLE_DRIVER_IRREMOTEESP
    {"IR", DRV_IR_Init, NULL, DRV_IR_AppendInformation, DRV_IR_RunFrame, DRV_IR_Stop, NULL, NULL, false},
#endif
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false},
};

static driver_t *drv_find(const char *name)
{
    for (driver_t *d = g_drivers; d->name; d++)
        if (stricmp(d->name, name) == 0)
            return d;
    return NULL;
}

bool DRV_StartDriver(const char *name)
{
    driver_t *d = drv_find(name);

    if (!d) {
        ADDLOG_ERROR(LOG_FEATURE_DRV, "driver %s is not in this build", name);
        return false;
    }
    if (d->bLoaded) {
        ADDLOG_INFO(LOG_FEATURE_DRV, "driver %s already runs", name);
        return true;
    }
    if (d->initFunc)
        d->initFunc();
    d->bLoaded = true;
    ADDLOG_INFO(LOG_FEATURE_DRV, "driver %s started", name);
    return true;
}

void DRV_StopDriver(const char *name)
{
    bool all = stricmp(name, "*") == 0;

    for (driver_t *d = g_drivers; d->name; d++) {
        if (!d->bLoaded || !(all || stricmp(d->name, name) == 0))
            continue;
        if (d->stopFunction)
            d->stopFunction();
        d->bLoaded = false;
        ADDLOG_INFO(LOG_FEATURE_DRV, "driver %s stopped", d->name);
    }
}

bool DRV_IsRunning(const char *name)
{
    driver_t *d = drv_find(name);

    return d && d->bLoaded;
}

void DRV_OnEverySecond(void)
{
    for (driver_t *d = g_drivers; d->name; d++)
        if (d->bLoaded && d->onEverySecond)
            d->onEverySecond();
}

void DRV_RunQuickTick(void)
{
    for (driver_t *d = g_drivers; d->name; d++)
        if (d->bLoaded && d->runQuickTick)
            d->runQuickTick();
}

void DRV_OnChannelChanged(int channel, int value)
{
    for (driver_t *d = g_drivers; d->name; d++)
        if (d->bLoaded && d->onChannelChanged)
            d->onChannelChanged(channel, value);
}

void DRV_AppendInformation(http_request_t *request)
{
    int count = 0;

    for (driver_t *d = g_drivers; d->name; d++) {
        if (!d->bLoaded)
            continue;
        count++;
        if (d->appendInformation)
            d->appendInformation(request);
    }
    hprintf(request, "<h5>%d drivers active</h5>", count);
}

void DRV_OnHassDiscovery(hass_add_t add)
{
    for (driver_t *d = g_drivers; d->name; d++)
        if (d->bLoaded && d->onHassDiscovery)
            d->onHassDiscovery(add);
}

void DRV_Init(void)
{
#if ENABLE_DRIVER_DHT
    if (PIN_FindRole(IOR_DHT11, 0) >= 0 || PIN_FindRole(IOR_DHT22, 0) >= 0)
        DRV_StartDriver("DHT");
#endif
#if ENABLE_DRIVER_IRREMOTEESP
    if (PIN_FindRole(IOR_IRRecv, 0) >= 0 || PIN_FindRole(IOR_IRSend, 0) >= 0)
        DRV_StartDriver("IR");
#endif
#if ENABLE_DRIVER_SM16703P
    if (PIN_FindRole(IOR_SM16703P_DIN, 0) >= 0)
        DRV_StartDriver("SM16703P");
#endif
}
