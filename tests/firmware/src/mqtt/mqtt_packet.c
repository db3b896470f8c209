/* MQTT 3.1.1 packets. */
#include "new_mqtt.h"

#define HEADER_ROOM 5

void mqtt_packet_start(mqtt_packet_t *p, byte *buffer, size_t size, int type, int flags)
{
    p->start = buffer;
    p->size = size;
    p->used = HEADER_ROOM;
    buffer[0] = (byte)(type << 4 | flags);
}

void mqtt_packet_data(mqtt_packet_t *p, const void *data, size_t n)
{
    if (p->used + n > p->size) {
        p->used = p->size + 1;
        return;
    }
    memcpy(p->start + p->used, data, n);
    p->used += n;
}

void mqtt_packet_byte(mqtt_packet_t *p, int value)
{
    byte b = (byte)value;

    mqtt_packet_data(p, &b, 1);
}

void mqtt_packet_short(mqtt_packet_t *p, int value)
{
    mqtt_packet_byte(p, value >> 8);
    mqtt_packet_byte(p, value);
}

void mqtt_packet_text(mqtt_packet_t *p, const char *text)
{
    size_t n = strlen(text);

    mqtt_packet_short(p, (int)n);
    mqtt_packet_data(p, text, n);
}

/* The length is known now: write it, and move the body up to it. */
int mqtt_packet_finish(mqtt_packet_t *p)
{
    size_t length = p->used - HEADER_ROOM, at = 1;
    byte *body = p->start + HEADER_ROOM;

    if (p->used > p->size)
        return -1;
    size_t left = length;
    do {
        byte b = left & 127;
        left >>= 7;
        p->start[at++] = left ? b | 128 : b;
    } while (left);
    memmove(p->start + at, body, length);
    return (int)(at + length);
}

/* Returns the packet's whole length, 0 when it is not complete, less when it is wrong. */
int mqtt_packet_parse(const byte *data, size_t n, mqtt_message_t *out)
{
    size_t length = 0, at = 1;
    int shift = 0;

    do {
        if (at >= n)
            return 0;
        if (shift > 21)
            return -1;
        length |= (size_t)(data[at] & 127) << shift;
        shift += 7;
    } while (data[at++] & 128);
    if (at + length > n)
        return 0;
    memset(out, 0, offsetof(mqtt_message_t, topic) + 1);
    out->type = data[0] >> 4;
    out->flags = data[0] & 15;
    const byte *body = data + at, *end = body + length;
    if (out->type == 3) {
        if (length < 2)
            return -2;
        size_t topic = net_get16(body);
        body += 2;
        if (body + topic > end || topic >= sizeof out->topic)
            return -2;
        memcpy(out->topic, body, topic);
        out->topic[topic] = '\0';
        body += topic;
        if (out->flags & 6) {
            if (body + 2 > end)
                return -2;
            out->id = net_get16(body);
            body += 2;
        }
    } else if (length >= 2) {
        out->id = net_get16(body);
    }
    out->payload = body;
    out->payload_length = (size_t)(end - body);
    return (int)(at + length);
}

bool mqtt_topic_matches(const char *filter, const char *topic)
{
    for (;;) {
        if (*filter == '#')
            return true;
        if (*filter == '+') {
            while (*topic && *topic != '/')
                topic++;
            filter++;
            continue;
        }
        if (*filter != *topic)
            return false;
        if (!*filter)
            return true;
        filter++;
        topic++;
    }
}
