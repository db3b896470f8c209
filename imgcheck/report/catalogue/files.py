"""Pages of what `identify`, `verify` and `pack` find in one file."""

from imgcheck.report.catalogue.page import Page, Pages

_AGAIN = "Pack it again, with `imgcheck pack` or the SDK's tool."

PAGES: Pages = {
    "file": Page(
        "Something in the file contradicts its format.",
        "`imgcheck identify` reads a file by its contents and says what does not fit.",
        "Build or fetch the file again; `imgcheck verify` says what devices do with it.",
    ),
    "pack-too-large": Page(
        "The packed update is too large for a layout.",
        "`imgcheck pack` compares what it wrote with the slots of the layouts.",
        "`imgcheck plan` says the least to switch off; `imgcheck pack --tune` may pack tighter.",
    ),
    "verify-kind": Page(
        "The file is judged as an update, but it is no file for that.",
        "The contents say what it is; the question was what devices do when it is uploaded.",
        "Give the OTA file, or the file to flash over UART with its own method.",
    ),
    "verify-refuses": Page(
        "Devices do not take this file.",
        "What the updater and the loader do is replayed step by step; the message names the step and what the device prints.",
        "Follow the step: a smaller image, another packing, or the right file.",
    ),
    "verify-bricks": Page(
        "Devices take this file and do not start any more.",
        "What the updater and the loader do is replayed step by step; one of them destroys what runs.",
        "Never give it to a device that nobody can reach with a cable.",
    ),
    "verify-loses-data": Page(
        "Devices take this file and lose settings or files.",
        "What is written runs over something that the device keeps behind the slot.",
        "Make the image smaller by what the message says.",
    ),
    "ota-length": Page(
        "The header says another length than the file has.",
        "The length in the header is compared with the bytes that follow it.",
        _AGAIN,
    ),
    "ota-kind": Page(
        "The header says packed and the body is not, or the other way round.",
        "The type in the header is compared with the beginning of the body.",
        _AGAIN,
    ),
    "ota-no-unpacked-len": Page(
        "The header does not say how large the image is once unpacked.",
        "The field is unset; an application can then not tell that an image is too large before it reboots.",
        "Pack with `imgcheck pack` or a newer SDK.",
    ),
    "ota-unpacked-len": Page(
        "The header says another unpacked size than the body unpacks to.",
        "Devices compare the header's number with their slot, not the real one.",
        _AGAIN,
    ),
    "ota-trailing": Page(
        "Bytes follow the XZ stream.",
        "The loader reads the first stream only.",
        "Pack it again if they were meant to be part of the image.",
    ),
    "ota-too-large": Page(
        "The file unpacks to more than any slot holds.",
        "Unpacking is stopped at the largest slot of the layouts.",
        "A smaller image; `imgcheck plan` says the least to switch off.",
    ),
    "ota-xtal": Page(
        "The boot header is for another crystal.",
        "It names none that exists, or another than the folder that the file came from.",
        "Take the file that was made for the module's crystal: with the wrong one the radio is off its frequency.",
    ),
    "ota-img-len": Page(
        "The boot header says another image length than there is.",
        "Its field is compared with what the body unpacks to.",
        _AGAIN,
    ),
    "ota-flash-config": Page(
        "The boot header's flash configuration has a wrong CRC or magic.",
        "The loader reads the flash's commands from it.",
        _AGAIN,
    ),
    "ota-clock-config": Page(
        "The boot header's clock configuration has a wrong CRC or magic.",
        "The loader sets the clocks by it.",
        _AGAIN,
    ),
    "ota-unchecked": Page(
        "The boot header tells the loader to start the image unchecked.",
        "CRC or SHA-256 are marked as ignored, as the SDK's builds do.",
        "Nothing, if the build system is known for it; a damaged image would be started.",
    ),
}
