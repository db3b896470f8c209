/* Hashes and ciphers. */
#ifndef CIPHER_H
#define CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t h[8];
    uint64_t length;
    uint8_t block[64];
} sha256_t;

void sha256_start(sha256_t *s);
void sha256_add(sha256_t *s, const void *data, size_t n);
void sha256_end(sha256_t *s, uint8_t out[32]);
void sha256_hmac(const uint8_t *key, size_t key_size, const void *data, size_t n, uint8_t out[32]);

typedef struct {
    uint32_t state[16];
    uint8_t stream[64];
    unsigned used;
} chacha20_t;

void chacha20_start(chacha20_t *c, const uint8_t key[32], const uint8_t nonce[12], uint32_t counter);
void chacha20_apply(chacha20_t *c, uint8_t *data, size_t n);

void aead_seal(const uint8_t key[32], const uint8_t nonce[12], uint8_t *data, size_t n, uint8_t tag[16]);
bool aead_open(const uint8_t key[32], const uint8_t nonce[12], uint8_t *data, size_t n, const uint8_t tag[16]);

typedef struct {
    uint32_t round[44];
} aes128_t;
void aes128_start(aes128_t *a, const uint8_t key[16]);
void aes128_encrypt(const aes128_t *a, uint8_t block[16]);
void aes128_ctr(const aes128_t *a, uint8_t counter[16], uint8_t *data, size_t n);

void md5(const void *data, size_t n, uint8_t out[16]);
size_t base64_encode(char *to, const uint8_t *from, size_t n);
int base64_decode(uint8_t *to, size_t size, const char *from);

#endif
