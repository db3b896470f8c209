"""Does an application image fit its slot when a tool writes it over UART, and does that tool notice?

Comparisons: bflb_iot_tool.py 1.10.0 :770 (too large only above the slot; 16 bytes appended to a multiple of
4096, :1526) and the GUI flasher's BL602Flasher.cs:1297, which forgets the header page.
"""

from imgcheck.model import SILENT, Layout, Soc, Verdict
from imgcheck.targets.bl602.table import application
from imgcheck.targets.slots import slots
from imgcheck.wording import commas

IOT_TOOL = "UART, bflb-iot-tool 1.10 and later Dev Cubes"
GUI_FLASHER = "UART, GUI flasher"
_ERROR = "Error: fw bin size exceeds partition table"


def judge(size: int, paged: bool, layout: Layout, soc: Soc) -> tuple[Verdict, ...]:
    """What each tool does with a file of `size` bytes; `paged` when it begins with its header page.

    Raises UndecidedError for a layout without an application partition.
    """
    firmware = application(layout)
    slot = slots(firmware, layout.name).running
    unpacked = size if paged else soc.header_bytes + size + -size % soc.image_alignment
    appended = soc.image_alignment if not paged and size % 4096 == 0 else 0
    assert firmware
    where = f"{commas(unpacked)} of {commas(slot)} bytes at {firmware.address0:#x}"
    if unpacked + appended > slot:
        why = f"{commas(unpacked + appended)} bytes with header page, the slot has {commas(slot)}"
        if unpacked <= slot:
            why += f"; {appended} of them the tool appends itself to a multiple of 4096"
        tool = Verdict(layout.name, IOT_TOOL, "refuses", "size", _ERROR, why)
    else:
        tool = Verdict(layout.name, IOT_TOOL, "accepts", "start", "", where)
    if size > slot:
        flasher = Verdict(layout.name, GUI_FLASHER, "refuses", "size", SILENT, where)
    elif unpacked > slot:
        why = (
            f"it forgets the header page and writes {commas(unpacked - slot)} bytes over what "
            "follows the slot; "
            "the first update erases them, and the image with them"
        )
        flasher = Verdict(layout.name, GUI_FLASHER, "bricks", "first update", SILENT, why)
    else:
        flasher = Verdict(layout.name, GUI_FLASHER, "accepts", "start", "", where)
    return tool, flasher
