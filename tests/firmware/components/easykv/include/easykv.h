/* Keys and values in flash: a log in each of several sectors, swept into the next when it is full. */
#ifndef EASYKV_H
#define EASYKV_H

#include <stddef.h>

int kv_init(void);
size_t kv_get(const char *key, void *to, size_t size);
int kv_set(const char *key, const void *from, size_t size);

#endif
