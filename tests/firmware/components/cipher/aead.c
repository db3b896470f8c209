/* Encrypt, then authenticate: ChaCha20 and a tag of HMAC-SHA256. */
#include <string.h>

#include "cipher.h"

static void aead_tag(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *data, size_t n, uint8_t tag[16])
{
    chacha20_t c;
    uint8_t once[32] = {0}, sum[32];

    chacha20_start(&c, key, nonce, 0);
    chacha20_apply(&c, once, sizeof once);
    sha256_hmac(once, sizeof once, data, n, sum);
    memcpy(tag, sum, 16);
}

void aead_seal(const uint8_t key[32], const uint8_t nonce[12], uint8_t *data, size_t n, uint8_t tag[16])
{
    chacha20_t c;

    chacha20_start(&c, key, nonce, 1);
    chacha20_apply(&c, data, n);
    aead_tag(key, nonce, data, n, tag);
}

bool aead_open(const uint8_t key[32], const uint8_t nonce[12], uint8_t *data, size_t n, const uint8_t tag[16])
{
    uint8_t expected[16], difference = 0;
    chacha20_t c;

    aead_tag(key, nonce, data, n, expected);
    for (int i = 0; i < 16; i++)
        difference |= expected[i] ^ tag[i];
    if (difference)
        return false;
    chacha20_start(&c, key, nonce, 1);
    chacha20_apply(&c, data, n);
    return true;
}
