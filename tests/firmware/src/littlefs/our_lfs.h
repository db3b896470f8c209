#ifndef OUR_LFS_H
#define OUR_LFS_H

#include <stddef.h>

int LFS_Mount(void);
int LFS_Format(void);
int LFS_Read(const char *name, int offset, char *to, size_t size);
int LFS_Write(const char *name, const char *from, size_t size);
int LFS_Append(const char *name, const char *from, size_t size);
int LFS_Remove(const char *name);
int LFS_List(void (*show)(const char *name, int size, void *context), void *context);
int LFS_EachLine(const char *name, void (*line)(const char *line, void *context), void *context);
int LFS_Total(void);
int LFS_Free(void);
void LFS_AddCommands(void);

#endif
