"""What a policy says of its builds, and what it is for each of them."""

from pathlib import Path

import pytest

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Policy, Variant
from imgcheck.policies import loosening, policy, policylisting, variants

TWO = """
layouts = ["a.toml"]
[budgets]
http = 10
lwip = 20
[features]
config = "c.h"
defines = { OBK_VARIANT = 0, PLATFORM = 1 }
[build.default]
elf = "out/a.elf"
[build.berry]
elf = "out/b.elf"
title = "lamp berry"
layouts = ["b.toml"]
budgets = { http = 99, json = "3 KiB" }
defines = { OBK_VARIANT = 3 }
[[waivers]]
rule = "IMG101"
subject = "a"
reason = "old"
expires = 2027-01-31
build = "berry"
"""


def read(tmp_path: Path, text: str, name: str = "imgcheck.toml") -> Policy:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return policy.read(path)


def test_each_build_has_what_all_have_and_what_is_its_own(tmp_path: Path) -> None:
    whole = read(tmp_path, TWO)
    assert [one.name for one in whole.builds] == ["default", "berry"]
    default, berry = (variants.narrowed(whole, one) for one in whole.builds)
    assert {one.name: one.limit for one in default.budgets} == {"http": 10, "lwip": 20}
    assert {one.name: one.limit for one in berry.budgets} == {"http": 99, "lwip": 20, "json": 3072}
    assert (default.layouts, berry.layouts) == ((f"{tmp_path}/a.toml",), (f"{tmp_path}/b.toml",))
    assert default.features is not None
    assert berry.features is not None
    assert default.features.defines == {"OBK_VARIANT": "0", "PLATFORM": "1"}
    assert berry.features.defines == {"OBK_VARIANT": "3", "PLATFORM": "1"}
    # A waiver for one build waives nothing of another, nor of a build that the policy does not know.
    assert (list(default.waivers), len(berry.waivers)) == ([], 1)
    assert not variants.narrowed(whole, None).waivers


def test_a_budget_of_a_build_points_at_its_own_line(tmp_path: Path) -> None:
    berry = read(tmp_path, TWO).builds[1]
    assert {one.name: one.location.line for one in berry.budgets if one.location} == {"http": 15, "json": 15}


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("[build.a]\ntitle = 'x'", "[build.a] lacks 'elf'", 1),
        ("elf = 'a'\n[build.b]\nelf = 'b'", "'elf' is one build's", 1),
        ("ota = 'a'\n[build.b]\nelf = 'b'", "'ota' is one build's", 1),
        ("[build.a]\nelf = 'a'\ntitle = 't'\n[build.b]\nelf = 'b'\ntitle = 't'", "have the same title", 4),
        ("[build.a]\nelf = 'a'\nlayouts = []", "an empty list would mean all", 3),
        ("[build.a]\nelf = 'a'\noat = 'x'", "did you mean 'ota'?", 3),
        ("[build.a]\nelf = 1", "'elf' is a text", 2),
        ("[build.a]\nelf = 'a'\ntarget = 'esp8266'", "esp8266", 3),
        ("[build.a]\nelf = 'a'\nbudgets = { x = 'much' }", "is no size", 3),
        ("[build]\na = 1", "'a' is a table", 2),
        ("elf = ''", "not empty", 1),
        ("".join(f"[build.b{n}]\nelf = 'x'\n" for n in range(101)), "too many builds", 0),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, text: str, said: str, line: int) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert error.value.line == line


def test_what_extends_adds_to_a_build_and_its_paths_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    read(tmp_path, "[build.a]\nelf = 'out/a.elf'\nbudgets = { x = 1, y = 2 }", "base/p.toml")
    whole = read(tmp_path, "extends = 'base/p.toml'\n[build.a]\nota = 'a.ota'\nbudgets = { x = 5 }")
    (one,) = whole.builds
    assert one.elf == f"{tmp_path}/base/out/a.elf"
    assert one.ota == f"{tmp_path}/a.ota"
    assert {budget.name: budget.limit for budget in one.budgets} == {"x": 5, "y": 2}


def test_a_glob_means_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "a[1]"  # the folder's own name is no glob
    (folder / "out").mkdir(parents=True)
    whole = read(folder, "elf = 'out/*.elf'")
    with pytest.raises(FormatError, match="no such file; was it built"):
        variants.file(whole, whole.builds[0], "elf")
    (folder / "out/a.elf").write_bytes(b"x")
    assert variants.file(whole, whole.builds[0], "elf") == folder / "out/a.elf"
    (folder / "out/b.elf").write_bytes(b"x")
    with pytest.raises(FormatError, match="matches 2 files") as error:
        variants.file(whole, whole.builds[0], "elf")
    assert error.value.line == 1
    literal = read(tmp_path, "elf = '[x].elf'")  # nor is a name that is there as it stands
    (tmp_path / "[x].elf").write_bytes(b"x")
    assert variants.file(literal, literal.builds[0], "elf") == tmp_path / "[x].elf"


def test_the_build_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b.elf").write_bytes(b"x")
    (tmp_path / "link.elf").symlink_to("out/b.elf")
    whole = read(tmp_path, TWO)
    found = variants.of_file(whole, tmp_path / "link.elf")
    assert found is not None
    assert found.name == "berry"
    assert variants.of_file(whole, tmp_path / "other.elf") is None
    both = read(tmp_path, TWO.replace("out/a.elf", "out/b.elf"))
    with pytest.raises(ImgcheckError, match="default and berry; --build NAME"):
        variants.of_file(both, tmp_path / "out/b.elf")
    with pytest.raises(ImgcheckError, match="did you mean 'berry'"):
        variants.named(whole, "bery")
    with pytest.raises(ImgcheckError, match="it names none"):
        variants.named(read(tmp_path, ""), "berry")


def test_a_listing_reads_back_as_the_same(tmp_path: Path) -> None:
    whole = read(tmp_path, TWO)
    listed = policylisting.write(whole)
    assert "elf = " in listed
    assert "imgcheck.toml:12" in listed  # of [build.berry] elf
    again = read(tmp_path, listed, "again.toml")
    assert [replace_places(one) for one in again.builds] == [replace_places(one) for one in whole.builds]
    assert [one.build for one in again.waivers] == ["berry"]


def replace_places(one: Variant) -> object:
    return (one.name, one.elf, one.title, one.layouts, dict(one.defines), [b.limit for b in one.budgets])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('[build.default]\nelf = "out/a.elf"\n', "", "build default is no longer checked"),
        ("out/a.elf", "out/small.elf", "the elf of build default goes from out/a.elf to out/small.elf"),
        ('title = "lamp berry"', 'ota = "x.ota"', "the ota of build berry goes from what is found to x.ota"),
        ('build = "berry"\n', "", "a new waiver of IMG101"),
    ],
)
def test_what_a_change_to_builds_loosens(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert TWO.count(old) == 1
    base, proposed = read(tmp_path, TWO), read(tmp_path, TWO.replace(old, new), "new.toml")
    found = [one.message for one in loosening.compare(base, proposed)]
    assert any(said in text for text in found), found
    assert not list(loosening.compare(base, base))
