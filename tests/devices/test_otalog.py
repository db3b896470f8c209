# ruff: noqa: E501 - a case stays on a line
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck import targets
from imgcheck.devices import layouts, otalog

START = """Debug:OTA:OTA post len 426380
Starting OTA test. OTA bin addr is 0x4201c0e0, incoming len 1460
[OTA] [TEST] activeID is 0
Starting OTA test. OTA size is 557056
[OTA] [TEST] activeIndex is 0, use OTA address=000d8000
[OTA] [TEST] Erase flash with size 557056...[OTA] Erased:  0 / 65536
[OTA] Done
Header takes 512. Debug:OTA:Writelen 948 at 0x0
Debug:OTA:Writelen 1460 at 0x3B4
"""
SAMPLES = {
    "start": "Starting OTA test. OTA bin addr is 0x4201c0e0, incoming len 1460",
    "no-partition": '{"error":-20,"msg":"PtTable_Get_Active_Entries fail"}',
    "header": '{"error":-20,"msg":"Invalid header ident"}',
    "too-large": '{"error":-20,"msg":"Too large bin"}',
    "unpacked": "Error:OTA:Unpacked OTA image size (898512) is bigger than running partition size (884736)",
    "cut": "OTA:recv returned -1 - end of data - remaining 400958",
    "no-header": "No header found",
    "sha256": "SHA256 NOT Correct",
    "accepted": "[OTA] [TCP] Update PARTITION, partition len is 426380",
    "rebooting": "[OTA] [TCP] Rebooting",
    "rolled-back": "Img is too large",
    "memlimit": "XZ_MEMLIMIT_ERROR",
    "xz-options": "Unsupported options in the .xz headers",
    "xz-format": "Not a .xz file",
    "xz-data": "XZ_DATA_ERROR",
    "load-fault": "  msg: Load access fault",
    "store-fault": "  msg: Store/AMO access fault",
    "fetch-fault": "  msg: Instruction access fault",
    "exception": "Exception Entry--->>>",
    "malloc": "Memory Allocate Failed. Current left size is 1234 bytes",
    "stack": "Stack Overflow checked",
    "mqtt-memory": "Info:MQTT:Publish err: -1 ERR_MEM",
    "hang": "[MTD] [PART] [XIP] Dead Loop. Reason: no Valid media partition found",
    "flash-size": "BFLB FLASH SIZE OVER FLOW",
    "tool-handshake": '{"ErrorCode": "0050","ErrorMsg":"BFLB IMG LOAD HANDSHAKE FAIL"}',
    "tool-flash": '{"ErrorCode": "0036","ErrorMsg":"BFLB FLASH WRITE CHECK FAIL"}',
    "tool-failed": "[Error Info]: Finished with fail",
    "tool-done": "Finished with success",
    "tool-too-large": "Warn: fw1 xz bin size exceeds partition table",
    "mac-fallback": "MAC: 18:B9:05:88:88:88",
    "romfs": "[         1][ERROR : bl_romfs.c: 157] romfs magic is NOT correct",
}


def told(text: str) -> otalog.Story:
    return otalog.read(text.splitlines())


@pytest.mark.parametrize("code", targets.DEFAULT.log.by_code)
def test_every_message_is_known_in_the_form_that_devices_print(code: str) -> None:
    line = SAMPLES[code]
    assert targets.DEFAULT.log.promising(line)
    assert [message.code for message, _ in targets.DEFAULT.log.find(line)] == [code]
    assert [event.message.code for event in told(f"one\n\x1b[31m{line}\x1b[0m\n").events] == [code]


def test_a_broken_connection_is_told_with_what_had_arrived() -> None:
    story = told(START + "Debug:OTA:recv returned -1 - end of data - remaining 400958\nSHA256 NOT Correct\n")
    attempt = otalog.last(story)
    assert attempt
    assert (attempt.expected, attempt.arrived, attempt.left, attempt.slot) == (426380, 25422, 400958, 557056)
    assert otalog.verdict(story) == (
        "The OTA was cut short: 25,422 of 426,380 bytes had arrived (6%). "
        "The slot for updates is erased, the running firmware is not touched."
    )
    assert otalog.failed(story) is True
    told_by_the_slot = {
        layout.name
        for layout in layouts.shipped(targets.DEFAULT)
        if any((one.address1, one.size1) == (attempt.address, attempt.slot) for one in layout.partitions)
    }
    assert {"devcube-1.4.8-2m", "sdk-2m", "sdk-demo-mtd-2m"} <= told_by_the_slot
    assert set(otalog.layouts(attempt, layouts.shipped())) == told_by_the_slot


@pytest.mark.parametrize(
    ("log", "verdict", "failed"),
    [
        (
            SAMPLES["cut"],
            "The OTA was cut short: 400,958 bytes had not arrived. ",
            True,
        ),
        (
            START + SAMPLES["unpacked"],
            "The device refused the OTA: the unpacked image has 898,512 bytes, 13,776 more than the slot that it runs "
            "from (884,736).",
            True,
        ),
        (
            START.replace("426380", "557568") + SAMPLES["too-large"],
            "The device refused the OTA: its body must stay below the slot's 557,056 bytes. It has 557,056, 1 too many.",
            True,
        ),
        (SAMPLES["header"], "The OTA failed: the file is no OTA file: its first 512 bytes do not begin with BL60X_OTA.",
         True),
        (
            START + SAMPLES["accepted"] + "\n" + SAMPLES["rebooting"],
            "The device took the OTA: the whole file arrived, and its SHA-256 is right.",
            False,
        ),
        (
            START + SAMPLES["accepted"] + "\n" + SAMPLES["rolled-back"],
            "The OTA failed: boot2 unpacked an image that is larger than its slot, and keeps the old firmware.",
            True,
        ),
        (START, "The log ends while the OTA runs: 2,920 of 426,380 bytes had arrived (1%).", None),
        (SAMPLES["romfs"], "Nothing went wrong that this log shows (harmless: OpenBeken keeps LittleFS in media, "
         "where the SDK looks for a ROM file system).", None),
        (SAMPLES["mac-fallback"], "No OTA failed in this log, but no MAC source worked: the device has the address "
         "that every such device has.", None),
        (
            START + "mcause 38000005, mepc 23010abc, mtval 00000014\n" + SAMPLES["load-fault"],
            "The firmware stopped during the OTA (2,920 of 426,380 bytes had arrived (1%)): load access fault.",
            True,
        ),
        ("nothing of interest", "", None),
    ],
)  # fmt: skip
def test_verdicts(log: str, verdict: str, failed: bool | None) -> None:
    story = told(log)
    assert otalog.verdict(story) == verdict
    assert otalog.failed(story) is failed


def test_the_last_attempt_decides() -> None:
    story = told(START + SAMPLES["cut"] + "\n" + START + SAMPLES["accepted"])
    assert len(story.attempts) == 2
    assert otalog.failed(story) is False
    assert [event.times for event in story.events if event.message.code == "start"] == [2]


def test_addresses_of_a_dump_are_collected() -> None:
    story = told(
        "Exception Entry--->>>\nmcause 38000005, mepc 23010abc, mtval 00000014\nException code: 5\n"
        "  msg: Load access fault\nA0:00000000 A1:23020000 RA:22010f00 S0:deadbeef\n"
        "=== backtrace start ===\nbacktrace: 0x2300ba88 (@ 0x42011e6c)\nbacktrace: 0x00000004   <--- TRAP\n"
        + "idle\n" * 100
        + "A5:23020000\n"
    )
    assert story.cause == "load access fault"
    assert [(point.what, point.address) for point in story.crash] == [
        ("mepc", 0x23010ABC),
        ("mtval", 0x14),
        ("a1", 0x23020000),
        ("ra", 0x22010F00),
        ("called from", 0x2300BA88),
        ("called from", 4),
    ]


@examples(150)
@given(st.lists(st.one_of(st.text(), st.sampled_from([*SAMPLES.values(), *START.splitlines()])), max_size=30))
def test_any_log_can_be_read(lines: list[str]) -> None:
    story = otalog.read(lines)
    assert otalog.verdict(story) or not story.events
    for attempt in story.attempts:
        assert attempt.arrived is None or attempt.arrived >= 0
