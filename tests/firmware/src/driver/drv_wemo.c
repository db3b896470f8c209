/* A WeMo switch for voice assistants: they search by SSDP and then talk SOAP. The driver table decides
 * whether this is linked. */
#include "drv_local.h"

static char g_serial[32];
static char g_uid[56];
static unsigned g_requests;

static const char wemo_setup[] =
    "<?xml version=\"1.0\"?>"
    "<root xmlns=\"urn:Belkin:device-1-0\">"
    "<device>"
    "<deviceType>urn:Belkin:device:controllee:1</deviceType>"
    "<friendlyName>%s</friendlyName>"
    "<manufacturer>Belkin International Inc.</manufacturer>"
    "<modelName>Socket</modelName>"
    "<UDN>uuid:%s</UDN>"
    "<serialNumber>%s</serialNumber>"
    "<binaryState>%d</binaryState>"
    "<serviceList>"
    "<service>"
    "<serviceType>urn:Belkin:service:basicevent:1</serviceType>"
    "<serviceId>urn:Belkin:serviceId:basicevent1</serviceId>"
    "<controlURL>/upnp/control/basicevent1</controlURL>"
    "</service>"
    "</serviceList>"
    "</device>"
    "</root>\r\n\r\n";

static const char wemo_response[] =
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
    "<u:%cetBinaryStateResponse xmlns:u=\"urn:Belkin:service:basicevent:1\">"
    "<BinaryState>%d</BinaryState>"
    "</u:%cetBinaryStateResponse></s:Body></s:Envelope>\r\n";

static int wemo_state(void)
{
    int pin = PIN_FindRole(IOR_Relay, 0);

    return pin >= 0 && CHANNEL_Get(g_cfg.pin_channel[pin]);
}

static void wemo_switch(int on)
{
    int pin = PIN_FindRole(IOR_Relay, 0);

    if (pin >= 0)
        CHANNEL_Set(g_cfg.pin_channel[pin], on, false);
}

bool WEMO_IsSearched(const char *target)
{
    return strstr(target, "urn:belkin:device:**") || strstr(target, "urn:Belkin:device:**");
}

void WEMO_SendAdvert(ip4_t to, uint16_t port)
{
    char location[40], address[16];

    snprintf(location, sizeof location, "http://%s:80/setup.xml", ip4_text(net_address(), address));
    SSDP_SendReply(to, port, "urn:Belkin:device:**", location);
}

static int wemo_fn_setup(http_request_t *request)
{
    char text[1024];

    http_setup(request, "text/xml");
    snprintf(text, sizeof text, wemo_setup, g_cfg.device_name, g_uid, g_serial, wemo_state());
    poststr(request, text);
    g_requests++;
    return 0;
}

static int wemo_fn_control(http_request_t *request)
{
    const char *body = request->body;
    char text[420];
    char verb = 'G';

    ADDLOG_DEBUG(LOG_FEATURE_HTTP, "WEMO: %s", body);
    if (strstr(body, "SetBinaryState")) {
        verb = 'S';
        if (strstr(body, "State>1</Binary"))
            wemo_switch(1);
        else if (strstr(body, "State>0</Binary"))
            wemo_switch(0);
        else
            ADDLOG_WARN(LOG_FEATURE_HTTP, "WEMO: no state in the request");
    }
    http_setup(request, "text/xml");
    snprintf(text, sizeof text, wemo_response, verb, wemo_state(), verb);
    poststr(request, text);
    g_requests++;
    return 0;
}

void WEMO_AppendInformation(http_request_t *request)
{
    hprintf(request, "<h4>WEMO: %u requests, serial %s</h4>", g_requests, g_serial);
}

void WEMO_Init(void)
{
    byte mac[6];

    hal_mac(mac);
    snprintf(g_serial, sizeof g_serial, "201612%02X%02X%02X%02X", mac[2], mac[3], mac[4], mac[5]);
    snprintf(g_uid, sizeof g_uid, "Socket-1_0-%s", g_serial);
    HTTP_RegisterCallback("/upnp/control/basicevent1", HTTP_POST, wemo_fn_control);
    HTTP_RegisterCallback("/setup.xml", HTTP_GET, wemo_fn_setup);
}
