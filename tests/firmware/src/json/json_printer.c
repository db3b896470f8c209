/* JSON into a buffer of fixed size: no tree, no allocation. */
#include "json_printer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(json_t *j, char c)
{
    if (j->at < j->end)
        *j->at++ = c;
    else
        j->full = true;
}

static void put_all(json_t *j, const char *text)
{
    while (*text)
        put(j, *text++);
}

static void put_escaped(json_t *j, const char *text)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";

    put(j, '"');
    for (; *text; text++) {
        const char *found = strchr(plain, *text);
        if (found) {
            put(j, '\\');
            put(j, letters[found - plain]);
        } else if ((unsigned char)*text < 0x20) {
            char code[8];
            snprintf(code, sizeof code, "\\u%04x", *text);
            put_all(j, code);
        } else {
            put(j, *text);
        }
    }
    put(j, '"');
}

static void begin(json_t *j, const char *key)
{
    if (!j->first)
        put(j, ',');
    j->first = false;
    if (key && !(j->arrays >> j->depth & 1)) {
        put_escaped(j, key);
        put(j, ':');
    }
}

void json_start(json_t *j, char *buffer, size_t size)
{
    j->start = j->at = buffer;
    j->end = buffer + size - 1;
    j->arrays = 0;
    j->depth = 0;
    j->first = true;
    j->full = false;
}

static void open_level(json_t *j, const char *key, bool array)
{
    begin(j, key);
    put(j, array ? '[' : '{');
    j->depth++;
    j->arrays = (j->arrays & ~(1u << j->depth)) | (uint32_t)array << j->depth;
    j->first = true;
}

void json_object(json_t *j, const char *key)
{
    open_level(j, key, false);
}

void json_array(json_t *j, const char *key)
{
    open_level(j, key, true);
}

void json_close(json_t *j)
{
    put(j, j->arrays >> j->depth & 1 ? ']' : '}');
    j->depth--;
    j->first = false;
}

void json_text(json_t *j, const char *key, const char *value)
{
    begin(j, key);
    put_escaped(j, value);
}

void json_int(json_t *j, const char *key, int value)
{
    char digits[12];

    begin(j, key);
    snprintf(digits, sizeof digits, "%d", value);
    put_all(j, digits);
}

void json_real(json_t *j, const char *key, double value, int digits)
{
    char text[40];

    if (isnan(value) || isinf(value)) {
        json_null(j, key);
        return;
    }
    begin(j, key);
    snprintf(text, sizeof text, "%.*f", digits, value);
    put_all(j, text);
}

void json_bool(json_t *j, const char *key, bool value)
{
    begin(j, key);
    put_all(j, value ? "true" : "false");
}

void json_null(json_t *j, const char *key)
{
    begin(j, key);
    put_all(j, "null");
}

void json_raw(json_t *j, const char *key, const char *value)
{
    begin(j, key);
    put_all(j, value);
}

void json_format(json_t *j, const char *key, const char *format, ...)
{
    char text[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_text(j, key, text);
}

int json_finish(json_t *j)
{
    *j->at = '\0';
    return j->full ? -1 : (int)(j->at - j->start);
}
