/* Blocks of the file system: a table of what belongs to which file, written to two blocks in turn. */
#include "../new_common.h"

#if ENABLE_LITTLEFS

#include "lfs_blocks.h"

static struct table table;
static uint32_t table_age;
static byte cache[LFS_BLOCK];
static int cache_block = -1;
static bool cache_dirty;
static uint16_t wear[LFS_BLOCKS];

static uint32_t block_address(int block)
{
    return LFS_START + (uint32_t)block * LFS_BLOCK;
}

static uint32_t table_sum(void)
{
    return rom_crc32(&table.age, sizeof table - offsetof(struct table, age), 0);
}

int blocks_load(void)
{
    struct table other;
    int found = -1;

    for (int copy = 0; copy < 2; copy++) {
        hal_flash_read(block_address(copy), &other, sizeof other);
        if (other.magic != LFS_MAGIC)
            continue;
        struct table previous = table;
        table = other;
        if (table_sum() != other.crc || (found >= 0 && (int32_t)(other.age - previous.age) < 0))
            table = previous;
        else
            found = copy;
    }
    if (found < 0)
        return -1;
    table_age = table.age;
    return found;
}

int blocks_store(void)
{
    int copy = (int)(++table_age & 1u);

    table.magic = LFS_MAGIC;
    table.age = table_age;
    table.crc = table_sum();
    wear[copy]++;
    if (hal_flash_erase(block_address(copy), LFS_BLOCK))
        return -5;
    return hal_flash_write(block_address(copy), &table, sizeof table) ? -5 : 0;
}

void blocks_clear(void)
{
    memset(&table, 0, sizeof table);
    for (int i = 0; i < LFS_BLOCKS; i++)
        table.next[i] = BLOCK_FREE;
    table.next[0] = table.next[1] = BLOCK_END;
    cache_block = -1;
    cache_dirty = false;
}

struct table *blocks_table(void)
{
    return &table;
}

int blocks_flush(void)
{
    int result = 0;

    if (cache_dirty && cache_block >= 0) {
        wear[cache_block]++;
        if (hal_flash_erase(block_address(cache_block), LFS_BLOCK) ||
            hal_flash_write(block_address(cache_block), cache, LFS_BLOCK))
            result = -5;
    }
    cache_dirty = false;
    return result;
}

byte *blocks_cached(int block, bool for_writing)
{
    if (cache_block != block) {
        if (blocks_flush() < 0)
            return NULL;
        hal_flash_read(block_address(block), cache, LFS_BLOCK);
        cache_block = block;
    }
    cache_dirty |= for_writing;
    return cache;
}

/* the least worn of the free blocks, starting somewhere else each time */
int blocks_take(void)
{
    static int start = 2;
    int best = -1;

    for (int i = 0; i < LFS_BLOCKS - 2; i++) {
        int block = 2 + (start + i) % (LFS_BLOCKS - 2);
        if (table.next[block] == BLOCK_FREE && (best < 0 || wear[block] < wear[best]))
            best = block;
    }
    start++;
    if (best >= 0)
        table.next[best] = BLOCK_END;
    return best;
}

void blocks_release(int block)
{
    while (block != BLOCK_END && block > 1 && block < LFS_BLOCKS) {
        int next = table.next[block];
        table.next[block] = BLOCK_FREE;
        if (cache_block == block) {
            cache_block = -1;
            cache_dirty = false;
        }
        block = next;
    }
}

int blocks_free(void)
{
    int count = 0;

    for (int i = 2; i < LFS_BLOCKS; i++)
        count += table.next[i] == BLOCK_FREE;
    return count;
}

#endif
