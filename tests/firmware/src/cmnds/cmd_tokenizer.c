/* Splits the arguments of a command; constants are replaced on the way where the build has them. */
#include "cmd_public.h"

#include <ctype.h>

#define MAX_ARGS 24
#define MAX_TEXT 384

static char g_buffer[MAX_TEXT];
static char *g_args[MAX_ARGS];
static const char *g_from[MAX_ARGS];
static int g_numArgs;
#if ENABLE_EXPAND_CONSTANT
static char g_expanded[MAX_TEXT];
#endif

void Tokenizer_TokenizeString(const char *text, int flags)
{
#if ENABLE_EXPAND_CONSTANT
    if (!(flags & TOKENIZER_DONT_EXPAND) && strchr(text, '$')) {
        CMD_ExpandText(g_expanded, sizeof g_expanded, text);
        text = g_expanded;
    }
#endif
    char *to = g_buffer, *limit = g_buffer + sizeof g_buffer - 1;

    g_numArgs = 0;
    for (;;) {
        while (isspace((byte)*text))
            text++;
        if (!*text || g_numArgs == MAX_ARGS || to >= limit)
            break;
        g_from[g_numArgs] = text;
        g_args[g_numArgs++] = to;
        if ((flags & TOKENIZER_ALLOW_QUOTES) && *text == '"') {
            text++;
            while (*text && *text != '"' && to < limit) {
                if (*text == '\\' && text[1] == '"')
                    text++;
                *to++ = *text++;
            }
            if (*text)
                text++;
        } else {
            while (*text && !isspace((byte)*text) && to < limit)
                *to++ = *text++;
        }
        *to++ = '\0';
    }
}

int Tokenizer_GetArgsCount(void)
{
    return g_numArgs;
}

const char *Tokenizer_GetArg(int i)
{
    return i < g_numArgs ? g_args[i] : "";
}

const char *Tokenizer_GetArgFrom(int i)
{
    return i < g_numArgs ? g_from[i] : "";
}

int Tokenizer_GetArgInteger(int i)
{
    const char *s = Tokenizer_GetArg(i);

#if ENABLE_EXPAND_CONSTANT
    if (!isdigit((byte)*s) && *s != '-')
        return (int)CMD_EvaluateExpression(s, NULL);
#else
    if (*s == '$') {
        ADDLOG_ERROR(LOG_FEATURE_CMD, "%s: this build has no constants", s);
        return 0;
    }
#endif
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        return (int)strtoul(s + 2, NULL, 16);
    return (int)strtol(s, NULL, 10);
}

float Tokenizer_GetArgFloat(int i)
{
#if ENABLE_EXPAND_CONSTANT
    return (float)CMD_EvaluateExpression(Tokenizer_GetArg(i), NULL);
#else
    return (float)strtod(Tokenizer_GetArg(i), NULL);
#endif
}
