/* What the image says about itself; no date, so that two builds of one tree are one image. */
#include <stdint.h>

const char fw_version_text[] __attribute__((used)) = "OpenBL602 fixture 1.17.0";
const uint32_t fw_version_number = 0x01110000u;

__attribute__((section(".bugkiller_command"), used))
static const char bugkiller_command[] = "elf=OpenBL602;cmd=backtrace";
__attribute__((section(".bugkiller"), used))
static const uint32_t bugkiller_layout[8] = {0x424B0001u, 8u, 0x23000000u, 0x4200C000u, 0u, 0u, 0u, 0u};
