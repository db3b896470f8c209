/* Two areas in turn; each is a log in which the last entry of a key counts. */
#include "easykv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bl_platform.h"
#include "hal.h"

#define KV_BASE 0x1E9000u
#define KV_AREA 0x4000u
#define KV_MAGIC 0x3156564Bu
#define KV_KEY 12

struct area_header {
    uint32_t magic;
    uint32_t age;
};

struct entry {
    char key[KV_KEY];
    uint32_t size;
    uint32_t crc;
};

static uint32_t kv_active;
static uint32_t kv_tail;
static uint32_t kv_age;

static uint32_t kv_next(uint32_t place, const struct entry *e)
{
    return place + (uint32_t)sizeof *e + ((e->size + 3u) & ~3u);
}

/* The last entry of a key counts; 0 when there is none. Leaves the end of the log in kv_tail. */
static uint32_t kv_find(const char *key, struct entry *found)
{
    uint32_t place = kv_active + sizeof(struct area_header), result = 0;
    struct entry e;

    while (place + sizeof e < kv_active + KV_AREA) {
        hal_flash_read(place, &e, sizeof e);
        if (e.size > KV_AREA)
            break;
        if (strncmp(e.key, key, KV_KEY) == 0) {
            result = place;
            *found = e;
        }
        place = kv_next(place, &e);
    }
    kv_tail = place;
    return result;
}

static int kv_format(uint32_t area, uint32_t age)
{
    struct area_header header = {KV_MAGIC, age};

    kv_active = area;
    kv_age = age;
    kv_tail = area + sizeof header;
    if (hal_flash_erase(area, KV_AREA))
        return -1;
    return hal_flash_write(area, &header, sizeof header);
}

int kv_init(void)
{
    struct area_header header;

    for (uint32_t area = KV_BASE; area < KV_BASE + 2 * KV_AREA; area += KV_AREA) {
        hal_flash_read(area, &header, sizeof header);
        if (header.magic == KV_MAGIC && (!kv_active || (int32_t)(header.age - kv_age) > 0)) {
            kv_active = area;
            kv_age = header.age;
        }
    }
    return kv_active ? 0 : kv_format(KV_BASE, 1);
}

size_t kv_get(const char *key, void *to, size_t size)
{
    struct entry e;
    uint32_t place = kv_find(key, &e);

    if (!place)
        return 0;
    if (e.size < size)
        size = e.size;
    hal_flash_read(place + sizeof e, to, size);
    return size == e.size && rom_crc32(to, size, 0) != e.crc ? 0 : e.size;
}

int kv_set(const char *key, const void *from, size_t size)
{
    struct entry e, old;

    kv_find(key, &old);
    memset(&e, 0, sizeof e);
    strncpy(e.key, key, KV_KEY);
    e.size = (uint32_t)size;
    e.crc = rom_crc32(from, size, 0);
    /* a full area is not copied: whoever keeps something here writes it again with its next change */
    if (kv_next(kv_tail, &e) > kv_active + KV_AREA &&
        kv_format(kv_active == KV_BASE ? KV_BASE + KV_AREA : KV_BASE, kv_age + 1))
        return -1;
    if (hal_flash_write(kv_tail + sizeof e, from, size) || hal_flash_write(kv_tail, &e, sizeof e))
        return -1;
    kv_tail = kv_next(kv_tail, &e);
    return 0;
}
