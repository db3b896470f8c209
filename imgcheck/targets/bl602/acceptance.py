"""Will a device take this file, and if not, at which step does it stop and what does it say?

Replays what OpenBeken's web update (hal_ota_bl602.c), the SDK's TCP and hosal updates (bl_sys_ota_cli.c,
hosal_ota.c) and boot2 (blsp_boot2.c, blsp_boot_decompress.c, blsp_boot_parser.c) do, in their order. What
the file is arrives as an Offer; nothing is read here.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from imgcheck.model import SILENT, Layout, Verdict
from imgcheck.targets.bl602.generations import Installed
from imgcheck.targets.bl602.offered import Offer
from imgcheck.targets.bl602.table import application
from imgcheck.targets.slots import Slots, slots
from imgcheck.wording import commas

FIRST_CHUNK = 1024  # what the web server hands over at once, about; only tells which of two refusals is first


class Replay(NamedTuple):
    """A verdict and how it came about: (step, what happens)."""

    verdict: Verdict
    steps: tuple[tuple[str, str], ...]


def replay(offer: Offer, layout: Layout, device: Installed, active: int = 0) -> Replay:
    """What `device`, running from slot `active` of `layout`, does with the file.

    UndecidedError without an application partition.
    """
    sizes = slots(application(layout), layout.name, active)
    steps: list[tuple[str, str]] = []

    def end(outcome: Literal["accepts", "refuses", "bricks"], step: str, message: str, why: str) -> Replay:
        said = f"says: {message}" if message and message != SILENT else "says nothing"
        steps.append((step, why if outcome == "accepts" else f"{outcome}, {said}. {why}"))
        return Replay(Verdict(layout.name, device.name, outcome, step, message, why), tuple(steps))

    receive = {"http": _web, "tcp": _tcp, "hosal": _hosal}[device.method]
    refusal = receive(offer, sizes, device, steps)
    if refusal:
        return end("refuses", *refusal)
    steps.append(("restart", "the other slot is marked active"))
    if offer.content == "xz":
        return end(*_unpack(offer, sizes, device, steps))
    if offer.boot and offer.boot.noticed:
        say = offer.boot.new if device.new_boot2 else offer.boot.old
        return end("refuses", "boot header", say, f"{offer.boot.why}; boot2 goes back to the old image")
    steps.append(("boot header", "taken"))
    if offer.cut or offer.boot:
        return end("bricks", *_unnoticed(offer))
    return end("accepts", "start", "", "the image runs from the other slot; the next update has them swapped")


_Refusal = tuple[str, str, str] | None
_Steps = list[tuple[str, str]]
_ERASED = "the other slot has been erased, the running image stays"


def _web(offer: Offer, sizes: Slots, device: Installed, steps: _Steps) -> _Refusal:
    running, other, _ = sizes
    steps.append(("erase", f"the other slot, {commas(other)} bytes, before anything is checked"))
    if offer.size < 512:
        return "header", "No header found", f"the file has {offer.size} bytes, its header alone 512"
    if not offer.ident:
        return "header", "Invalid header ident", f"it does not begin with BL60X_OTA; {_ERASED}"
    steps.append(("header", "BL60X_OTA"))
    too_large = (
        "body size", "Too large bin",
        f"a body of {commas(offer.body)} bytes must stay below the other slot's {commas(other)}; {_ERASED}",
    )  # fmt: skip
    if offer.body and min(offer.body, FIRST_CHUNK) >= other:
        return too_large
    if device.guard and offer.body:
        if offer.unpacked_len is None:
            steps.append(("unpacked_len", "not in the file: not checked"))
        elif offer.unpacked_len > running:
            message = (
                f"Unpacked OTA image size ({offer.unpacked_len}) is bigger than "
                f"running partition size ({running})"
            )
            return (
                "unpacked_len",
                message,
                f"{commas(offer.unpacked_len - running)} bytes too many; {_ERASED}",
            )
        else:
            steps.append(("unpacked_len", f"{commas(offer.unpacked_len)} of {commas(running)}"))
    if offer.body >= other:
        return too_large
    steps.append(("body size", f"{commas(offer.body)} below {commas(other)}"))
    if not offer.sha_fits:
        return (
            "SHA-256",
            "SHA256 NOT Correct",
            f"the body is not the one that the header was made for; {_ERASED}",
        )
    steps.append(("SHA-256", "fits"))
    return None


def _tcp(offer: Offer, sizes: Slots, device: Installed, steps: _Steps) -> _Refusal:
    steps.append(("erase", "the other slot, before anything is checked"))
    if offer.size < 512:
        message = f"[OTA] [TEST] seems ota file ends unexpectedly, already transfer {offer.size}"
        return "header", message, f"the file has {offer.size} bytes, its header alone 512"
    steps.append(("header", "printed, not checked"))
    if offer.length > offer.body:
        message = f"[OTA] [TEST] seems ota file ends unexpectedly, already transfer {offer.size}"
        return (
            "length",
            message,
            f"the header promises {commas(offer.length)} bytes, {commas(offer.body)} come",
        )
    if offer.length < offer.body or not offer.sha_fits:
        return (
            "SHA-256",
            "[OTA] [TCP] SHA256 NOT Correct",
            "what is hashed is not what the header was made for",
        )
    steps.append(("SHA-256", "fits"))
    if offer.body > sizes.other:
        return (
            "boot2: unpack", "File is corrupt",
            f"no size check: {commas(offer.body - sizes.other)} bytes went over the partitions "
            "behind the slot",
        )  # fmt: skip
    return None


def _hosal(offer: Offer, sizes: Slots, device: Installed, steps: _Steps) -> _Refusal:
    if offer.size > sizes.other:
        return (
            "size",
            "file size is more than partition size",
            f"{commas(offer.size)} of {commas(sizes.other)} bytes",
        )
    steps.append(("size", f"{commas(offer.size)} of {commas(sizes.other)}"))
    if not offer.tail_fits:
        return "SHA-256", "sha256 check error", "it takes the .hash file: the body and its SHA-256 behind it"
    steps.append(("SHA-256", "fits"))
    return None


def _unpack(
    offer: Offer, sizes: Slots, device: Installed, steps: _Steps
) -> tuple[Literal["accepts", "refuses", "bricks"], str, str, str]:
    running = sizes.running
    if offer.decode:
        say = offer.decode.new if device.new_boot2 else offer.decode.old
        why = f"{offer.decode.why}; found in the trial run, boot2 goes back to the old image"
        return "refuses", "boot2: trial run", say, why
    steps.append(("boot2: trial run", f"unpacks to {commas(offer.unpacked)} bytes"))
    over = offer.unpacked - running
    if device.new_boot2:
        if offer.boot and offer.boot.noticed:
            return (
                "refuses",
                "boot header",
                offer.boot.new,
                f"{offer.boot.why}; boot2 goes back to the old image",
            )
        if over > 0:
            why = (
                f"{commas(over)} bytes too many for the slot of {commas(running)}; boot2 goes back "
                "to the old image"
            )
            return "refuses", "boot2: size", "decomped img too large!", why
        steps.append(("boot2: size", f"{commas(offer.unpacked)} of {commas(running)}"))
    elif over > 0:
        source = 0 < sizes.reach < offer.unpacked
        lost = "the XZ data that it is reading" if source else "the partitions behind it"
        why = (
            f"this boot2 has no size check and writes {commas(over)} bytes past the end of the "
            f"slot, over {lost}; "
            "neither image is left: only UART helps"
        )
        return "bricks", "boot2: unpack", SILENT, why
    steps.append(("boot2: unpack", "over the running image"))
    if offer.boot and offer.boot.noticed:
        why = f"{offer.boot.why}; the old image has been overwritten: only UART helps"
        return "bricks", "boot header", offer.boot.old, why
    steps.append(("boot header", "taken"))
    if offer.cut or offer.boot:
        return "bricks", *_unnoticed(offer)
    return "accepts", "start", "", "the new image runs"


def _unnoticed(offer: Offer) -> tuple[str, str, str]:
    if offer.boot:
        return "start", SILENT, f"{offer.boot.why}: only UART helps"
    why = (
        f"the last {commas(offer.cut)} bytes of the image are missing, and no checksum tells boot2: "
        "only UART helps"
    )
    return "start", SILENT, why
