#ifndef DRV_LOCAL_H
#define DRV_LOCAL_H

#include "drv_public.h"
#include "../cmnds/cmd_public.h"
#include "../httpserver/new_http.h"
#include "../mqtt/new_mqtt.h"

void BL0942_Init(void);
void BL0942_OnEverySecond(void);

void CSE7766_Init(void);
void CSE7766_OnEverySecond(void);

void BL_Shared_Init(void);
void BL_ProcessUpdate(float voltage, float current, float power, float energy_wh);
void BL09XX_AppendInformationToHTTPIndexPage(http_request_t *request);
void BL_Shared_OnHassDiscovery(hass_add_t add);

void NTP_Init(void);
void NTP_OnEverySecond(void);
void NTP_AppendInformation(http_request_t *request);
void NTP_Stop(void);

void DRV_SSDP_Init(void);
void DRV_SSDP_RunEverySecond(void);
void DRV_SSDP_Shutdown(void);
void SSDP_SendReply(ip4_t to, uint16_t port, const char *target, const char *location);

void WEMO_Init(void);
void WEMO_AppendInformation(http_request_t *request);
bool WEMO_IsSearched(const char *target);
void WEMO_SendAdvert(ip4_t to, uint16_t port);

void DHT_Init(void);
void DHT_OnEverySecond(void);
void DHT_AppendInformation(http_request_t *request);

void NTC_Init(void);
void NTC_OnEverySecond(void);
void NTC_AppendInformation(http_request_t *request);

void DRV_MAX72XX_Init(void);
void DRV_MAX72XX_RunFrame(void);
void DRV_MAX72XX_Shutdown(void);

void SM16703P_Init(void);
void SM16703P_RunFrame(void);

void PixelAnim_Init(void);
void PixelAnim_RunFrame(void);
void PixelAnim_AppendInformation(http_request_t *request);

#ifdef __cplusplus
extern "C" {
#endif
void DRV_IR_Init(void);
void DRV_IR_RunFrame(void);
void DRV_IR_Stop(void);
void DRV_IR_AppendInformation(http_request_t *request);
#ifdef __cplusplus
}
#endif

#endif
