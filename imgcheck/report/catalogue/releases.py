"""Pages of what `imgcheck release` finds in a folder of release files."""

from imgcheck.report.catalogue.page import Page, Pages

_SMALLER = "Switch features off on that platform before it is released."

PAGES: Pages = {
    "release-bricks": Page(
        "A file of the release bricks devices.",
        "It is larger than its slot on a platform whose updater does not look.",
        f"Do not release it. {_SMALLER}",
    ),
    "release-over": Page(
        "A file of the release does not fit, so devices of its platform cannot update.",
        "It is judged by the table in the release itself, or by the layouts that devices have.",
        _SMALLER,
    ),
    "release-loses-data": Page(
        "An update with this file overwrites settings or files of the device.",
        "It fits the slot as the updater sees it, and runs into what lies behind.",
        _SMALLER,
    ),
    "release-damaged": Page(
        "A file of the release is damaged.",
        "Checksums, lengths or magic numbers of its own format do not fit.",
        "Build it again.",
    ),
    "release-missing": Page(
        "A file that this platform's build makes is not in the release.",
        "An error when the last release had it, a warning otherwise.",
        "Look at the platform's build job; drop the platform from the list if it is retired.",
    ),
    "release-mixed-versions": Page(
        "Files of different versions are in one release.",
        "Most files' names say one version, these another.",
        "Remove what was left from an older build.",
    ),
    "release-name": Page(
        "A file has not the name that its build gives it.",
        "Whatever looks for it by name (an updater, a flash tool) does not find it.",
        "Rename it.",
    ),
    "release-no-version": Page(
        "A file's name has no version.",
        "The others' names have one.",
        "Rename it, so that users know what it is.",
    ),
    "release-twice": Page(
        "A file is in the release twice.",
        "Two names say one platform, variant, kind and version.",
        "Remove one of them.",
    ),
    "release-two-verdicts": Page(
        "A file fits by its own table and not on a layout that devices have.",
        "The table in the release is newer than that of devices in the field, which an update does not change.",
        "Believe the worse one, unless all devices were flashed with the new table.",
    ),
    "release-other-application": Page(
        "A file holds another application than the platform's others.",
        "The application image is compared between the files for UART and for OTA.",
        "Build the platform again, all files of one link.",
    ),
    "release-other-file": Page(
        "Files are there that are no release files by their names.",
        "They are not judged.",
        "Nothing, or move them away.",
    ),
    "release-nearly-full": Page(
        "A file fills its slot to 98 % or more.",
        "Less than a feature is left.",
        "Plan what to switch off before the next one does not fit.",
    ),
    "release-remark": Page(
        "A file fits with less than a sector's fraction left, and something about it is worth knowing.",
        "The message has the remark of the target.",
        "Treat it as full.",
    ),
    "release-small-flash": Page(
        "A file does not fit the smaller flash that devices of this chip also come with.",
        "A warning when the last release did fit it, a note where such devices have a build of their own.",
        "Offer a smaller variant, or say in the release notes that these devices must not take it.",
    ),
}
