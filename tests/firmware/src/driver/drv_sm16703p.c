/* Strip of addressable LEDs on the SPI data line: each bit becomes four. */
#include "drv_local.h"

//* a comment that starts like a block, on the line before a guard
#if ENABLE_DRIVER_SM16703P

#define STRIP_TOPIC "strip/*/pixels" /* the star and the slash in the text are no comment */

#define STRIP_MAX 256
#define RESET_BYTES 24

static byte strip_pixels[STRIP_MAX][3];
static byte strip_stream[2][RESET_BYTES + STRIP_MAX * 12]; /* two, so that one may be on its way */
static int strip_count = 60;
static int strip_active;
static volatile bool strip_busy;
static bool strip_dirty;
static byte strip_order[3] = {1, 0, 2};

/* what the strip shows before anybody has set it: a dim row of dots; drawn over later, so it is RAM */
static byte strip_start[32][3] = {
    {8, 0, 0}, {0, 0, 0}, {8, 4, 0}, {0, 0, 0}, {8, 8, 0}, {0, 0, 0}, {4, 8, 0}, {0, 0, 0}, {0, 8, 0}, {0, 0, 0},
    {0, 8, 4}, {0, 0, 0}, {0, 8, 8}, {0, 0, 0}, {0, 4, 8}, {0, 0, 0}, {0, 0, 8}, {0, 0, 0}, {4, 0, 8}, {0, 0, 0},
};

static const byte strip_nibbles[4] = {0x88, 0x8E, 0xE8, 0xEE};

static void strip_done(void)
{
    strip_busy = false;
}

static byte *strip_encode(byte *to, byte value)
{
    for (int shift = 6; shift >= 0; shift -= 2)
        *to++ = strip_nibbles[value >> shift & 3];
    return to;
}

int Strip_Count(void)
{
    return strip_count;
}

void Strip_SetPixel(int index, byte r, byte g, byte b)
{
    if (index < 0 || index >= strip_count)
        return;
    strip_pixels[index][0] = r;
    strip_pixels[index][1] = g;
    strip_pixels[index][2] = b;
    strip_dirty = true;
}

void Strip_SetAll(byte r, byte g, byte b)
{
    for (int i = 0; i < strip_count; i++)
        Strip_SetPixel(i, r, g, b);
}

void Strip_Show(void)
{
    strip_dirty = true;
}

static commandResult_t CMD_StripInit(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 1)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    int count = Tokenizer_GetArgInteger(0);
    if (count < 1 || count > STRIP_MAX) {
        ADDLOG_ERROR(LOG_FEATURE_DRV, "%s: %d LEDs are too many", STRIP_TOPIC, count);
        return CMD_RES_BAD_ARGUMENT;
    }
    strip_count = count;
    const char *order = Tokenizer_GetArg(1);
    for (int i = 0; i < 3 && order[i]; i++) {
        const char *letters = "RGB", *found = strchr(letters, order[i]);
        if (!found)
            return CMD_RES_BAD_ARGUMENT;
        strip_order[i] = (byte)(found - letters);
    }
    return CMD_RES_OK;
}

static commandResult_t CMD_StripSetPixel(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 4)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    byte r = (byte)Tokenizer_GetArgInteger(1), g = (byte)Tokenizer_GetArgInteger(2), b = (byte)Tokenizer_GetArgInteger(3);
    if (stricmp(Tokenizer_GetArg(0), "all") == 0)
        Strip_SetAll(r, g, b);
    else
        Strip_SetPixel(Tokenizer_GetArgInteger(0), r, g, b);
    return CMD_RES_OK;
}

void SM16703P_RunFrame(void)
{
    if (!strip_dirty || strip_busy)
        return;
    byte *to = strip_stream[strip_active] + RESET_BYTES;
    for (int i = 0; i < strip_count; i++)
        for (int c = 0; c < 3; c++)
            to = strip_encode(to, strip_pixels[i][strip_order[c]]);
    strip_dirty = false;
    strip_busy = true;
    if (!hal_spi_dma(strip_stream[strip_active], (size_t)(to - strip_stream[strip_active]), strip_done))
        strip_busy = false;
    strip_active ^= 1;
}

void SM16703P_Init(void)
{
    hal_spi_init(3200000, 1);
    memcpy(strip_pixels, strip_start, sizeof strip_start);
    strip_start[0][0]++; /* tells one start from the next */
    strip_dirty = true;
    CMD_RegisterCommand("SM16703P_Init", CMD_StripInit, NULL);
    CMD_RegisterCommand("SM16703P_SetPixel", CMD_StripSetPixel, NULL);
}

#else

/* who draws on a strip needs no guards of his own */
void Strip_SetPixel(int index, byte r, byte g, byte b)
{
}

int Strip_Count(void)
{
    return 0;
}

void Strip_Show(void)
{
}

#endif
