#ifndef DRV_PUBLIC_H
#define DRV_PUBLIC_H

#include "../new_common.h"

struct http_request_s;

typedef void (*hass_add_t)(const char *name, const char *id, const char *unit, const char *device_class);

void DRV_Init(void);
bool DRV_StartDriver(const char *name);
void DRV_StopDriver(const char *name);
bool DRV_IsRunning(const char *name);
void DRV_OnEverySecond(void);
void DRV_RunQuickTick(void);
void DRV_OnChannelChanged(int channel, int value);
void DRV_AppendInformation(struct http_request_s *request);
void DRV_OnHassDiscovery(hass_add_t add);

/* strip of addressable LEDs */
void Strip_SetAll(byte r, byte g, byte b);
void Strip_SetPixel(int index, byte r, byte g, byte b);
int Strip_Count(void);
void Strip_Show(void);

/* energy */
enum { OBK_VOLTAGE, OBK_CURRENT, OBK_POWER, OBK_POWER_FACTOR, OBK_ENERGY, OBK_NUM_MEASUREMENTS };
float DRV_GetReading(int what);
bool DRV_IsMeasuringPower(void);

#endif
