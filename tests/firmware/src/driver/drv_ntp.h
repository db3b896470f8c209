#ifndef DRV_NTP_H
#define DRV_NTP_H

#include "../new_common.h"

unsigned NTP_GetCurrentTime(void);
bool NTP_IsTimeSynced(void);
int NTP_GetHour(void);
int NTP_GetMinute(void);
int NTP_GetSecond(void);
int NTP_GetWeekDay(void);
int NTP_GetMDay(void);
int NTP_GetMonth(void);
int NTP_GetYear(void);

/* declared for everybody; defined where the build has them */
void NTP_Init_Events(void);
void NTP_RunEvents(unsigned now, bool synced);
int NTP_RemoveClockEvent(int id);
int NTP_PrintEvents(char *to, size_t size);
void NTP_Init_Sun(void);
int NTP_SunTime(bool rise, int day_of_year);

#endif
