"""Pages of what changed: between two builds, in the store of builds, and between two partition tables."""

from imgcheck.report.catalogue.page import Page, Pages

_KEPT = "Nothing."
_LOST = "Save it before the new layout is flashed and write it back after, or keep the partition where it is."

PAGES: Pages = {
    "growth-over": Page(
        "The build grew by more than was allowed.",
        "`imgcheck diff --fail-on-growth` compares flash, RAM and OTA bytes of two builds.",
        "The tables of the diff name what grew, largest first; allow it with a larger limit if it was meant.",
    ),
    "fits-no-more": Page(
        "A layout took the old build and does not take the new one.",
        "Both builds of a diff are judged against the slots of the layouts.",
        "`imgcheck plan` on the new build says the least to switch off.",
    ),
    "fits-again": Page(
        "A layout takes the new build and did not take the old one.",
        "Both builds of a diff are judged against the slots of the layouts.",
        "Nothing.",
    ),
    "baseline-raised": Page(
        "The baseline was raised on purpose before.",
        "The committed baseline has a reason with a date, written by `imgcheck baseline update --reason`.",
        "Nothing; reviewers see how often and why a limit moved.",
    ),
    "backfill-skipped": Page(
        "A build of the past was not recorded.",
        "`imgcheck history backfill` met a file, a revision or a release that it could not measure; the message says why.",
        "Repair what is missing and run it again: what is recorded already is left alone.",
    ),
    "diff-application-moves": Page(
        "The application must be flashed again, because its first slot moves.",
        "The two tables of `imgcheck layout diff` give the first application slot other addresses.",
        "Flash table and application together, over UART.",
    ),
    "diff-second-slot-moves": Page(
        "The second application slot moves.",
        "A device that runs from its second slot, or has an update there that is not unpacked yet, looks elsewhere.",
        "Flash the application with the table, or make such devices take one update first.",
    ),
    "diff-no-second-slot": Page(
        "The new table has no second slot, so devices with it take no OTA.",
        "The old table had one.",
        "Keep it, unless all updates come over UART from then on.",
    ),
    "diff-limit": Page(
        "The largest image or update that a device takes changes.",
        "The slots of the two tables have other sizes.",
        "`imgcheck check --layout` with the new table judges the build by it.",
    ),
    "diff-flash-size": Page(
        "The tables are made for flash of different sizes.",
        "The size is what the table says, or the smallest that holds its partitions.",
        "Never flash the table of a larger flash to a smaller one: partitions at its end have nowhere to go.",
    ),
    "diff-other": Page(
        "A partition moves, shrinks, grows or is gone.",
        "It is neither an application slot nor one that the target knows to hold settings, scripts or addresses.",
        "Whoever wrote to it has to be asked: what lies in it stays behind.",
    ),
    "diff-kept": Page(
        "What a device keeps stays where it is looked for.", "Both tables give it one place.", _KEPT
    ),
    "diff-lost": Page("What a device keeps is not found again.", "The tables give it two places.", _LOST),
    "diff-settings-kept": Page(
        "Settings survive the new table.", "The partition starts where it did.", _KEPT
    ),
    "diff-settings-lost": Page(
        "Settings are lost with the new table: network, pins, everything set on the device's pages.",
        "The partition moves, is new or is gone.",
        _LOST,
    ),
    "diff-scripts-kept": Page(
        "Scripts and files survive the new table.", "The file system's partition is the same.", _KEPT
    ),
    "diff-scripts-lost": Page(
        "Scripts and files are lost with the new table.",
        "The file system's partition moves, is new or gone, or has another size: then it does not mount.",
        _LOST,
    ),
    "diff-mac-kept": Page(
        "The source of the MAC address survives the new table.",
        "The device tree's partition starts where it did; when it shrinks, the tree has to fit.",
        "Where it shrinks: `imgcheck dts lint --layout` says whether the tree still fits.",
    ),
    "diff-mac-lost": Page(
        "The source of the MAC address is gone with the new table.",
        "The device tree's partition moves, is new or is gone.",
        "Flash the device tree with the table, or units share one address.",
    ),
}
