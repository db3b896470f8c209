/* Pairwise master key from a pass phrase: PBKDF2 with HMAC-SHA1, 4096 rounds. */
#include <string.h>

#include "wifi_private.h"

struct sha1 {
    uint32_t h[5];
    uint32_t length;
    uint8_t block[64];
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void sha1_block(struct sha1 *s, const uint8_t *p)
{
    uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 |
               p[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        if (i < 20) {
            f = (b & c) | (~b & d);
            k = 0x5A827999u;
        } else if (i < 40) {
            f = b ^ c ^ d;
            k = 0x6ED9EBA1u;
        } else if (i < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8F1BBCDCu;
        } else {
            f = b ^ c ^ d;
            k = 0xCA62C1D6u;
        }
        uint32_t t = rotate(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = t;
    }
    s->h[0] += a;
    s->h[1] += b;
    s->h[2] += c;
    s->h[3] += d;
    s->h[4] += e;
}

static void sha1_start(struct sha1 *s)
{
    static const uint32_t start[5] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u, 0xC3D2E1F0u};

    memcpy(s->h, start, sizeof start);
    s->length = 0;
}

static void sha1_add(struct sha1 *s, const void *data, size_t n)
{
    const uint8_t *p = data;

    while (n--) {
        s->block[s->length++ & 63u] = *p++;
        if ((s->length & 63u) == 0)
            sha1_block(s, s->block);
    }
}

static void sha1_end(struct sha1 *s, uint8_t out[20])
{
    uint32_t bits = s->length * 8;
    uint8_t tail[8] = {0, 0, 0, 0, bits >> 24, bits >> 16, bits >> 8, bits};

    sha1_add(s, "\x80", 1);
    while ((s->length & 63u) != 56)
        sha1_add(s, "", 1);
    sha1_add(s, tail, 8);
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void hmac(const char *key, const uint8_t *data, size_t n, uint8_t out[20])
{
    struct sha1 s;
    uint8_t pad[64];
    size_t length = strlen(key);

    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < length && i < 64; i++)
        pad[i] ^= (uint8_t)key[i];
    sha1_start(&s);
    sha1_add(&s, pad, 64);
    sha1_add(&s, data, n);
    sha1_end(&s, out);
    for (int i = 0; i < 64; i++)
        pad[i] ^= 0x36 ^ 0x5C;
    sha1_start(&s);
    sha1_add(&s, pad, 64);
    sha1_add(&s, out, 20);
    sha1_end(&s, out);
}

void wifi_psk_derive(const char *password, const char *ssid, uint8_t key[32])
{
    uint8_t salt[36], u[20], sum[20];
    size_t n = strlen(ssid);

    for (unsigned part = 0; part < 2; part++) {
        memcpy(salt, ssid, n);
        memset(salt + n, 0, 3);
        salt[n + 3] = (uint8_t)(part + 1);
        hmac(password, salt, n + 4, u);
        memcpy(sum, u, 20);
        for (int round = 1; round < 4096; round++) {
            hmac(password, u, 20, u);
            for (int i = 0; i < 20; i++)
                sum[i] ^= u[i];
        }
        memcpy(key + 20 * part, sum, part ? 12 : 20);
    }
}
