#ifndef NEW_HTTP_H
#define NEW_HTTP_H

#include "../new_common.h"

enum { HTTP_ANY = -1, HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OPTIONS };

typedef struct http_request_s {
    char *received;
    size_t received_length;
    char *url;
    char *query;
    char *body;
    size_t body_length;
    int method;
    int content_length;
    tcp_conn_t *conn;
    char *reply;
    size_t reply_length;
    size_t reply_size;
    bool headers_sent;
} http_request_t;

typedef int (*http_callback_t)(http_request_t *request);

void HTTP_Start(uint16_t port);
int HTTP_RegisterCallback(const char *url, int method, http_callback_t callback);
int HTTP_ProcessPacket(http_request_t *request);

void http_setup(http_request_t *request, const char *type);
void http_status(http_request_t *request, int code, const char *type);
void poststr(http_request_t *request, const char *text);
void postany(http_request_t *request, const char *data, size_t length);
void hprintf(http_request_t *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
void poststr_escaped(http_request_t *request, const char *text);
bool http_getArg(const char *query, const char *name, char *to, size_t size);
int http_getArgInteger(const char *query, const char *name, int otherwise);

void http_html_start(http_request_t *request, const char *title);
void http_html_end(http_request_t *request);

int http_fn(http_request_t *request);
int http_fn_cm(http_request_t *request);
void HTTP_AddPages(void);

#endif
