/* Arithmetic in commands: operators by precedence, constants, and functions where the build has them. */
#include "cmd_public.h"

#include <ctype.h>
#include <math.h>

#if ENABLE_NTP
#include "../driver/drv_ntp.h"
#endif

struct parser {
    const char *at;
    int depth;
    bool failed;
};

static double expr_level(struct parser *p, int level);

/* operators of two characters stand before their prefixes */
static const struct {
    char text[3];
    byte level;
    byte code;
} expr_operators[] = {
    {"||", 0, 'o'}, {"&&", 1, 'a'}, {"==", 2, '='}, {"!=", 2, '!'}, {"<=", 3, 'l'}, {">=", 3, 'g'},
    {"<", 3, '<'},  {">", 3, '>'},  {"+", 4, '+'},  {"-", 4, '-'},  {"*", 5, '*'},  {"/", 5, '/'},
    {"%", 5, '%'},
};

#if ENABLE_EXPR_FUNCTIONS
static double fn_clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static double fn_random(double limit)
{
    return fmod((double)hal_random(), limit < 1 ? 1 : limit);
}

static const struct {
    const char *name;
    double (*one)(double);
} expr_functions[] = {
    {"sin", sin},     {"cos", cos}, {"sqrt", sqrt}, {"exp", exp}, {"log", log},
    {"floor", floor}, {"abs", fabs}, {"clamp", fn_clamp01}, {"random", fn_random},
};

static const struct {
    const char *name;
    double (*two)(double, double);
} expr_functions2[] = {
    {"pow", pow}, {"min", fmin}, {"max", fmax}, {"mod", fmod},
};

static bool expr_function(struct parser *p, const char *name, size_t length, double *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(expr_functions); i++) {
        if (strlen(expr_functions[i].name) == length && strncmp(expr_functions[i].name, name, length) == 0) {
            *value = expr_functions[i].one(expr_level(p, 0));
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(expr_functions2); i++) {
        if (strlen(expr_functions2[i].name) == length && strncmp(expr_functions2[i].name, name, length) == 0) {
            double a = expr_level(p, 0);
            if (*p->at == ',')
                p->at++;
            *value = expr_functions2[i].two(a, expr_level(p, 0));
            return true;
        }
    }
    return false;
}
#endif

static void expr_space(struct parser *p)
{
    while (isspace((byte)*p->at))
        p->at++;
}

static double expr_primary(struct parser *p)
{
    double value = 0;

    expr_space(p);
    if (++p->depth > 16) {
        p->failed = true;
        return 0;
    }
    if (*p->at == '(') {
        p->at++;
        value = expr_level(p, 0);
        expr_space(p);
        if (*p->at == ')')
            p->at++;
        else
            p->failed = true;
    } else if (*p->at == '-') {
        p->at++;
        value = -expr_primary(p);
    } else if (*p->at == '!') {
        p->at++;
        value = expr_primary(p) == 0.0;
    } else if (isalpha((byte)*p->at) || *p->at == '$') {
        const char *name = p->at++;
        while (isalnum((byte)*p->at) || *p->at == '_')
            p->at++;
        size_t length = (size_t)(p->at - name);
#if ENABLE_EXPR_FUNCTIONS
        if (*p->at == '(') {
            p->at++;
            if (!expr_function(p, name, length, &value)) {
                ADDLOG_ERROR(LOG_FEATURE_CMD, "no function %.*s", (int)length, name);
                p->failed = true;
            }
            expr_space(p);
            if (*p->at == ')')
                p->at++;
        } else
#endif
#if ENABLE_EXPAND_CONSTANT
        if (!CMD_ExpandConstant(name, length, &value))
            p->failed = true;
#else
        {
            (void)length;
            p->failed = true;
        }
#endif
    } else {
        char *end;
        value = strtod(p->at, &end);
        if (end == p->at)
            p->failed = true;
        p->at = end;
    }
    p->depth--;
    return value;
}

static double expr_apply(int code, double a, double b)
{
    switch (code) {
    case 'o':
        return a != 0 || b != 0;
    case 'a':
        return a != 0 && b != 0;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case 'l':
        return a <= b;
    case 'g':
        return a >= b;
    case '<':
        return a < b;
    case '>':
        return a > b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return b != 0 ? a / b : 0;
    default:
        return b != 0 ? (double)((int)a % (int)b) : 0;
    }
}

static double expr_level(struct parser *p, int level)
{
    if (level > 5)
        return expr_primary(p);
    double left = expr_level(p, level + 1);
    for (;;) {
        size_t i;
        expr_space(p);
        for (i = 0; i < ARRAY_SIZE(expr_operators); i++)
            if (strncmp(p->at, expr_operators[i].text, strlen(expr_operators[i].text)) == 0)
                break;
        if (i == ARRAY_SIZE(expr_operators) || expr_operators[i].level != level)
            return left;
        p->at += strlen(expr_operators[i].text);
        left = expr_apply(expr_operators[i].code, left, expr_level(p, level + 1));
    }
}

double CMD_EvaluateExpression(const char *text, const char **end)
{
    struct parser p = {text, 0, false};
    double value = expr_level(&p, 0);

    if (end)
        *end = p.at;
    if (p.failed) {
        ADDLOG_DEBUG(LOG_FEATURE_CMD, "bad expression at '%s'", p.at);
        return 0;
    }
    return value;
}

#if ENABLE_EXPAND_CONSTANT

static double const_uptime(void)
{
    return g_secondsElapsed;
}

static double const_rssi(void)
{
    return wifi_mgr_rssi();
}

#if ENABLE_NTP
static double const_hour(void)
{
    return NTP_GetHour();
}

static double const_minute(void)
{
    return NTP_GetMinute();
}

static double const_second(void)
{
    return NTP_GetSecond();
}

static double const_day(void)
{
    return NTP_GetWeekDay();
}

#endif

static const struct {
    const char *name;
    double (*value)(void);
} g_constants[] = {
    {"$uptime", const_uptime},
    {"$rssi", const_rssi},
#if ENABLE_NTP
    {"$hour", const_hour},
    {"$minute", const_minute},
    {"$second", const_second},
    {"$day", const_day},
#endif
};

bool CMD_ExpandConstant(const char *name, size_t length, double *value)
{
    if (length > 3 && strncmp(name, "$CH", 3) == 0 && isdigit((byte)name[3])) {
        *value = CHANNEL_Get(atoi(name + 3));
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(g_constants); i++) {
        if (strlen(g_constants[i].name) == length && strncmp(g_constants[i].name, name, length) == 0) {
            *value = g_constants[i].value();
            return true;
        }
    }
    return false;
}

size_t CMD_ExpandText(char *to, size_t size, const char *from)
{
    char *start = to, *limit = to + size - 1;

    while (*from && to < limit) {
        if (*from == '$') {
            const char *name = from++;
            double value;
            while (isalnum((byte)*from) || *from == '_')
                from++;
            if (CMD_ExpandConstant(name, (size_t)(from - name), &value)) {
                char text[24];
                snprintf(text, sizeof text, "%g", value);
                to += strcpy_safe(to, text, (size_t)(limit - to) + 1);
                continue;
            }
            from = name;
        }
        *to++ = *from++;
    }
    *to = '\0';
    return (size_t)(to - start);
}

#endif
