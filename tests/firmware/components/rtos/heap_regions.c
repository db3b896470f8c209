/* First-fit allocator over several memory regions, free blocks sorted by address and merged. */
#include <string.h>

#include "rtos.h"

#define HEAP_ALIGN 8u
#define HEAP_USED 0x80000000u
#define HEAP_MINIMUM 32u

typedef struct heap_block {
    struct heap_block *next;
    size_t size; /* with this header; top bit set while in use */
} heap_block_t;

static heap_block_t heap_first;
static heap_block_t *heap_last;
static size_t heap_free_bytes;
static size_t heap_low_mark;

void heap_define(const heap_region_t *regions)
{
    heap_block_t *previous = &heap_first;

    heap_first.size = 0;
    for (; regions->size; regions++) {
        uintptr_t start = ((uintptr_t)regions->start + HEAP_ALIGN - 1) & ~(uintptr_t)(HEAP_ALIGN - 1);
        uintptr_t end = ((uintptr_t)regions->start + regions->size - sizeof(heap_block_t)) &
                        ~(uintptr_t)(HEAP_ALIGN - 1);
        heap_block_t *block = (heap_block_t *)start;
        heap_last = (heap_block_t *)end;
        heap_last->size = 0;
        heap_last->next = NULL;
        block->size = end - start;
        block->next = heap_last;
        previous->next = block;
        previous = heap_last;
        heap_free_bytes += block->size;
    }
    heap_low_mark = heap_free_bytes;
}

static void heap_insert(heap_block_t *block)
{
    heap_block_t *before = &heap_first;

    while (before->next && before->next < block)
        before = before->next;
    if (before->size && (uint8_t *)before + before->size == (uint8_t *)block) {
        before->size += block->size;
        block = before;
    }
    if (block != before)
        block->next = before->next;
    if (block->next && block->next->size && (uint8_t *)block + block->size == (uint8_t *)block->next) {
        block->size += block->next->size;
        block->next = block->next->next;
    }
    if (block != before)
        before->next = block;
}

void *heap_alloc(size_t size)
{
    heap_block_t *before = &heap_first;
    heap_block_t *block = heap_first.next;

    if (size == 0 || size >= HEAP_USED)
        return NULL;
    size = (size + sizeof(heap_block_t) + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
    while (block && (block->size < size || block->size == 0)) {
        before = block;
        block = block->next;
    }
    if (!block)
        return NULL;
    before->next = block->next;
    if (block->size - size > HEAP_MINIMUM) {
        heap_block_t *rest = (heap_block_t *)((uint8_t *)block + size);
        rest->size = block->size - size;
        block->size = size;
        heap_insert(rest);
    }
    heap_free_bytes -= block->size;
    if (heap_free_bytes < heap_low_mark)
        heap_low_mark = heap_free_bytes;
    block->size |= HEAP_USED;
    block->next = NULL;
    return block + 1;
}

void heap_free(void *pointer)
{
    if (!pointer)
        return;
    heap_block_t *block = (heap_block_t *)pointer - 1;
    if (!(block->size & HEAP_USED) || block->next)
        return; /* freed twice, or not ours */
    block->size &= ~HEAP_USED;
    heap_free_bytes += block->size;
    heap_insert(block);
}

void *heap_calloc(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *pointer = heap_alloc(total);
    if (pointer)
        memset(pointer, 0, total);
    return pointer;
}

void *heap_realloc(void *pointer, size_t size)
{
    if (!pointer)
        return heap_alloc(size);
    size_t old = (((heap_block_t *)pointer - 1)->size & ~HEAP_USED) - sizeof(heap_block_t);
    if (old >= size)
        return pointer;
    void *bigger = heap_alloc(size);
    if (bigger) {
        memcpy(bigger, pointer, old);
        heap_free(pointer);
    }
    return bigger;
}

size_t heap_left(void)
{
    return heap_free_bytes;
}

size_t heap_lowest(void)
{
    return heap_low_mark;
}

char *heap_strdup(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = heap_alloc(length);

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

/* libc allocates from our heap. */
void *malloc(size_t size)
{
    return heap_alloc(size);
}

void free(void *pointer)
{
    heap_free(pointer);
}

void *calloc(size_t count, size_t size)
{
    return heap_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return heap_realloc(pointer, size);
}
