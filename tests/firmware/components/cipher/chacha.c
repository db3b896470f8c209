/* ChaCha20. */
#include <string.h>

#include "cipher.h"

static uint32_t load32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline uint32_t rol(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b];
    x[d] = rol(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rol(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rol(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rol(x[b] ^ x[c], 7);
}

static void chacha20_refill(chacha20_t *c)
{
    uint32_t x[16];

    memcpy(x, c->state, sizeof x);
    for (int i = 0; i < 10; i++) {
        quarter(x, 0, 4, 8, 12);
        quarter(x, 1, 5, 9, 13);
        quarter(x, 2, 6, 10, 14);
        quarter(x, 3, 7, 11, 15);
        quarter(x, 0, 5, 10, 15);
        quarter(x, 1, 6, 11, 12);
        quarter(x, 2, 7, 8, 13);
        quarter(x, 3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++)
        store32(c->stream + 4 * i, x[i] + c->state[i]);
    c->state[12]++;
    c->used = 0;
}

void chacha20_start(chacha20_t *c, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter)
{
    memcpy(c->state, "expand 32-byte k", 16);
    for (int i = 0; i < 8; i++)
        c->state[4 + i] = load32(key + 4 * i);
    c->state[12] = counter;
    for (int i = 0; i < 3; i++)
        c->state[13 + i] = load32(nonce + 4 * i);
    c->used = 64;
}

void chacha20_apply(chacha20_t *c, uint8_t *data, size_t n)
{
    while (n--) {
        if (c->used == 64)
            chacha20_refill(c);
        *data++ ^= c->stream[c->used++];
    }
}

