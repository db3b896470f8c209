/* Text that libc does not do the way we want. */
#include "new_common.h"

#include <ctype.h>

int strcpy_safe(char *to, const char *from, size_t size)
{
    size_t n = 0;

    if (!size)
        return 0;
    while (from[n] && n + 1 < size) {
        to[n] = from[n];
        n++;
    }
    to[n] = '\0';
    return (int)n;
}

int strcat_safe(char *to, const char *from, size_t size)
{
    size_t used = strlen(to);

    if (used >= size)
        return 0;
    return strcpy_safe(to + used, from, size - used);
}

int stricmp(const char *a, const char *b)
{
    for (;; a++, b++) {
        int difference = tolower((byte)*a) - tolower((byte)*b);
        if (difference || !*a)
            return difference;
    }
}

const char *str_startsWith(const char *text, const char *prefix)
{
    while (*prefix)
        if (tolower((byte)*text++) != tolower((byte)*prefix++))
            return NULL;
    return text;
}

static int hexdigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((byte)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hexbyte(const char *hex)
{
    int high = hexdigit(hex[0]);
    int low = high < 0 ? -1 : hexdigit(hex[1]);

    return low < 0 ? -1 : high << 4 | low;
}

void str_trim(char *text)
{
    char *start = text;

    while (isspace((byte)*start))
        start++;
    size_t n = strlen(start);
    while (n && isspace((byte)start[n - 1]))
        n--;
    memmove(text, start, n);
    text[n] = '\0';
}
