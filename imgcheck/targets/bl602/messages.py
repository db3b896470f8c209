"""The messages of devices and tools that tell how an OTA went: what each means, and what to do next.

Forms and meanings are those of OpenBeken's hal_ota_bl602.c, the SDK's bl_mtd.c, bl_irq.c and bfl_main.c,
boot2's decoder and the vendor's flash tools.
"""

from imgcheck.targets.bl602.chip import CHIP
from imgcheck.targets.vocabulary import Message, Vocabulary

_RETRY = "the slot is erased, the running firmware is not touched: reboot the device, then try again"
_SMALLER = "build a smaller image, or flash by UART with a layout that has larger slots"

MESSAGES = (
    # --- OpenBeken's web OTA, in the order in which a device gets there ---
    Message("start", r"Starting OTA test\. OTA bin addr|\bstarting OTA\b(?! test)", "note", "an OTA began"),
    Message("no-partition", r"Open Default FW partition failed|PtTable_Get_Active_Entries fail", "error",
            "the device finds no application partition, so the OTA ends before anything is erased",
            "flash a partition table by UART"),
    Message("header", r"Invalid header ident", "error",
            "the file is no OTA file: its first 512 bytes do not begin with BL60X_OTA",
            "choose the .xz.ota file, not the .bin (that one is for UART); " + _RETRY),
    Message("too-large", r"Too large bin", "error",
            "the OTA body is not smaller than the slot that takes it",
            f"{_SMALLER}; the slot is erased, the running firmware is not touched"),
    Message("unpacked", r"Unpacked OTA image size[^\n]*bigger", "error",
            "the unpacked image is larger than the slot that the device runs from",
            f"{_SMALLER}; the slot is erased, the running firmware is not touched"),
    Message("cut", r"recv returned -\d+", "error",
            "the connection broke before the whole file had arrived",
            f"not the file's fault: better radio, less other traffic, a slower upload; {_RETRY}"),
    Message("no-header", r"No header found", "error",
            "the connection ended within the first 512 bytes: nothing of the file had arrived", _RETRY),
    Message("sha256", r"SHA256 NOT Correct", "error",
            "what arrived is not what the file's header promises", _RETRY),
    Message("accepted", r"Update PARTITION, partition len|\btotal bytes written\b", "note",
            "the whole file arrived and its SHA-256 is right; boot2 unpacks it at the next start"),
    Message("rebooting", r"\[OTA\] \[TCP\] Rebooting", "note", "the device restarts into boot2"),
    # --- boot2 ---
    Message("rolled-back", r"Img is too large|decomped img too large", "error",
            "boot2 unpacked an image that is larger than its slot, and keeps the old firmware",
            _SMALLER + "; an older boot2 would have overwritten its own source"),
    Message("memlimit", r"MEMLIMIT|Memory usage limit reached", "error",
            "the XZ stream wants a dictionary over 32 KiB, more than boot2 has",
            "pack it with `imgcheck pack`, or xz --check=crc32 --lzma2=dict=32KiB"),
    Message("xz-options", r"XZ_OPTIONS_ERROR|Unsupported options in the \.xz", "error",
            "the XZ stream uses a filter or a check that boot2 does not know",
            "pack it with `imgcheck pack`: LZMA2 alone, CRC32"),
    Message("xz-format", r"XZ_FORMAT_ERROR|Not a \.xz file", "error",
            "the body is not XZ (perhaps .lzma)", "pack it with `imgcheck pack`"),
    Message("xz-data", r"XZ_DATA_ERROR|XZ_BUF_ERROR|(?:xz )?File is corrupt", "error",
            "the XZ stream is damaged or cut short",
            "send the file again; its SHA-256 was not checked if it came by TCP"),
    # --- crashes and memory ---
    Message("load-fault", r"Load access fault", "error",
            "the firmware read from an address that is not there, often after a failed allocation",
            "seen in 1.17.638 during OTA: send more slowly, or update by UART; --elf names the place"),
    Message("store-fault", r"Store/AMO access fault", "error",
            "the firmware wrote to an address that is not there", "--elf names the place"),
    Message("fetch-fault", r"Instruction access fault|Illegal instruction", "error",
            "the firmware jumped to where there is no code: a broken pointer, or a damaged image",
            "--elf names the caller; if it comes at every start, flash by UART"),
    Message("exception", r"Exception Entry", "error", "the firmware crashed", "--elf names the place"),
    Message("malloc", r"Memory Allocate Failed", "error",
            "the heap is used up: the firmware stops in an endless loop until the watchdog",
            "switch features off, or MQTT and scripts during an OTA; reboot before the next try"),
    Message("stack", r"Stack Overflow checked", "error", "a task's stack overflowed: the firmware stops", ""),
    Message("mqtt-memory", r"\bERR_MEM\b", "warning", "lwIP had no memory for a message: the heap is short",
            "a device that is short of heap fails OTA too"),
    # --- layout and flashing ---
    Message("hang", r"Dead Loop\. Reason: no Valid \S+ partition", "error",
            "the firmware hangs: the partition table has no such partition",
            "flash a table with it by UART; `imgcheck layout lint` finds what is missing"),
    Message("flash-size", r"FLASH SIZE OVER ?FLOW", "error",
            "the layout is larger than the flash, as with a 2 MB table on a 1 MB module",
            "choose the table of the flash's size"),
    Message("tool-handshake", r"(?:FLASH LOADER|IMG LOAD) HANDSHAKE FAIL|shake ?hand fail", "error",
            "the flash tool gets no answer from the chip: it is not in its boot mode, or not on this port",
            "hold GPIO8 high while it resets, check the port, the wires and the baud rate"),
    Message("tool-flash", r"FLASH (?:WRITE CHECK|WRITE|ERASE|READ SHA|READ|LOAD VERIFY) FAIL", "error",
            "the flash tool could not write the flash, or what it reads back is not what it wrote",
            "a lower baud rate, a better supply; what lies in the flash is not known: write it again"),
    Message("tool-failed", r"Finished with fail|BURN RETRY FAIL", "error", "the flash tool gave up", ""),
    Message("tool-done", r"Finished with success", "note", "the flash tool wrote everything", ""),
    Message("tool-too-large", r"fw1? xz bin size exceeds partition table", "error",
            "the vendor's tool found the XZ file larger than the slot and deleted its OTA files",
            _SMALLER),
    Message("mac-fallback", r"18:B9:05:88:88:88", "warning",
            "no MAC source worked: the device has the address that every such device has",
            "flash the device tree (factory partition) too"),
    # --- harmless ---
    Message("romfs", r"romfs magic is NOT correct", "note",
            "harmless: OpenBeken keeps LittleFS in media, where the SDK looks for a ROM file system"),
)  # fmt: skip

_PARTS = (
    "ota", "fw partition", "pttable_get", "header", "too large", "recv returned", "not correct", "partition",
    "bytes written", "rebooting", "memlimit", "usage limit", "xz", "corrupt", "fault", "illegal", "exception",
    "allocate failed", "overflow", "flash size over", "err_mem", "dead loop", "88:88", "mcause",
    "ra:", "booting", "bl_rst_", "pttable_config", "handshake", "shake hand", "finished with", "flash write",
    "flash read", "flash erase", "flash load", "errorcode",
)  # fmt: skip

LOG = Vocabulary(
    MESSAGES,
    _PARTS,
    crashes=frozenset({"load-fault", "store-fault", "fetch-fault", "exception", "malloc", "stack", "hang"}),
    harmless=frozenset({"romfs", "tool-done"}),
    header_bytes=CHIP.ota_header_bytes,
    start="Booting BL602 Chip",
    resets={
        "BL_RST_POWER_OFF": "power-on",
        "BL_RST_HARDWARE_WATCHDOG": "a hardware watchdog reset",
        "BL_RST_FATAL_EXCEPTION": "a crash",
        "BL_RST_SOFTWARE_WATCHDOG": "a watchdog reset",
        "BL_RST_SOFTWARE": "a restart by the firmware itself",
    },
    forced=frozenset({"BL_RST_HARDWARE_WATCHDOG", "BL_RST_FATAL_EXCEPTION", "BL_RST_SOFTWARE_WATCHDOG"}),
    dump="exception",
    code=range(0x21000000, CHIP.image_limit),  # ROM, RAM and flash as the core fetches code from them
)
