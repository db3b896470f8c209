#ifndef LFS_BLOCKS_H
#define LFS_BLOCKS_H

#include "../new_common.h"

#define LFS_START 0x192000u
#define LFS_BLOCK 4096
#define LFS_BLOCKS 64
#define LFS_FILES 24
#define LFS_NAME 28
#define LFS_MAGIC 0x4F53464Cu

enum { BLOCK_FREE = 255, BLOCK_END = 254 };

struct file_entry {
    char name[LFS_NAME];
    uint32_t size;
    byte first;
    byte spare[3];
};

struct table {
    uint32_t magic;
    uint32_t crc;
    uint32_t age;
    byte next[LFS_BLOCKS];
    struct file_entry files[LFS_FILES];
};

int blocks_load(void);
int blocks_store(void);
void blocks_clear(void);
struct table *blocks_table(void);
int blocks_flush(void);
byte *blocks_cached(int block, bool for_writing);
int blocks_take(void);
void blocks_release(int block);
int blocks_free(void);

#endif
