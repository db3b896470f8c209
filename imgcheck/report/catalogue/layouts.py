"""Pages of what is wrong with a partition table."""

from imgcheck.report.catalogue.page import Page, Pages

_LINT = "`imgcheck layout lint` and every command that is given the layout read it so."

PAGES: Pages = {
    "layout-unreadable": Page(
        "The file is no partition table.",
        "It could not be read as any form that the target has; the message says why.",
        "Give a .toml, a binary table, a whole-flash image or a map that the target knows (`imgcheck layout list`).",
    ),
    "layout-copy": Page(
        "A copy of the partition table is not valid.",
        "Tables are stored twice; each copy has a magic, a CRC and an age of its own.",
        "One bad copy is survived: the other counts. With two, flash the table again.",
    ),
    "layout-no-table": Page(
        "This target has no partition table; its map is compiled into the firmware.",
        _LINT,
        "Nothing; only overlaps and the flash's end can be checked.",
    ),
    "layout-no-entries": Page("The table has no partitions.", _LINT, "Add at least the application."),
    "layout-too-many": Page(
        "The table has more partitions than a device takes.", _LINT, "Remove or join some."
    ),
    "layout-bad-name": Page(
        "A partition has no name, or one that is not printable ASCII.", _LINT, "Name it in ASCII."
    ),
    "layout-long-name": Page(
        "A partition's name is longer than its field.",
        _LINT,
        "Shorten it; the firmware looks names up whole.",
    ),
    "layout-negative": Page("A number of a partition is negative.", _LINT, "Correct the line."),
    "layout-too-large": Page("A number does not fit its field of the table.", _LINT, "Correct the line."),
    "layout-unaligned": Page(
        "An address or size is not a multiple of the flash's sector.",
        "The flash erases whole sectors, so what shares one with a neighbour is erased with it.",
        "Round the start up and the size down to whole sectors.",
    ),
    "layout-overlap": Page(
        "Two partitions overlap, or one lies where the loader or the table is.",
        "Each span is compared with the one before it that ends last.",
        "Move or shrink one of them: writing one destroys the other.",
    ),
    "layout-beyond-flash": Page(
        "A partition ends beyond the flash.",
        "The flash has the size that the table says, or that --flash-size gives.",
        "Make it smaller, or say the real size with --flash-size.",
    ),
    "layout-no-application": Page(
        "The table has no partition that an application could lie in.",
        "The target's loader finds it by its type; a first slot of no size counts as none.",
        "Add it: no layout without one takes any build.",
    ),
    "layout-no-second-slot": Page(
        "There is no second slot, so devices with this table take no OTA.",
        "The application partition has one copy only.",
        "Give it a second address and size, or update such devices by UART.",
    ),
    "layout-first-slot": Page(
        "The application does not begin where flash tools write it.",
        "The first slot's address is compared with the end of the table.",
        "Start it right behind the table.",
    ),
    "layout-active": Page(
        "The table says that the device runs from its second slot, or from one that does not exist.",
        "The active index of the application partition is not 0.",
        "Judge the next update with --active 1; in a table to flash, set it to 0.",
    ),
    "layout-duplicate-name": Page(
        "Two partitions have one name.",
        "The firmware opens partitions by name and finds the first.",
        "Give each its own.",
    ),
    "layout-duplicate-type": Page(
        "Two partitions have one type.",
        "An update finds its entry by type and takes the first.",
        "Give each its own.",
    ),
    "layout-missing": Page(
        "A partition that the firmware opens at start is not there, or has no size.",
        "The target knows which names it asks for.",
        "Add one of that name with an address and a size: without it the firmware hangs.",
    ),
    "layout-missing-key": Page("An entry lacks a key.", _LINT, "Add the key that the message names."),
    "layout-wrong-type": Page(
        "A value has the wrong type: a number where a text belongs, or the reverse.",
        _LINT,
        "Correct the line.",
    ),
    "layout-other-chip": Page(
        "This is the table of another chip.",
        "It has keys, types or versions that the target's tables have not.",
        "Choose the chip with --target, or give the right table.",
    ),
    "layout-settings": Page(
        "The settings' partition is small.",
        "Its size is compared with what the library that writes settings needs, and with what is usual.",
        "Give it 32 KiB where there is room; below the least, settings are not stored at all.",
    ),
    "layout-bus-address": Page(
        "A partition that is opened by its bus address lies below an application slot.",
        "The mapping of flash to the bus begins at the slot that runs.",
        "Place it behind both slots.",
    ),
    "layout-mfg-in-slot": Page(
        "Manufacturing firmware lies in the second slot.",
        "The first update overwrites it and takes its name away; that is how such tables are made.",
        "Nothing, unless it is still needed after an update.",
    ),
    "layout-unfollowed": Page(
        "Something in a device tree's source is not followed, so partitions may be missing.",
        "Includes, macros and references that need the whole build are not guessed.",
        "Give the tree that the build made of it (zephyr.dts, or the .dtb).",
    ),
    "layout-elsewhere": Page(
        "Partitions of another flash are not part of this layout.",
        "The tree has several flash devices; the one that holds the application counts.",
        "Nothing, unless the application lies in the other one.",
    ),
}
