#include "cipher.h"

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(char *to, const uint8_t *from, size_t n)
{
    char *start = to;

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)from[i] << 16;
        if (i + 1 < n)
            v |= (uint32_t)from[i + 1] << 8;
        if (i + 2 < n)
            v |= from[i + 2];
        *to++ = base64_letters[v >> 18];
        *to++ = base64_letters[v >> 12 & 63];
        *to++ = i + 1 < n ? base64_letters[v >> 6 & 63] : '=';
        *to++ = i + 2 < n ? base64_letters[v & 63] : '=';
    }
    *to = '\0';
    return (size_t)(to - start);
}

static int base64_value(char c)
{
    for (int i = 0; i < 64; i++)
        if (base64_letters[i] == c)
            return i;
    return -1;
}

int base64_decode(uint8_t *to, size_t size, const char *from)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t n = 0;

    for (; *from && *from != '='; from++) {
        int value = base64_value(*from);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            if (n == size)
                return -1;
            to[n++] = (uint8_t)(bits >> count);
        }
    }
    return (int)n;
}
