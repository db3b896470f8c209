#ifndef NEW_MQTT_H
#define NEW_MQTT_H

#include "../new_common.h"

enum { OBK_PUBLISH_FLAG_RETAIN = 1, OBK_PUBLISH_FLAG_RAW_TOPIC = 2 };

void MQTT_Init(void);
void MQTT_EverySecond(void);
bool MQTT_IsConnected(void);
int MQTT_Publish(const char *topic, const char *value, int flags);
int MQTT_PublishMain(const char *name, const char *value, int flags);
void MQTT_PublishInt(const char *name, int value);
void MQTT_PublishFloat(const char *name, float value, int digits);
void MQTT_ChannelChanged(int channel, int value);
int MQTT_StateText(char *to, size_t size);

/* packets */
typedef struct {
    byte *start;
    size_t used;
    size_t size;
} mqtt_packet_t;

typedef struct {
    byte type;
    byte flags;
    uint16_t id;
    char topic[128];
    const byte *payload;
    size_t payload_length;
} mqtt_message_t;

void mqtt_packet_start(mqtt_packet_t *p, byte *buffer, size_t size, int type, int flags);
void mqtt_packet_byte(mqtt_packet_t *p, int value);
void mqtt_packet_short(mqtt_packet_t *p, int value);
void mqtt_packet_text(mqtt_packet_t *p, const char *text);
void mqtt_packet_data(mqtt_packet_t *p, const void *data, size_t n);
int mqtt_packet_finish(mqtt_packet_t *p);
int mqtt_packet_parse(const byte *data, size_t n, mqtt_message_t *out);
bool mqtt_topic_matches(const char *filter, const char *topic);

#endif
