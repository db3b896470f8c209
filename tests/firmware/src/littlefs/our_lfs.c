/* A small file system in the media partition. */
#include "../new_common.h"

#if ENABLE_LITTLEFS

#include "../cmnds/cmd_public.h"
#include "lfs_blocks.h"
#include "our_lfs.h"

enum { E_NOENT = -2, E_IO = -5, E_NOSPC = -28, E_NAME = -36 };

static bool lfs_mounted;

static struct file_entry *lfs_find(const char *name)
{
    struct table *t = blocks_table();

    while (*name == '/')
        name++;
    for (int i = 0; i < LFS_FILES; i++)
        if (t->files[i].name[0] && strcmp(t->files[i].name, name) == 0)
            return &t->files[i];
    return NULL;
}

static struct file_entry *lfs_create(const char *name)
{
    struct table *t = blocks_table();

    while (*name == '/')
        name++;
    if (!*name || strlen(name) >= LFS_NAME)
        return NULL;
    for (int i = 0; i < LFS_FILES; i++) {
        if (!t->files[i].name[0]) {
            strcpy(t->files[i].name, name);
            t->files[i].size = 0;
            t->files[i].first = BLOCK_END;
            return &t->files[i];
        }
    }
    return NULL;
}

int LFS_Mount(void)
{
    lfs_mounted = blocks_load() >= 0;
    ADDLOG_INFO(LOG_FEATURE_LFS, "%s", lfs_mounted ? "mounted" : "cannot mount");
    return lfs_mounted ? 0 : E_IO;
}

int LFS_Format(void)
{
    blocks_clear();
    return blocks_store();
}

int LFS_Total(void)
{
    return (LFS_BLOCKS - 2) * LFS_BLOCK;
}

int LFS_Free(void)
{
    return lfs_mounted ? blocks_free() * LFS_BLOCK : 0;
}

int LFS_Read(const char *name, int offset, char *to, size_t size)
{
    struct file_entry *f = lfs_mounted ? lfs_find(name) : NULL;
    struct table *t = blocks_table();

    if (!f)
        return E_NOENT;
    if (offset >= (int)f->size)
        return 0;
    if (size > f->size - (uint32_t)offset)
        size = f->size - (uint32_t)offset;
    int block = f->first, done = 0;
    for (int skip = offset / LFS_BLOCK; skip; skip--)
        block = t->next[block];
    while ((size_t)done < size) {
        int at = (offset + done) % LFS_BLOCK;
        int piece = LFS_BLOCK - at;
        if (piece > (int)size - done)
            piece = (int)size - done;
        byte *data = blocks_cached(block, false);
        if (!data)
            return E_IO;
        memcpy(to + done, data + at, (size_t)piece);
        done += piece;
        if (at + piece == LFS_BLOCK)
            block = t->next[block];
    }
    return done;
}

static int lfs_extend(struct file_entry *f, const char *from, size_t size)
{
    struct table *t = blocks_table();
    size_t done = 0;
    int last = f->first;

    while (last != BLOCK_END && t->next[last] != BLOCK_END)
        last = t->next[last];
    while (done < size) {
        size_t at = f->size % LFS_BLOCK;
        if (at == 0) {
            int block = blocks_take();
            if (block < 0)
                return E_NOSPC;
            if (last == BLOCK_END)
                f->first = (byte)block;
            else
                t->next[last] = (byte)block;
            last = block;
        }
        size_t piece = LFS_BLOCK - at;
        if (piece > size - done)
            piece = size - done;
        byte *data = blocks_cached(last, true);
        if (!data)
            return E_IO;
        memcpy(data + at, from + done, piece);
        f->size += piece;
        done += piece;
    }
    if (blocks_flush() < 0)
        return E_IO;
    int result = blocks_store();
    return result < 0 ? result : (int)done;
}

int LFS_Remove(const char *name)
{
    struct file_entry *f = lfs_mounted ? lfs_find(name) : NULL;

    if (!f)
        return E_NOENT;
    blocks_release(f->first);
    memset(f, 0, sizeof *f);
    return blocks_store();
}

int LFS_Write(const char *name, const char *from, size_t size)
{
    struct file_entry *f = lfs_find(name);

    if (!lfs_mounted)
        return E_IO;
    if ((int)size > LFS_Free() + (f ? (int)f->size : 0))
        return E_NOSPC;
    if (f) {
        blocks_release(f->first);
        f->first = BLOCK_END;
        f->size = 0;
    } else {
        f = lfs_create(name);
    }
    return f ? lfs_extend(f, from, size) : E_NAME;
}

int LFS_Append(const char *name, const char *from, size_t size)
{
    struct file_entry *f = lfs_mounted ? lfs_find(name) : NULL;

    if (!lfs_mounted)
        return E_IO;
    if (!f)
        f = lfs_create(name);
    return f ? lfs_extend(f, from, size) : E_NAME;
}

int LFS_List(void (*show)(const char *name, int size, void *context), void *context)
{
    struct table *t = blocks_table();
    int count = 0;

    for (int i = 0; lfs_mounted && i < LFS_FILES; i++) {
        if (!t->files[i].name[0])
            continue;
        show(t->files[i].name, (int)t->files[i].size, context);
        count++;
    }
    return count;
}

int LFS_EachLine(const char *name, void (*line)(const char *line, void *context), void *context)
{
    char buffer[128];
    size_t used = 0;
    int offset = 0, count = 0;
    char c;

    for (;;) {
        int n = LFS_Read(name, offset, &c, 1);
        if (n < 0)
            return n;
        offset++;
        if (n == 0 || c == '\n') {
            buffer[used] = '\0';
            str_trim(buffer);
            if (used)
                line(buffer, context);
            count++;
            used = 0;
            if (n == 0)
                return count;
        } else if (used + 1 < sizeof buffer) {
            buffer[used++] = c;
        }
    }
}

static void lfs_show(const char *name, int size, void *context)
{
    ADDLOG_INFO(LOG_FEATURE_LFS, "%8d %s", size, name);
}

static commandResult_t CMD_LFS_Info(const void *context, const char *cmd, const char *args, int flags)
{
    int count = LFS_List(lfs_show, NULL);

    ADDLOG_INFO(LOG_FEATURE_LFS, "%d files, %d of %d bytes free", count, LFS_Free(), LFS_Total());
    return CMD_RES_OK;
}

static commandResult_t CMD_LFS_Append(const void *context, const char *cmd, const char *args, int flags)
{
    char line[160];

    Tokenizer_TokenizeString(args, TOKENIZER_ALLOW_QUOTES);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    snprintf(line, sizeof line, "%s\n", Tokenizer_GetArgFrom(1));
    int result = LFS_Append(Tokenizer_GetArg(0), line, strlen(line));
    if (result < 0)
        ADDLOG_ERROR(LOG_FEATURE_LFS, "append: code %d", result);
    return result < 0 ? CMD_RES_ERROR : CMD_RES_OK;
}

void LFS_AddCommands(void)
{
    CMD_RegisterCommand("lfs_info", CMD_LFS_Info, NULL);
    CMD_RegisterCommand("lfs_append", CMD_LFS_Append, NULL);
}

#endif
