"""Pages of what `imgcheck dts lint` finds in a factory device tree."""

from imgcheck.report.catalogue.page import Page, Pages

_MAC = "The mode and the addresses of wifi/mac are read as the firmware reads them."
_RADIO = "The node wifi/brd_rf is read as the firmware reads it."

PAGES: Pages = {
    "dts-syntax": Page(
        "The source is not a device tree by its specification.",
        "A strict compiler refuses the line.",
        "Correct the line; the vendor's compiler may make nonsense of it without a word.",
    ),
    "dts-compile": Page(
        "The vendor's compiler stops at this source.", "It was run over the lines.", "Correct the line."
    ),
    "dts-nonsense": Page(
        "The vendor's compiler makes something else of a line than it says.",
        "It reads line by line; what it made is compared with what the source says.",
        "Write one node or property a line, each ended by { or ;",
    ),
    "dts-include": Page(
        "An #include is not followed.",
        "The vendor's compiler ignores the line.",
        "Copy what is included into the file.",
    ),
    "dts-encoding": Page(
        "Bytes are not UTF-8.", "They stand on the line that is named.", "Save the file as UTF-8."
    ),
    "dts-size": Page(
        "The compiled tree is larger than its partition.",
        "Flash tools do not look: what lies behind the partition is overwritten.",
        "Shorten the tree, or give the partition more room in the layout.",
    ),
    "dts-mac-missing": Page(
        "The tree does not say where MAC addresses come from.", _MAC, "Add the node with its mode."
    ),
    "dts-mac-mode": Page(
        "The mode of MAC addresses is not one that the firmware works with.",
        _MAC,
        "Up to three of the letters M, B and F, in the order in which to try.",
    ),
    "dts-mac-address": Page(
        "An address is missing, or has not six bytes.", _MAC, "Write six bytes: [AA BB CC DD EE FF]."
    ),
    "dts-mac-zero": Page("An address is all zero.", _MAC, "Give the unit its own."),
    "dts-mac-shared": Page(
        "An address is the vendor's default, which many units share.", _MAC, "Give the unit its own."
    ),
    "dts-mac-group": Page(
        "An address is a group address, not a unit's.", _MAC, "Clear the lowest bit of its first byte."
    ),
    "dts-mac-flash": Page(
        "Both interfaces get the address of the access point.",
        _MAC,
        "Nothing; the station's address is checked and not used.",
    ),
    "dts-radio": Page(
        "The tree has no radio data.",
        _RADIO,
        "Nothing: the firmware takes its own. Add it for calibrated modules.",
    ),
    "dts-radio-mode": Page(
        "A mode of the radio has letters that the firmware does not know.",
        _RADIO,
        "Use the letters of the message.",
    ),
    "dts-xtal": Page(
        "The crystal's trims are not five small numbers.",
        f"{_RADIO} A frequency does not belong there.",
        "Write five capcode trims, such as <50 50 1 60 60>.",
    ),
    "dts-order": Page(
        "A property stands after a node, which the specification forbids.",
        "The vendor's compiler takes it, dtc does not.",
        "Move properties before nodes.",
    ),
}
