#ifndef NEW_COMMON_H
#define NEW_COMMON_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "obk_config.h"
#include "bl_platform.h"
#include "hal.h"
#include "lwip_lite.h"
#include "rtos.h"
#include "wifi_mgr.h"

#define USER_SW_VER "OpenBL602_1.17.0"
#define CHANNEL_MAX 32
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

typedef uint8_t byte;

enum { LOG_NONE, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_EXTRADEBUG };
enum {
    LOG_FEATURE_MAIN, LOG_FEATURE_CFG, LOG_FEATURE_CMD, LOG_FEATURE_HTTP, LOG_FEATURE_MQTT,
    LOG_FEATURE_DRV, LOG_FEATURE_NTP, LOG_FEATURE_ENERGY, LOG_FEATURE_LFS, LOG_FEATURE_IR, LOG_FEATURE_MAX
};

void addLogAdv(int level, int feature, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define ADDLOG_ERROR(feature, ...) addLogAdv(LOG_ERROR, feature, __VA_ARGS__)
#define ADDLOG_WARN(feature, ...) addLogAdv(LOG_WARN, feature, __VA_ARGS__)
#define ADDLOG_INFO(feature, ...) addLogAdv(LOG_INFO, feature, __VA_ARGS__)
#define ADDLOG_DEBUG(feature, ...) addLogAdv(LOG_DEBUG, feature, __VA_ARGS__)
size_t LOG_Read(char *to, size_t size, unsigned *position);
void LOG_SetLevel(int level);
void LOG_RunQuickTick(void);

/* text */
int strcat_safe(char *to, const char *from, size_t size);
int strcpy_safe(char *to, const char *from, size_t size);
int stricmp(const char *a, const char *b);
const char *str_startsWith(const char *text, const char *prefix);
int hexbyte(const char *hex);
void str_trim(char *text);

/* settings, kept in flash */
typedef struct {
    uint32_t ident;
    uint32_t crc;
    uint16_t version;
    uint16_t changes;
    char wifi_ssid[33];
    char wifi_pass[65];
    uint32_t ip, mask, gateway;
    char mqtt_host[64];
    uint16_t mqtt_port;
    char mqtt_user[32];
    char mqtt_pass[32];
    char mqtt_client[32];
    char device_name[32];
    char ntp_host[32];
    char startup[256];
    int8_t pin_role[32];
    uint8_t pin_channel[32];
    uint8_t channel_type[CHANNEL_MAX];
    int32_t start_value[CHANNEL_MAX];
    float calibration[4];
    int32_t utc_offset;
    float latitude, longitude;
    uint32_t flags;
    uint8_t mqtt_key[32];
} mainConfig_t;

enum {
    FLAG_RETAIN_POWER,
    FLAG_MQTT_ENCRYPTED, FLAG_LOG_TO_FILE, FLAG_COUNT
};

extern mainConfig_t g_cfg;
void CFG_Load(void);
void CFG_SaveIfDirty(void);
void CFG_SetDefaults(void);
void CFG_MarkDirty(void);
bool CFG_HasFlag(int flag);
void CFG_SetFlag(int flag, bool value);
bool CFG_SetString(const char *key, const char *value);

/* pins and channels */
enum {
    IOR_None, IOR_Relay, IOR_Relay_n, IOR_Button, IOR_Button_n, IOR_LED, IOR_LED_n, IOR_PWM, IOR_PWM_n,
    IOR_DigitalInput, IOR_ADC, IOR_DHT11, IOR_DHT22, IOR_IRRecv, IOR_IRSend, IOR_SM16703P_DIN,
    IOR_WifiLED, IOR_Total
};
enum {
    ChType_Default, ChType_Toggle, ChType_Dimmer, ChType_Temperature, ChType_Humidity, ChType_Voltage,
    ChType_Current, ChType_Power, ChType_Energy, ChType_ReadOnly, ChType_Max
};
void PIN_Init(void);
void PIN_Tick(void);
int PIN_FindRole(int role, int start);
void PIN_SetRole(int pin, int role, int channel);
int CHANNEL_Get(int channel);
void CHANNEL_Set(int channel, int value, bool silent);
void CHANNEL_Add(int channel, int delta);
void CHANNEL_Toggle(int channel);
const char *CHANNEL_TypeName(int type);
float CHANNEL_GetScaled(int channel);


extern int g_secondsElapsed;
extern int g_rebootRequested;

#endif
