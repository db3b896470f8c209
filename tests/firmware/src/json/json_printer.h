#ifndef JSON_PRINTER_H
#define JSON_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes JSON into a buffer; too long a text is cut and json_finish says so. */
typedef struct {
    char *at;
    char *end;
    char *start;
    uint32_t arrays; /* a bit for each level */
    uint8_t depth;
    bool first;
    bool full;
} json_t;

void json_start(json_t *j, char *buffer, size_t size);
void json_object(json_t *j, const char *key);
void json_array(json_t *j, const char *key);
void json_close(json_t *j);
void json_text(json_t *j, const char *key, const char *value);
void json_int(json_t *j, const char *key, int value);
void json_real(json_t *j, const char *key, double value, int digits);
void json_bool(json_t *j, const char *key, bool value);
void json_null(json_t *j, const char *key);
void json_raw(json_t *j, const char *key, const char *value);
void json_format(json_t *j, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));
int json_finish(json_t *j);

#endif
