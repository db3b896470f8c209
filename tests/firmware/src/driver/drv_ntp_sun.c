/* Sunrise and sunset for the place in the settings. */
#include "../new_common.h"

#if ENABLE_TIME_SUNRISE_SUNSET

#include "../cmnds/cmd_public.h"
#include "drv_ntp.h"

#include <math.h>

#define RADIANS 0.017453292519943295

/* minutes after midnight, local time; -1 where the sun does not rise or set that day */
int NTP_SunTime(bool rise, int day_of_year)
{
    double latitude = (double)g_cfg.latitude, longitude = (double)g_cfg.longitude;
    double noon = day_of_year + 1 + ((rise ? 6.0 : 18.0) - longitude / 15.0) / 24.0;
    double anomaly = 0.9856 * noon - 3.289;
    double ecliptic = fmod(anomaly + 1.916 * sin(anomaly * RADIANS) + 0.020 * sin(2 * anomaly * RADIANS) + 282.634 + 360.0,
                           360.0);
    double ascension = atan2(0.91764 * sin(ecliptic * RADIANS), cos(ecliptic * RADIANS)) / RADIANS;
    ascension = fmod(ascension + 360.0, 360.0) / 15.0;
    double sine = 0.39782 * sin(ecliptic * RADIANS), cosine = sqrt(1.0 - sine * sine);
    double hour = (cos(90.833 * RADIANS) - sine * sin(latitude * RADIANS)) / (cosine * cos(latitude * RADIANS));
    if (hour > 1.0 || hour < -1.0)
        return -1;
    hour = atan2(sqrt(1.0 - hour * hour), hour) / RADIANS;
    if (rise)
        hour = 360.0 - hour;
    double local = hour / 15.0 + ascension - 0.06571 * noon - 6.622 - longitude / 15.0;
    local += (double)g_cfg.utc_offset / 3600.0;
    local = fmod(local + 48.0, 24.0);
    return (int)lround(local * 60.0);
}

static commandResult_t CMD_SetLatLong(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    float latitude = Tokenizer_GetArgFloat(0), longitude = Tokenizer_GetArgFloat(1);
    if (fabsf(latitude) > 90.0f || fabsf(longitude) > 180.0f)
        return CMD_RES_BAD_ARGUMENT;
    g_cfg.latitude = latitude;
    g_cfg.longitude = longitude;
    CFG_MarkDirty();
    return CMD_RES_OK;
}

void NTP_Init_Sun(void)
{
    CMD_RegisterCommand("setLatLong", CMD_SetLatLong, NULL);
}

#endif
