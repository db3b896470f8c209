/* HTTP server: requests in, buffered pages out. */
#include "new_http.h"

#include <ctype.h>

#define HTTP_ROUTES 40
#define HTTP_REPLY 1400
#define HTTP_REQUEST_MAX 2048

static struct {
    const char *url;
    int method;
    http_callback_t callback;
} http_routes[HTTP_ROUTES];
static int http_route_count;

static const char *const http_methods[] = {"GET", "POST", "PUT", "DELETE", "OPTIONS"};

static const struct {
    int code;
    const char *text;
} http_codes[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
};

int HTTP_RegisterCallback(const char *url, int method, http_callback_t callback)
{
    if (http_route_count == HTTP_ROUTES) {
        ADDLOG_ERROR(LOG_FEATURE_HTTP, "no room for %s", url);
        return -1;
    }
    http_routes[http_route_count].url = url;
    http_routes[http_route_count].method = method;
    http_routes[http_route_count++].callback = callback;
    return 0;
}

static void http_flush(http_request_t *request)
{
    if (request->reply_length)
        tcp_send(request->conn, request->reply, request->reply_length);
    request->reply_length = 0;
}

void postany(http_request_t *request, const char *data, size_t length)
{
    while (length) {
        size_t piece = request->reply_size - request->reply_length;
        if (piece > length)
            piece = length;
        memcpy(request->reply + request->reply_length, data, piece);
        request->reply_length += piece;
        data += piece;
        length -= piece;
        if (request->reply_length == request->reply_size)
            http_flush(request);
    }
}

void poststr(http_request_t *request, const char *text)
{
    postany(request, text, strlen(text));
}

void hprintf(http_request_t *request, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    poststr(request, text);
}

void poststr_escaped(http_request_t *request, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            poststr(request, "&lt;");
            break;
        case '>':
            poststr(request, "&gt;");
            break;
        case '&':
            poststr(request, "&amp;");
            break;
        case '"':
            poststr(request, "&quot;");
            break;
        default:
            postany(request, text, 1);
            break;
        }
    }
}

void http_status(http_request_t *request, int code, const char *type)
{
    const char *text = "?";

    for (size_t i = 0; i < ARRAY_SIZE(http_codes); i++)
        if (http_codes[i].code == code)
            text = http_codes[i].text;
    hprintf(request,
            "HTTP/1.1 %d %s\r\nContent-type: %s\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n", code,
            text, type);
    request->headers_sent = true;
}

void http_setup(http_request_t *request, const char *type)
{
    http_status(request, 200, type);
}

static void url_decode(char *to, const char *from, size_t n, size_t size)
{
    char *end = to + size - 1;

    while (n && to < end) {
        if (*from == '%' && n > 2 && hexbyte(from + 1) >= 0) {
            *to++ = (char)hexbyte(from + 1);
            from += 3;
            n -= 3;
        } else {
            *to++ = *from == '+' ? ' ' : *from;
            from++;
            n--;
        }
    }
    *to = '\0';
}

bool http_getArg(const char *query, const char *name, char *to, size_t size)
{
    size_t length = strlen(name);

    to[0] = '\0';
    while (query && *query) {
        const char *end = strchr(query, '&');
        size_t n = end ? (size_t)(end - query) : strlen(query);
        if (n > length && query[length] == '=' && strncmp(query, name, length) == 0) {
            url_decode(to, query + length + 1, n - length - 1, size);
            return true;
        }
        query = end ? end + 1 : NULL;
    }
    return false;
}

int http_getArgInteger(const char *query, const char *name, int otherwise)
{
    char text[16];

    return http_getArg(query, name, text, sizeof text) ? atoi(text) : otherwise;
}

static int http_parse(http_request_t *request)
{
    char *p = request->received;

    request->method = HTTP_ANY;
    for (int i = 0; i < (int)ARRAY_SIZE(http_methods); i++) {
        size_t n = strlen(http_methods[i]);
        if (strncmp(p, http_methods[i], n) == 0 && p[n] == ' ') {
            request->method = i;
            p += n + 1;
            break;
        }
    }
    if (request->method == HTTP_ANY)
        return 405;
    request->url = p;
    char *end = strchr(p, ' ');
    if (!end)
        return 400;
    *end = '\0';
    request->query = strchr(p, '?');
    if (request->query)
        *request->query++ = '\0';
    char *headers = end + 1;
    request->body = strstr(headers, "\r\n\r\n");
    if (!request->body)
        return 400;
    *request->body = '\0';
    request->body += 4;
    request->body_length = request->received_length - (size_t)(request->body - request->received);
    request->content_length = 0;
    for (char *line = strstr(headers, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        const char *value = str_startsWith(line, "content-length:");
        if (value)
            request->content_length = atoi(value);
    }
    return 0;
}

int HTTP_ProcessPacket(http_request_t *request)
{
    int error = http_parse(request);

    if (!error) {
        for (int i = 0; i < http_route_count; i++) {
            size_t n = strlen(http_routes[i].url);
            bool prefix = http_routes[i].url[n - 1] == '/' && n > 1;
            if (http_routes[i].method != HTTP_ANY && http_routes[i].method != request->method)
                continue;
            if (prefix ? strncmp(request->url, http_routes[i].url, n) == 0
                       : strcmp(request->url, http_routes[i].url) == 0) {
                error = http_routes[i].callback(request);
                http_flush(request);
                return error;
            }
        }
        error = 404;
    }
    http_status(request, error, "text/html");
    hprintf(request, "<h1>%d</h1>", error);
    if (error == 404) {
        poststr(request, "<a href=\"/index\">Back</a>");
    }
    http_flush(request);
    return error;
}

static void http_connected(tcp_conn_t *conn)
{
    tcp_context(conn, heap_calloc(1, sizeof(http_request_t)));
}

static void http_release(tcp_conn_t *conn)
{
    http_request_t *request = tcp_context_of(conn);

    if (request) {
        heap_free(request->received);
        heap_free(request->reply);
        heap_free(request);
    }
    tcp_context(conn, NULL);
}

static bool http_complete(const http_request_t *request)
{
    const char *body = strstr(request->received, "\r\n\r\n");
    const char *length = strstr(request->received, "ontent-");

    if (!body)
        return false;
    if (!length || length > body)
        return true;
    length = strchr(length, ':');
    return length && (int)(request->received_length - (size_t)(body + 4 - request->received)) >= atoi(length + 1);
}

static void http_received(tcp_conn_t *conn, const byte *data, size_t length)
{
    http_request_t *request = tcp_context_of(conn);

    if (!request)
        return;
    char *bigger = heap_realloc(request->received, request->received_length + length + 1);
    if (!bigger || request->received_length + length > HTTP_REQUEST_MAX) {
        ADDLOG_WARN(LOG_FEATURE_HTTP, "request of %u bytes dropped", (unsigned)(request->received_length + length));
        tcp_close(conn);
        return;
    }
    memcpy(bigger + request->received_length, data, length);
    request->received = bigger;
    request->received_length += length;
    bigger[request->received_length] = '\0';
    if (!http_complete(request))
        return;
    request->conn = conn;
    request->reply_size = HTTP_REPLY;
    request->reply = heap_alloc(HTTP_REPLY);
    if (request->reply)
        HTTP_ProcessPacket(request);
    http_release(conn);
    tcp_close(conn);
}

static const struct tcp_handler http_handler = {http_connected, http_received, http_release};

void HTTP_Start(uint16_t port)
{
    HTTP_AddPages();
    tcp_listen(port, &http_handler);
}
