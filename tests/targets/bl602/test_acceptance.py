"""What devices do with a file, case by case as BL602.md's sources have it, and laws over all of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import Layout, Partition
from imgcheck.targets.bl602 import acceptance, generations
from imgcheck.targets.bl602.generations import Installed
from imgcheck.targets.bl602.offered import Fault, Offer

B = Layout("b", 0x200000, (Partition("FW", 0, 0x10000, 0xC8000, 0xD8000, 0x88000),))
ONE_SLOT = Layout("one", 0x100000, (Partition("FW", 0, 0x10000, 0xE7000, 0, 0),))
GOOD = Offer(
    size=425868 + 512, ident=True, length=425868, sha_fits=True, unpacked_len=773472, body=425868,
    content="xz", unpacked=773472,
)  # fmt: skip
OLD_OLD, OLD_NEW, NEW_OLD, NEW_NEW = generations.FIELD


def outcome(offer: Offer, device: Installed, layout: Layout = B, active: int = 0) -> tuple[str, str, str]:
    verdict = acceptance.replay(offer, layout, device, active).verdict
    return verdict.outcome, verdict.step, verdict.message


@pytest.mark.parametrize("device", generations.FIELD)
def test_a_real_release_is_accepted(device: Installed) -> None:
    assert outcome(GOOD, device) == ("accepts", "start", "")


@pytest.mark.parametrize("device", generations.FIELD)
@pytest.mark.parametrize(("body", "expected"), [(0x88000 - 1, "accepts"), (0x88000, "refuses")])
def test_the_body_must_stay_below_the_other_slot(device: Installed, body: int, expected: str) -> None:
    offer = replace(GOOD, body=body, length=body, size=body + 512)
    assert outcome(offer, device)[0] == expected
    if expected == "refuses":
        assert outcome(offer, device)[1:] == ("body size", "Too large bin")


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (OLD_OLD, ("bricks", "boot2: unpack", "(no message)")),
        (OLD_NEW, ("refuses", "boot2: size", "decomped img too large!")),
        (NEW_OLD, ("refuses", "unpacked_len",
                   "Unpacked OTA image size (819201) is bigger than running partition size (819200)")),
        (NEW_NEW, ("refuses", "unpacked_len",
                   "Unpacked OTA image size (819201) is bigger than running partition size (819200)")),
    ],
)  # fmt: skip
def test_one_byte_over_the_running_slot(device: Installed, expected: tuple[str, str, str]) -> None:
    assert outcome(replace(GOOD, unpacked=819201, unpacked_len=819201), device) == expected
    assert outcome(replace(GOOD, unpacked=819200, unpacked_len=819200), device)[0] == "accepts"


def test_without_unpacked_len_nothing_guards_an_old_boot2() -> None:
    offer = replace(GOOD, unpacked=819201, unpacked_len=None)
    assert [outcome(offer, device)[0] for device in generations.FIELD] == [
        "bricks",
        "refuses",
        "bricks",
        "refuses",
    ]


def test_a_lie_in_unpacked_len_is_believed() -> None:
    small = replace(GOOD, unpacked=900000, unpacked_len=1000)
    assert outcome(small, NEW_OLD)[0] == "bricks"
    large = replace(GOOD, unpacked_len=900000)
    assert outcome(large, NEW_OLD)[:2] == ("refuses", "unpacked_len")
    assert outcome(large, OLD_OLD)[0] == "accepts"


def test_running_from_the_second_slot_swaps_the_limits() -> None:
    assert outcome(GOOD, NEW_NEW, active=1)[:2] == ("refuses", "unpacked_len")
    assert outcome(replace(GOOD, unpacked_len=None), OLD_OLD, active=1)[0] == "bricks"
    small = replace(GOOD, unpacked=0x88000, unpacked_len=0x88000, body=0xC8000 - 1, length=0xC8000 - 1)
    assert outcome(small, NEW_NEW, active=1)[0] == "accepts"
    detail = acceptance.replay(replace(GOOD, unpacked_len=None), B, OLD_OLD, 1).verdict.detail
    assert "partitions behind it" in detail
    assert "XZ data" in acceptance.replay(replace(GOOD, unpacked=900000), B, OLD_OLD, 0).verdict.detail


@pytest.mark.parametrize("device", generations.FIELD)
def test_without_a_second_slot_nothing_is_taken(device: Installed) -> None:
    assert outcome(GOOD, device, ONE_SLOT) == ("refuses", "body size", "Too large bin")


def test_the_guard_speaks_before_the_body_is_through() -> None:
    offer = replace(GOOD, body=600000, length=600000, unpacked_len=900000, unpacked=900000)
    assert outcome(offer, NEW_NEW)[1] == "unpacked_len"
    assert outcome(offer, OLD_NEW)[1] == "body size"


@pytest.mark.parametrize(
    ("change", "step", "message"),
    [
        ({"size": 100, "body": 0}, "header", "No header found"),
        ({"ident": False}, "header", "Invalid header ident"),
        ({"sha_fits": False}, "SHA-256", "SHA256 NOT Correct"),
        ({"decode": Fault("Memory usage limit reached", "(no message)", "64 KiB")}, "boot2: trial run",
         "Memory usage limit reached"),
    ],
)  # fmt: skip
def test_refusals(change: dict[str, object], step: str, message: str) -> None:
    offer = replace(GOOD, **change)  # type: ignore[arg-type]
    assert outcome(offer, OLD_OLD) == ("refuses", step, message)


def test_a_bad_boot_header_in_an_xz_file() -> None:
    offer = replace(GOOD, boot=Fault("bootheader crc error", "(no message)", "why"))
    assert outcome(offer, OLD_OLD) == ("bricks", "boot header", "bootheader crc error")
    assert outcome(offer, NEW_NEW) == ("refuses", "boot header", "(no message)")


def test_a_bad_boot_header_in_a_raw_file_costs_nothing() -> None:
    raw = replace(GOOD, content="image", body=500000, unpacked=500000, unpacked_len=500000, length=500000)
    assert outcome(raw, OLD_OLD)[0] == "accepts"
    bad = replace(raw, boot=Fault("Hash error", "Hash error", "why"))
    assert outcome(bad, OLD_OLD) == ("refuses", "boot header", "Hash error")


@pytest.mark.parametrize("content", ["xz", "image"])
@pytest.mark.parametrize("device", generations.FIELD)
def test_a_cut_image_without_checksums_is_started(device: Installed, content: str) -> None:
    small = replace(GOOD, body=400_000, unpacked=400_000, unpacked_len=400_000, length=400_000)
    cut = replace(small, content=content, cut=16)  # type: ignore[arg-type]
    assert outcome(cut, device) == ("bricks", "start", "(no message)")


TCP, HOSAL = generations.SDK["tcp"][0], generations.SDK["hosal"][0]


def test_the_sdks_tcp_update() -> None:
    assert outcome(GOOD, TCP)[0] == "accepts"
    assert outcome(replace(GOOD, ident=False), TCP)[0] == "accepts"
    assert outcome(replace(GOOD, length=GOOD.body - 1), TCP)[2] == "[OTA] [TCP] SHA256 NOT Correct"
    assert "ends unexpectedly" in outcome(replace(GOOD, length=GOOD.body + 1), TCP)[2]
    large = replace(GOOD, body=0x88001, length=0x88001)
    assert outcome(large, TCP)[:2] == ("refuses", "boot2: unpack")


def test_the_sdks_hosal_update() -> None:
    assert outcome(GOOD, HOSAL) == ("refuses", "SHA-256", "sha256 check error")
    assert outcome(replace(GOOD, tail_fits=True), HOSAL)[0] == "accepts"
    large = replace(GOOD, size=0x88001, tail_fits=True)
    assert outcome(large, HOSAL)[2] == "file size is more than partition size"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ([], generations.FIELD),
        (["boot2=old"], (OLD_OLD, NEW_OLD)),
        (["1.17.450"], (OLD_OLD, OLD_NEW)),
        (["1.18.98"], (OLD_OLD, OLD_NEW)),
        (["1.18.150"], generations.FIELD),
        (["1.18.288", "boot2=new"], (NEW_OLD, NEW_NEW, OLD_NEW)),
        (["v1.20.1,boot2=new"], (NEW_NEW,)),
        (["2025-06-19"], (OLD_OLD, OLD_NEW)),
        (["2025-06-20"], (NEW_OLD, NEW_NEW)),
        (["2025-06"], generations.FIELD),
        (["2024-12,boot2=old"], (OLD_OLD,)),
        (["tcp"], generations.SDK["tcp"]),
        (["hosal,boot2=new"], generations.SDK["hosal"][1:]),
    ],
)
def test_installed(asked: list[str], names: tuple[Installed, ...]) -> None:
    assert set(generations.installed(asked)) == set(names)


@pytest.mark.parametrize(
    ("asked", "hint"), [("boot2=older", "boot2=old"), ("latest", "a version like"), ("", "")]
)
def test_unknown_generations(asked: str, hint: str) -> None:
    if not asked:
        assert generations.installed([asked]) == generations.FIELD
        return
    with pytest.raises(ImgcheckError, match=hint):
        generations.installed([asked])


def test_no_application() -> None:
    with pytest.raises(UndecidedError, match="no application"):
        acceptance.replay(GOOD, Layout("x", 0, ()), OLD_OLD)


SIZES = st.integers(0, 2_000_000)
FAULTS = st.none() | st.builds(Fault, st.just("old"), st.just("new"), st.just("why"), st.booleans())
OFFERS = st.builds(
    Offer, size=SIZES, ident=st.booleans(), length=SIZES, sha_fits=st.booleans(),
    unpacked_len=st.none() | SIZES,
    body=SIZES, content=st.sampled_from(("xz", "image", "other")), unpacked=SIZES, decode=FAULTS, boot=FAULTS,
    cut=st.sampled_from((0, 0, 100)), tail_fits=st.booleans(),
)  # fmt: skip
EVERYBODY = (*generations.FIELD, *generations.SDK["tcp"], *generations.SDK["hosal"])


@given(OFFERS, st.sampled_from(EVERYBODY), st.sampled_from((B, ONE_SLOT)), st.sampled_from((0, 1)))
def test_every_offer_has_one_end(offer: Offer, device: Installed, layout: Layout, active: int) -> None:
    replay = acceptance.replay(offer, layout, device, active)
    assert replay.steps[-1][0] == replay.verdict.step
    assert replay.verdict.detail
    assert (replay.verdict.message == "") == (replay.verdict.outcome == "accepts")
    if replay.verdict.outcome == "bricks" and replay.verdict.step != "start":
        assert offer.content == "xz"
        assert not device.new_boot2


@given(OFFERS, st.sampled_from((0, 1)))
def test_newer_software_never_bricks_where_older_does_not(offer: Offer, active: int) -> None:
    offer = replace(offer, cut=0, boot=offer.boot and replace(offer.boot, noticed=True))
    results = [acceptance.replay(offer, B, device, active).verdict.outcome for device in generations.FIELD]
    old_old, old_new, new_old, new_new = (outcome == "bricks" for outcome in results)
    assert not old_new
    assert not new_new
    assert old_old or not new_old


@given(OFFERS, st.sampled_from(generations.FIELD), st.integers(1, 500_000))
def test_smaller_is_never_worse(offer: Offer, device: Installed, less: int) -> None:
    smaller = replace(
        offer,
        body=max(offer.body - less, 1),
        unpacked=max(offer.unpacked - less, 0),
        unpacked_len=None if offer.unpacked_len is None else max(offer.unpacked_len - less, 0),
    )
    if acceptance.replay(offer, B, device).verdict.outcome == "accepts":
        assert acceptance.replay(smaller, B, device).verdict.outcome == "accepts"
