/* MQTT client: one connection, publishing queue, subscriptions, state report. */
#include "new_mqtt.h"
#include "../cmnds/cmd_public.h"
#if ENABLE_HA_DISCOVERY
#include "../hass/hass.h"
#endif
#if ENABLE_MQTT_CIPHER
#include "cipher.h"
#endif

enum { CONNECT = 1, CONNACK, PUBLISH, PUBACK, SUBSCRIBE = 8, SUBACK, PINGREQ = 12, PINGRESP, DISCONNECT };
enum { IDLE, RESOLVING, CONNECTING, HANDSHAKE, RUNNING };

static struct {
    int state;
    tcp_conn_t *conn;
    int since;
    int retry;
    int ping;
    uint16_t next_id;
    byte input[1024];
    size_t input_used;
    unsigned sent;
} mqtt;

#if ENABLE_MQTT_CIPHER
static uint32_t mqtt_nonce_counter;
static uint32_t mqtt_peer_counter;

/* payload becomes nonce (12), tag (16), text, all in Base64 */
static int mqtt_seal(const char *value, char *to, size_t size)
{
    byte plain[384];
    size_t n = strlen(value);

    if (n + 28 > sizeof plain || (n + 30) / 3 * 4 + 1 > size)
        return -1;
    memset(plain, 0, 12);
    hal_mac(plain);
    mqtt_nonce_counter++;
    memcpy(plain + 8, &mqtt_nonce_counter, 4);
    memcpy(plain + 28, value, n);
    aead_seal(g_cfg.mqtt_key, plain, plain + 28, n, plain + 12);
    base64_encode(to, plain, n + 28);
    return (int)n;
}

static int mqtt_unseal(const char *value, char *to, size_t size)
{
    byte sealed[384];
    int n = base64_decode(sealed, sizeof sealed, value);

    if (n < 28 || (size_t)(n - 27) > size)
        return -1;
    uint32_t counter;
    memcpy(&counter, sealed + 8, 4);
    if (counter <= mqtt_peer_counter) {
        ADDLOG_WARN(LOG_FEATURE_MQTT, "replayed message %lu dropped", (unsigned long)counter);
        return -2;
    }
    if (!aead_open(g_cfg.mqtt_key, sealed, sealed + 28, (size_t)n - 28, sealed + 12)) {
        ADDLOG_WARN(LOG_FEATURE_MQTT, "message with a wrong tag dropped");
        return -3;
    }
    mqtt_peer_counter = counter;
    memcpy(to, sealed + 28, (size_t)n - 28);
    to[n - 28] = '\0';
    return n - 28;
}

static commandResult_t CMD_MqttKey(const void *context, const char *cmd, const char *args, int flags)
{
    /* a pass phrase becomes a key by hashing it a few thousand times with the client's name */
    sha256_hmac((const byte *)g_cfg.mqtt_client, strlen(g_cfg.mqtt_client), args, strlen(args), g_cfg.mqtt_key);
    for (int i = 0; i < 2048; i++)
        sha256_hmac(g_cfg.mqtt_key, 32, args, strlen(args), g_cfg.mqtt_key);
    CFG_SetFlag(FLAG_MQTT_ENCRYPTED, *args != 0);
    CFG_MarkDirty();
    return CMD_RES_OK;
}
#endif

bool MQTT_IsConnected(void)
{
    return mqtt.state == RUNNING;
}

static void mqtt_enter(int state)
{
    mqtt.state = state;
    mqtt.since = g_secondsElapsed;
}

int MQTT_Publish(const char *topic, const char *value, int flags)
{
    static byte buffer[640];
    mqtt_packet_t p;

    if (mqtt.state != RUNNING)
        return -1;
#if ENABLE_MQTT_CIPHER
    static char sealed[560];
    if (CFG_HasFlag(FLAG_MQTT_ENCRYPTED) && !(flags & OBK_PUBLISH_FLAG_RAW_TOPIC)) {
        if (mqtt_seal(value, sealed, sizeof sealed) < 0) {
                return -2;
        }
        value = sealed;
    }
#endif
    mqtt_packet_start(&p, buffer, sizeof buffer, PUBLISH, flags & OBK_PUBLISH_FLAG_RETAIN);
    mqtt_packet_text(&p, topic);
    mqtt_packet_data(&p, value, strlen(value));
    int n = mqtt_packet_finish(&p);
    if (n < 0 || tcp_send(mqtt.conn, buffer, (size_t)n) < 0) {
        ADDLOG_ERROR(LOG_FEATURE_MQTT, "publish %s failed, code %d", topic, n);
        return -3;
    }
    mqtt.sent++;
    return 0;
}

int MQTT_PublishMain(const char *name, const char *value, int flags)
{
    char topic[96];

    snprintf(topic, sizeof topic, "%s/%s/get", g_cfg.mqtt_client, name);
    return MQTT_Publish(topic, value, flags);
}

void MQTT_PublishInt(const char *name, int value)
{
    char text[16];

    snprintf(text, sizeof text, "%d", value);
    MQTT_PublishMain(name, text, 0);
}

void MQTT_PublishFloat(const char *name, float value, int digits)
{
    char text[32];

    snprintf(text, sizeof text, "%.*f", digits, (double)value);
    MQTT_PublishMain(name, text, 0);
}

void MQTT_ChannelChanged(int channel, int value)
{
    char name[8];

    snprintf(name, sizeof name, "%d", channel);
    if (g_cfg.channel_type[channel & 31] >= ChType_Temperature && g_cfg.channel_type[channel & 31] < ChType_ReadOnly)
        MQTT_PublishFloat(name, CHANNEL_GetScaled(channel), 2);
    else
        MQTT_PublishInt(name, value);
}

static void mqtt_subscribe(const char *format)
{
    byte buffer[128];
    char topic[80];
    mqtt_packet_t p;

    snprintf(topic, sizeof topic, format, g_cfg.mqtt_client);
    mqtt_packet_start(&p, buffer, sizeof buffer, SUBSCRIBE, 2);
    mqtt_packet_short(&p, ++mqtt.next_id);
    mqtt_packet_text(&p, topic);
    mqtt_packet_byte(&p, 0);
    int n = mqtt_packet_finish(&p);
    if (n > 0)
        tcp_send(mqtt.conn, buffer, (size_t)n);
}

static void mqtt_message(const mqtt_message_t *m)
{
    char value[256];
    size_t prefix = strlen(g_cfg.mqtt_client);
    size_t n = m->payload_length < sizeof value - 1 ? m->payload_length : sizeof value - 1;

    memcpy(value, m->payload, n);
    value[n] = '\0';
#if ENABLE_HA_DISCOVERY
    if (strcmp(m->topic, "homeassistant/status") == 0) {
        if (strcmp(value, "online") == 0)
            hass_schedule(5);
        return;
    }
#endif
#if ENABLE_MQTT_CIPHER
    if (CFG_HasFlag(FLAG_MQTT_ENCRYPTED) && mqtt_unseal(value, value, sizeof value) < 0)
        return;
#endif
    const char *command = str_startsWith(m->topic, "cmnd/");
    if (command) {
        command = strchr(command, '/');
        if (command)
            CMD_ExecuteCommandArgs(command + 1, value, COMMAND_FLAG_SOURCE_MQTT);
        return;
    }
    if (strncmp(m->topic, g_cfg.mqtt_client, prefix) == 0 && m->topic[prefix] == '/') {
        const char *name = m->topic + prefix + 1;
        if (name[0] >= '0' && name[0] <= '9')
            CHANNEL_Set(atoi(name), atoi(value), false);
    }
}

static void mqtt_received(tcp_conn_t *conn, const byte *data, size_t length)
{
    mqtt_message_t m;
    int n;

    if (mqtt.input_used + length > sizeof mqtt.input) {
        ADDLOG_ERROR(LOG_FEATURE_MQTT, "message too long, dropped");
        mqtt.input_used = 0;
        return;
    }
    memcpy(mqtt.input + mqtt.input_used, data, length);
    mqtt.input_used += length;
    while ((n = mqtt_packet_parse(mqtt.input, mqtt.input_used, &m)) > 0) {
        switch (m.type) {
        case CONNACK:
            if (m.id & 255) {
                ADDLOG_ERROR(LOG_FEATURE_MQTT, "refused, reason %d", m.id & 255);
                tcp_close(conn);
                return;
            }
            mqtt_enter(RUNNING);
            mqtt.retry = 0;
            mqtt_subscribe("%s/+/set");
            mqtt_subscribe("cmnd/%s/+");
#if ENABLE_HA_DISCOVERY
            mqtt_subscribe("homeassistant/status");
            hass_schedule(15);
#endif
            MQTT_PublishMain("connected", "online", OBK_PUBLISH_FLAG_RETAIN | OBK_PUBLISH_FLAG_RAW_TOPIC);
            break;
        case PUBLISH:
            mqtt_message(&m);
            break;
        case PINGRESP:
            mqtt.ping = 0;
            break;
        default:
            break;
        }
        memmove(mqtt.input, mqtt.input + n, mqtt.input_used - (size_t)n);
        mqtt.input_used -= (size_t)n;
    }
    if (n < 0)
        tcp_close(conn);
}

static void mqtt_connected(tcp_conn_t *conn)
{
    byte buffer[256];
    char will[64];
    mqtt_packet_t p;

    snprintf(will, sizeof will, "%s/connected/get", g_cfg.mqtt_client);
    mqtt_packet_start(&p, buffer, sizeof buffer, CONNECT, 0);
    mqtt_packet_text(&p, "MQTT");
    mqtt_packet_byte(&p, 4);
    mqtt_packet_byte(&p, 0x26 | (g_cfg.mqtt_user[0] ? 0xC0 : 0));
    mqtt_packet_short(&p, 60);
    mqtt_packet_text(&p, g_cfg.mqtt_client);
    mqtt_packet_text(&p, will);
    mqtt_packet_text(&p, "offline");
    if (g_cfg.mqtt_user[0]) {
        mqtt_packet_text(&p, g_cfg.mqtt_user);
        mqtt_packet_text(&p, g_cfg.mqtt_pass);
    }
    int n = mqtt_packet_finish(&p);
    if (n > 0)
        tcp_send(conn, buffer, (size_t)n);
    mqtt_enter(HANDSHAKE);
}

static void mqtt_closed(tcp_conn_t *conn)
{
    mqtt.conn = NULL;
    mqtt.input_used = 0;
    mqtt_enter(IDLE);
}

static const struct tcp_handler mqtt_handler = {mqtt_connected, mqtt_received, mqtt_closed};

static void mqtt_found(const char *name, ip4_t address, void *context)
{
    char text[16];

    if (!address) {
        ADDLOG_ERROR(LOG_FEATURE_MQTT, "no address for %s", name);
        mqtt_enter(IDLE);
        return;
    }
    ADDLOG_INFO(LOG_FEATURE_MQTT, "connecting to %s:%d", ip4_text(address, text), g_cfg.mqtt_port);
    mqtt.conn = tcp_connect(address, g_cfg.mqtt_port, &mqtt_handler);
    mqtt_enter(mqtt.conn ? CONNECTING : IDLE);
}

void MQTT_EverySecond(void)
{
    int age = g_secondsElapsed - mqtt.since;

    if (wifi_mgr_state() != WIFI_UP || !net_address())
        return;
    switch (mqtt.state) {
    case IDLE:
        if (!g_cfg.mqtt_host[0] || age < (1 << mqtt.retry))
            return;
        if (mqtt.retry < 6)
            mqtt.retry++;
        mqtt_enter(RESOLVING);
        if (dns_resolve(g_cfg.mqtt_host, mqtt_found, NULL) < 0)
            mqtt_enter(IDLE);
        break;
    case RUNNING:
        if (age % 30 == 29) {
            static const byte ping[2] = {PINGREQ << 4, 0};
            if (++mqtt.ping > 2) {
                ADDLOG_WARN(LOG_FEATURE_MQTT, "no answer to pings");
                tcp_close(mqtt.conn);
                return;
            }
            tcp_send(mqtt.conn, ping, sizeof ping);
        }
        break;
    default:
        if (age > 20) {
            ADDLOG_WARN(LOG_FEATURE_MQTT, "state %d takes too long", mqtt.state);
            if (mqtt.conn)
                tcp_close(mqtt.conn);
            mqtt_enter(IDLE);
        }
        break;
    }
}

int MQTT_StateText(char *to, size_t size)
{
    return snprintf(to, size, "%s, %u sent", mqtt.state == RUNNING ? "connected" : "not connected", mqtt.sent);
}

void MQTT_Init(void)
{
    mqtt_enter(IDLE);
#if ENABLE_MQTT_CIPHER
    CMD_RegisterCommand("mqttKey", CMD_MqttKey, NULL);
    mqtt_nonce_counter = hal_random() & 0xFFFF;
#endif
}
