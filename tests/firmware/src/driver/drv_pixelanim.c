/* Animations on a strip of LEDs. */
#include "../obk_config.h"

#if ENABLE_DRIVER_PIXELANIM

#include "drv_local.h"

static const byte anim_gamma[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3,
    3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 7,
    7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12,
    13, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20,
    20, 21, 21, 22, 22, 23, 24, 24, 25, 25, 26, 27, 27, 28, 29, 29,
    30, 31, 31, 32, 33, 34, 34, 35, 36, 37, 38, 38, 39, 40, 41, 42,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57,
    58, 59, 60, 61, 62, 63, 64, 65, 66, 68, 69, 70, 71, 72, 73, 75,
    76, 77, 78, 80, 81, 82, 84, 85, 86, 88, 89, 90, 92, 93, 94, 96,
    97, 99, 100, 102, 103, 105, 106, 108, 109, 111, 112, 114, 115, 117, 119, 120,
    122, 124, 125, 127, 129, 130, 132, 134, 136, 137, 139, 141, 143, 145, 146, 148,
    150, 152, 154, 156, 158, 160, 162, 164, 166, 168, 170, 172, 174, 176, 178, 180,
    182, 184, 186, 188, 191, 193, 195, 197, 199, 202, 204, 206, 209, 211, 213, 215,
    218, 220, 223, 225, 227, 230, 232, 235, 237, 240, 242, 245, 247, 250, 252, 255,
};

static const byte anim_sine[256] = {
    128, 131, 134, 137, 140, 143, 146, 149, 152, 155, 158, 162, 165, 167, 170, 173,
    176, 179, 182, 185, 188, 190, 193, 196, 198, 201, 203, 206, 208, 211, 213, 215,
    218, 220, 222, 224, 226, 228, 230, 232, 234, 235, 237, 238, 240, 241, 243, 244,
    245, 246, 248, 249, 250, 250, 251, 252, 253, 253, 254, 254, 254, 255, 255, 255,
    255, 255, 255, 255, 254, 254, 254, 253, 253, 252, 251, 250, 250, 249, 248, 246,
    245, 244, 243, 241, 240, 238, 237, 235, 234, 232, 230, 228, 226, 224, 222, 220,
    218, 215, 213, 211, 208, 206, 203, 201, 198, 196, 193, 190, 188, 185, 182, 179,
    176, 173, 170, 167, 165, 162, 158, 155, 152, 149, 146, 143, 140, 137, 134, 131,
    128, 124, 121, 118, 115, 112, 109, 106, 103, 100, 97, 93, 90, 88, 85, 82,
    79, 76, 73, 70, 67, 65, 62, 59, 57, 54, 52, 49, 47, 44, 42, 40,
    37, 35, 33, 31, 29, 27, 25, 23, 21, 20, 18, 17, 15, 14, 12, 11,
    10, 9, 7, 6, 5, 5, 4, 3, 2, 2, 1, 1, 1, 0, 0, 0,
    0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 9,
    10, 11, 12, 14, 15, 17, 18, 20, 21, 23, 25, 27, 29, 31, 33, 35,
    37, 40, 42, 44, 47, 49, 52, 54, 57, 59, 62, 65, 67, 70, 73, 76,
    79, 82, 85, 88, 90, 93, 97, 100, 103, 106, 109, 112, 115, 118, 121, 124,
};

static const byte palette_heat[64][3] = {
    {0, 0, 0}, {8, 0, 0}, {15, 0, 0}, {23, 0, 0}, {30, 0, 0}, {38, 0, 0},
    {46, 0, 0}, {53, 0, 0}, {61, 0, 0}, {69, 0, 0}, {76, 0, 0}, {84, 0, 0},
    {91, 0, 0}, {99, 0, 0}, {107, 0, 0}, {114, 0, 0}, {122, 1, 0}, {131, 5, 0},
    {139, 9, 0}, {148, 12, 0}, {156, 16, 0}, {165, 20, 0}, {174, 24, 0}, {182, 28, 0},
    {191, 31, 0}, {199, 35, 0}, {208, 39, 0}, {216, 43, 0}, {225, 47, 0}, {234, 50, 0},
    {242, 54, 0}, {251, 58, 0}, {255, 64, 1}, {255, 73, 2}, {255, 82, 3}, {255, 91, 4},
    {255, 100, 6}, {255, 109, 7}, {255, 118, 8}, {255, 127, 10}, {255, 136, 11}, {255, 144, 12},
    {255, 153, 13}, {255, 162, 15}, {255, 171, 16}, {255, 180, 17}, {255, 189, 18}, {255, 198, 20},
    {255, 203, 29}, {255, 206, 41}, {255, 210, 53}, {255, 213, 65}, {255, 217, 77}, {255, 220, 89},
    {255, 224, 101}, {255, 227, 113}, {255, 231, 126}, {255, 234, 138}, {255, 238, 150}, {255, 241, 162},
    {255, 245, 174}, {255, 248, 186}, {255, 252, 198}, {255, 255, 210},
};

static const byte palette_sunset[64][3] = {
    {10, 0, 40}, {15, 1, 43}, {20, 1, 46}, {25, 2, 50}, {30, 3, 53}, {35, 3, 56},
    {40, 4, 59}, {46, 4, 62}, {51, 5, 65}, {56, 6, 69}, {61, 6, 72}, {66, 7, 75},
    {71, 8, 78}, {76, 8, 81}, {81, 9, 84}, {86, 10, 88}, {92, 10, 90}, {99, 12, 88},
    {106, 14, 86}, {113, 16, 84}, {120, 18, 82}, {127, 20, 80}, {134, 22, 78}, {141, 24, 76},
    {148, 26, 74}, {155, 28, 72}, {162, 30, 70}, {169, 31, 69}, {176, 33, 67}, {183, 35, 65},
    {190, 37, 63}, {197, 39, 61}, {202, 43, 59}, {205, 48, 56}, {209, 53, 54}, {212, 58, 51},
    {216, 63, 49}, {219, 68, 46}, {223, 73, 43}, {226, 78, 41}, {230, 83, 38}, {233, 88, 36},
    {237, 93, 33}, {240, 98, 31}, {244, 103, 28}, {247, 109, 26}, {251, 114, 23}, {254, 119, 21},
    {255, 124, 25}, {255, 130, 31}, {255, 136, 37}, {255, 141, 44}, {255, 147, 50}, {255, 153, 57},
    {255, 159, 63}, {255, 164, 69}, {255, 170, 76}, {255, 176, 82}, {255, 181, 88}, {255, 187, 95},
    {255, 193, 101}, {255, 199, 107}, {255, 204, 114}, {255, 210, 120},
};

static const struct {
    const char *name;
    const byte (*colors)[3];
} anim_palettes[] = {
    {"Heat", palette_heat},
    {"Sunset", palette_sunset},
};

static struct {
    int active;
    int palette;
    int speed;
    int brightness;
    unsigned frame;
    byte heat[64];
} anim = {.active = -1, .speed = 4, .brightness = 255};

static byte anim_scale(byte value)
{
    return anim_gamma[(unsigned)value * (unsigned)anim.brightness / 255u];
}

static void anim_set(int index, const byte *rgb)
{
    Strip_SetPixel(index, anim_scale(rgb[0]), anim_scale(rgb[1]), anim_scale(rgb[2]));
}

static const byte *anim_color(unsigned at)
{
    return anim_palettes[anim.palette].colors[at % 64];
}

static void anim_rainbow(int count)
{
    for (int i = 0; i < count; i++) {
        unsigned h = (unsigned)(i * 256 / count) + anim.frame;
        byte rgb[3] = {anim_sine[h & 255], anim_sine[(h + 85) & 255], anim_sine[(h + 170) & 255]};
        anim_set(i, rgb);
    }
}

static void anim_fire(int count)
{
    int cells = count < 64 ? count : 64;

    for (int i = 0; i < cells; i++) {
        int cooled = anim.heat[i] - (int)(hal_random() % 12u);
        anim.heat[i] = (byte)(cooled < 0 ? 0 : cooled);
    }
    for (int i = cells - 1; i >= 2; i--)
        anim.heat[i] = (byte)((anim.heat[i - 1] + 2 * anim.heat[i - 2]) / 3);
    if (hal_random() % 256u < 120u) {
        int i = (int)(hal_random() % 4u);
        int hotter = anim.heat[i] + 160 + (int)(hal_random() % 90u);
        anim.heat[i] = (byte)(hotter > 255 ? 255 : hotter);
    }
    for (int i = 0; i < count; i++)
        anim_set(i, anim_color(anim.heat[i % cells] / 4u));
}

static void anim_comet(int count)
{
    int head = (int)(anim.frame / 2) % count;

    for (int i = 0; i < count; i++) {
        int distance = (head - i + count) % count;
        unsigned level = distance < 16 ? anim_gamma[255 - distance * 16] : 0;
        const byte *c = anim_color((unsigned)distance * 4u);
        byte rgb[3] = {(byte)(c[0] * level >> 8), (byte)(c[1] * level >> 8), (byte)(c[2] * level >> 8)};
        anim_set(i, rgb);
    }
}

static const struct {
    const char *name;
    void (*draw)(int count);
} anim_list[] = {
    {"Rainbow", anim_rainbow},
    {"Fire", anim_fire},
    {"Comet", anim_comet},
};

static int anim_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(anim_list); i++)
        if (stricmp(anim_list[i].name, name) == 0)
            return (int)i;
    return -1;
}

static commandResult_t CMD_Anim(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    const char *name = Tokenizer_GetArg(0);
    anim.active = *name >= '0' && *name <= '9' ? atoi(name) : anim_find(name);
    if (anim.active >= (int)ARRAY_SIZE(anim_list))
        anim.active = -1;
    if (Tokenizer_GetArgsCount() > 1) {
        for (size_t i = 0; i < ARRAY_SIZE(anim_palettes); i++)
            if (stricmp(anim_palettes[i].name, Tokenizer_GetArg(1)) == 0)
                anim.palette = (int)i;
    }
    anim.frame = 0;
    return CMD_RES_OK;
}

void PixelAnim_Init(void)
{
    CMD_RegisterCommand("Anim", CMD_Anim, NULL);
}

void PixelAnim_RunFrame(void)
{
    static int ticks;
    int count = Strip_Count();

    if (anim.active < 0 || count <= 0 || ++ticks < anim.speed)
        return;
    ticks = 0;
    anim.frame++;
    anim_list[anim.active].draw(count);
    Strip_Show();
}

void PixelAnim_AppendInformation(http_request_t *request)
{
    if (anim.active >= 0)
        hprintf(request, "<h5>%s in %s</h5>", anim_list[anim.active].name, anim_palettes[anim.palette].name);
}

#endif
