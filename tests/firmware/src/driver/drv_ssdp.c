/* Simple service discovery: lets Windows' network folder show the device. No guard here: the driver
 * table decides. */
#include "drv_local.h"

#define SSDP_GROUP 0xEFFFFFFAu
#define SSDP_PORT 1900
#define SSDP_MAX_AGE 1800

static udp_socket_t ssdp_socket;
static int ssdp_countdown;
static unsigned ssdp_searches;
static char ssdp_uuid[40];
static char ssdp_message[420];
static bool ssdp_routes;

static const char ssdp_description[] =
    "<?xml version=\"1.0\"?>\r\n"
    "<root xmlns=\"urn:schemas-upnp-org:device-1-0\">\r\n"
    " <device>\r\n"
    "  <deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>\r\n"
    "  <friendlyName>%s</friendlyName>\r\n"
    "  <manufacturer>OpenBeken fixture</manufacturer>\r\n"
    "  <modelName>BL602</modelName>\r\n"
    "  <modelNumber>%s</modelNumber>\r\n"
    "  <UDN>uuid:%s</UDN>\r\n"
    "  <presentationURL>http://%s/index</presentationURL>\r\n"
    " </device>\r\n"
    "</root>\r\n";

static const char ssdp_notify[] =
    "NOTIFY * HTTP/1.1\r\n"
    "HOST: 239.255.255.250:1900\r\n"
    "CACHE-CONTROL: max-age=%d\r\n"
    "LOCATION: http://%s/ssdp.xml\r\n"
    "NT: %s\r\n"
    "NTS: %s\r\n"
    "SERVER: RTOS/1.0 UPnP/1.1 OpenBeken/1.17\r\n"
    "USN: uuid:%s::%s\r\n"
    "\r\n";

static const char ssdp_answer[] =
    "HTTP/1.1 200 OK\r\n"
    "CACHE-CONTROL: max-age=%d\r\n"
    "EXT:\r\n"
    "LOCATION: %s\r\n"
    "SERVER: RTOS/1.0 UPnP/1.1 OpenBeken/1.17\r\n"
    "ST: %s\r\n"
    "USN: uuid:%s::%s\r\n"
    "\r\n";

static void ssdp_name(void)
{
    byte mac[6];

    hal_mac(mac);
    snprintf(ssdp_uuid, sizeof ssdp_uuid, "e427ce1a-3e80-43d0-ad6f-89ec%02x%02x%02x%02x", mac[2], mac[3], mac[4],
             mac[5]);
}

static void ssdp_send_notify(const char *target, const char *event)
{
    char address[16];
    int n = snprintf(ssdp_message, sizeof ssdp_message, ssdp_notify, SSDP_MAX_AGE, ip4_text(net_address(), address),
                     target, event, ssdp_uuid, target);

    udp_send(&ssdp_socket, SSDP_GROUP, SSDP_PORT, ssdp_message, (size_t)n);
}

void SSDP_SendReply(ip4_t to, uint16_t port, const char *target, const char *location)
{
    if (!ssdp_uuid[0])
        ssdp_name();
    int n = snprintf(ssdp_message, sizeof ssdp_message, ssdp_answer, SSDP_MAX_AGE, location, target, ssdp_uuid, target);
    if (n < (int)sizeof ssdp_message)
        udp_send(&ssdp_socket, to, port, ssdp_message, (size_t)n);
}

static bool ssdp_field(const char *text, const char *name, char *to, size_t size)
{
    for (const char *line = text; line; line = strstr(line, "\r\n")) {
        if (*line == '\r')
            line += 2;
        const char *value = str_startsWith(line, name);
        if (!value)
            continue;
        while (*value == ' ')
            value++;
        size_t n = strcspn(value, "\r\n");
        strcpy_safe(to, value, n + 1 < size ? n + 1 : size);
        return true;
    }
    return false;
}

static void ssdp_receive(udp_socket_t *socket, ip4_t from, uint16_t port, const byte *data, size_t length)
{
    char text[400], target[80], location[40], address[16];

    if (length >= sizeof text || length < 8 || memcmp(data, "M-SEARCH", 8))
        return;
    memcpy(text, data, length);
    text[length] = '\0';
    if (!ssdp_field(text, "ST:", target, sizeof target))
        return;
    ssdp_searches++;
    if (strcmp(target, "ssdp:all") == 0 || strcmp(target, "upnp:rootdevice") == 0 ||
        strstr(target, "device:Basic:1")) {
        snprintf(location, sizeof location, "http://%s/ssdp.xml", ip4_text(net_address(), address));
        SSDP_SendReply(from, port, target, location);
    }
#if ENABLE_DRIVER_WEMO
    if (WEMO_IsSearched(target))
        WEMO_SendAdvert(from, port);
#endif
}

static int http_fn_ssdp(http_request_t *request)
{
    char address[16], text[900];

    http_setup(request, "application/xml");
    snprintf(text, sizeof text, ssdp_description, g_cfg.device_name, USER_SW_VER, ssdp_uuid,
             ip4_text(net_address(), address));
    poststr(request, text);
    return 0;
}

void DRV_SSDP_Init(void)
{
    ssdp_name();
    net_join_group(SSDP_GROUP);
    if (udp_open(&ssdp_socket, SSDP_PORT, ssdp_receive, NULL) < 0)
        ADDLOG_ERROR(LOG_FEATURE_DRV, "SSDP: port %d is taken", SSDP_PORT);
    if (!ssdp_routes)
        HTTP_RegisterCallback("/ssdp.xml", HTTP_GET, http_fn_ssdp);
    ssdp_routes = true;
    ssdp_countdown = 5;
}

void DRV_SSDP_RunEverySecond(void)
{
    if (--ssdp_countdown > 0 || wifi_mgr_state() != WIFI_UP)
        return;
    ssdp_countdown = SSDP_MAX_AGE / 3;
    ssdp_send_notify("upnp:rootdevice", "ssdp:alive");
    ssdp_send_notify("urn:schemas-upnp-org:device:Basic:1", "ssdp:alive");
    ADDLOG_DEBUG(LOG_FEATURE_DRV, "SSDP: announced, %u searches so far", ssdp_searches);
}

void DRV_SSDP_Shutdown(void)
{
    ssdp_send_notify("upnp:rootdevice", "ssdp:byebye");
    udp_close(&ssdp_socket);
}
