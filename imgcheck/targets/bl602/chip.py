"""Bouffalo Lab BL602, as the OpenBeken SDK links (flash_rom.ld) and packs it (flash_build.py, project.mk)."""

from __future__ import annotations

from imgcheck.model import Region, Soc

TABLES = (0xE000, 0xF000)  # where boot2 has the partition table's two copies (partition.h:161)
FIRST_ADDRESS = 0x10000  # below it: boot2 (0 to 0xE000) and the table's two copies
BOOT2_IMAGE = 0x2000  # where boot2's code begins, behind its header (flash_build.py)
APPLICATION = 0  # the type that boot2 and OpenBeken look the application up by
LARGEST_FILE = 64 << 20  # no such device has a larger flash, and nothing else that is read is larger

CHIP = Soc(
    name="bl602",
    elf_machine=243,  # EM_RISCV
    regions=(
        Region("flash", 0x23000000, 4 << 20, "flash"),
        Region("rom", 0x21015000, 44 << 10, "rom"),
        # with the BLE controller 8 KiB of exchange memory end each of the two RAM regions that much earlier;
        # load.py takes their ends from the heap symbols
        Region("ram_tcm", 0x4200C000, 216 << 10, "ram"),
        Region("ram_wifi", 0x42042000, 40 << 10, "ram"),
    ),
    image_origin=0x23000000,
    image_limit=0x23400000,
    header_bytes=4096,
    image_alignment=16,
    ota_header_bytes=512,
    dict_bytes=32 << 10,
    excluded_sections=frozenset({".romdata", ".rom", ".bugkiller_command", ".bugkiller"}),
    heap_symbols=("_heap_size", "_heap_wifi_size"),  # in the order of the RAM regions that they fill up
    long_double=16,  # RISC-V psABI
)
