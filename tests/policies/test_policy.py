"""Policies: what is read, what is refused and where, and what extending means."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Budget, Pattern
from imgcheck.policies import policy, policyfile, sizes
from imgcheck.readers import tomlplaces

FULL = """\
# a comment
extends = "openbeken-bl602"
layouts = [
  "devcube-1.4.8-2m",  # in the field
  "own/table.toml",
]
reserve = "8 KiB"

[heap]
floor = "96 KiB"

[components]
mqtt = ["libmqtt.a", "symbol:mqtt_*"]
"two words" = "source:*/x y/*"

[features]
config = "src/obk_config.h"
defines = { PLATFORM_BL602 = 1, NAME = "x" }
keep = ["ENABLE_MQTT"]
weights.ENABLE_A = 2.5

[budgets]
warn_at = "90 %"
mqtt = "40 KiB"
lwip = { flash = "64 kB", ram = 4096, ota = "12 %", warn_at = 0.5 }
"section:.text" = "700 KiB"

[budgets.archive]
"libwifi.a" = "200 KiB"

[rules]
select = ["IMG1"]
ignore = ["IMG102"]

[[waivers]]
rule = "IMG201"
subject = "component mqtt"
reason = "until the new client lands"
expires = 2027-01-31

[[waivers]]
rule = "IMG202"
subject = "component lwip"
reason = "measured"
expires = "2027-02-01"
"""


def write(folder: Path, text: str, name: str = "imgcheck.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    read = policy.read(path)
    assert read.layouts == ("devcube-1.4.8-2m", str(tmp_path / "own/table.toml"))
    assert read.reserve == 8192
    assert read.heap_floor == 96 * 1024
    assert [c.name for c in read.components[:2]] == ["mqtt", "two words"]
    assert read.components[0].patterns == (
        Pattern("archive", "libmqtt.a"),
        Pattern("object", "libmqtt.a"),
        Pattern("source", "libmqtt.a"),
        Pattern("symbol", "mqtt_*"),
    )
    assert "lwip" in {c.name for c in read.components}
    assert read.features is not None
    assert read.features.defines["NAME"] == "x"
    assert read.features.defines["OBK_VARIANT"] == "0"  # from what it extends
    assert read.features.weights["ENABLE_A"] == 2.5
    limits = {(b.kind, b.name, b.resource): (b.limit, b.share, b.warn_at) for b in read.budgets}
    assert limits == {
        ("component", "mqtt", "flash"): (40960, None, 0.9),
        ("component", "lwip", "flash"): (64000, None, 0.5),
        ("component", "lwip", "ram"): (4096, None, 0.5),
        ("component", "lwip", "ota"): (0, 0.12, 0.5),
        ("section", ".text", "flash"): (716800, None, 0.9),
        ("archive", "libwifi.a", "flash"): (204800, None, 0.9),
    }
    assert [w.expires for w in read.waivers] == ["2027-01-31", "2027-02-01"]
    assert (read.select, read.ignore) == (("IMG1",), ("IMG102",))


def test_places_are_those_of_the_text(tmp_path: Path) -> None:
    read = policy.read(write(tmp_path, FULL))
    lines = FULL.splitlines()

    def text(budget: Budget) -> str:
        at = budget.location
        assert at is not None
        return lines[at.line - 1][at.column - 1 : at.end_column - 1]

    names = ["mqtt", "flash", "ram", "ota", '"section:.text"', '"libwifi.a"']
    assert [text(b) for b in read.budgets] == names
    assert lines[read.waivers[1].location.line - 1] == "[[waivers]]"  # type: ignore[union-attr]
    assert lines[read.origins["reserve"].line - 1] == 'reserve = "8 KiB"'
    assert read.origins["components.lwip"].path == "shipped:openbeken-bl602"


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("reserv = 1", "unknown key 'reserv'; did you mean 'reserve'?", "line 1, column 1"),
        ("\n[heap]\nflor = 1", "did you mean 'floor'?", "line 3, column 1"),
        ("[budgets]\na = { flahs = 1 }", "did you mean 'flash'?", "line 2, column 7"),
        ("[budgets]\n'arhive:x.a' = 1", "unknown kind 'arhive'; did you mean 'archive'?", "line 2, column 1"),
        ("[components]\na = ['ok', 'objct:x']", "'objct'; did you mean 'object'?", "line 2, column 12"),
        ("[components]\na = [1]", "not empty", "line 2, column 6"),
        ("reserve = '8 KiBi'", "is no size", "line 1, column 1"),
        ("reserve = -1", "negative", "line 1, column 1"),
        ("reserve = '99999999999 MiB'", "larger than any flash", "line 1, column 1"),
        ("reserve = true", "a size is", "line 1, column 1"),
        ("reserve = 1.5", "a size is", "line 1, column 1"),
        ("[budgets]\na = { ram = '5 %' }", "one of an OTA slot", "line 2, column 7"),
        ("[budgets]\na = { warn_at = '5 %' }", "needs a limit", "line 2, column 1"),
        ("[budgets]\nwarn_at = '200 %'", "percentage like", "line 2, column 1"),
        ("a = [1,\n 2", "not TOML", "line"),
        ("layouts = 'x'", "list of texts", "line 1, column 1"),
        ("extends = 'nothing'", "neither a .toml file nor shipped", ""),
        ("extends = 'absent.toml'", "cannot read the policy: No such file", ""),
        ("[[waivers]]\nrule = 'A'", "lacks 'subject'", "line 1, column 1"),
        ("[[waivers]]\nrule='A'\nsubject='b'\nreason='c'\nexpires='soon'", "date like", "line 5, column 1"),
        ("[[waivers]]\nrule='A'\nsubject='b'\nreason=' '\nexpires=2026-01-01", "why", "line 4, column 1"),
        ("waivers = 3", "[[waivers]]", "line 1, column 1"),
        ("heap = 3", "'heap' is a table", "line 1, column 1"),
        ("[features]\nweights = {A = -1}", "weight", "line 2, column 12"),
        ("[features]\ndefines = {A = [1]}", "define", "line 2, column 12"),
        ("x = " + "[" * 5000, "not TOML", ""),
        ("\ud800".encode("utf-16", "surrogatepass").decode("latin-1"), "not TOML", "line 1"),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, message: str, position: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(FormatError) as caught:
        policy.read(path)
    assert message in str(caught.value)
    assert position in caught.value.position


def test_binary_and_huge_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "imgcheck.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="UTF-8"):
        policy.read(path)
    path.write_bytes(b"#" * (policyfile.LARGEST + 1))
    with pytest.raises(FormatError, match="256 KiB"):
        policy.read(path)
    for unreadable in (tmp_path, Path("/dev/zero"), tmp_path / "absent.toml"):
        with pytest.raises(FormatError, match="cannot read"):
            policy.read(unreadable)


def test_extending(tmp_path: Path) -> None:
    write(
        tmp_path,
        'layouts = ["t.toml"]\n[components]\na = "x"\nb = "y"\n'
        '[features]\nconfig = "c.h"\n[features.defines]\nA = 1',
        "base/common.toml",
    )
    path = write(
        tmp_path,
        'extends = "../base/common.toml"\n[components]\nb = "z"\n[features.defines]\nB = 2',
        "app/imgcheck.toml",
    )
    read = policy.read(path)
    assert read.layouts == (str(tmp_path / "base/t.toml"),)
    assert [(c.name, c.patterns[0].glob) for c in read.components] == [("b", "z"), ("a", "x")]
    assert read.features is not None
    assert read.features.config == "../base/c.h"
    assert read.features.defines == {"A": "1", "B": "2"}
    assert read.name == "app"


def test_what_ships_is_parsed_once_and_every_project_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command asks several times; paths of one project's checkout are not those of another's."""
    parsed: list[str] = []

    def parse(data: bytes, name: str = "", shipped: str = "") -> policyfile.Draft:
        parsed.append(name)
        return policyfile.parse(data, name, shipped)

    monkeypatch.setattr(policy, "parse", parse)
    policy._parsed.cache_clear()
    alone = policy.shipped("openbeken-bl602")
    below = write(tmp_path, 'extends = "openbeken-bl602"', "below/common.toml")
    above = write(tmp_path, 'extends = "below/common.toml"')
    features = [one.features for one in map(policy.read, (above, below, above))]
    assert [one and one.config for one in features] == [
        "below/src/obk_config.h", "src/obk_config.h", "below/src/obk_config.h",
    ]  # fmt: skip
    assert features[0] == features[2] and features[1] == alone.features
    assert policy.shipped("openbeken-bl602") == alone
    assert parsed.count("shipped:openbeken-bl602") == 1


def test_a_cycle_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "b.toml"', "a.toml")
    write(tmp_path, 'extends = "./a.toml"', "b.toml")
    with pytest.raises(FormatError, match="extends itself"):
        policy.read(tmp_path / "a.toml")


def test_finding(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    (tmp_path / "x/y").mkdir(parents=True)
    assert policy.find(tmp_path / "x/y/some.elf") == path
    assert policy.choose(None, [tmp_path / "x/y"]).path == str(path)
    assert policy.choose("openbeken-bl602", []).name == "openbeken-bl602"
    assert policy.choose(None, []).name == "openbeken-bl602"
    with pytest.raises(ImgcheckError, match="no shipped policy"):
        policy.shipped("nothing")


def test_shipped_policies_parse() -> None:
    for name in policy.shipped_names():
        assert policy.shipped(name).components


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *[("8 KiB", 8192), ("64 kB", 64000), ("4096", 4096), ("0x1000", 4096), ("1.5 KiB", 1536)],
        *[("10K", 10240), ("2MiB", 2 << 20), ("1_000 B", 1000), ("773,472", 773472), (17, 17)],
    ],
)
def test_sizes(text: str | int, size: int) -> None:
    assert sizes.parse(text) == size


@given(st.text(max_size=200))
@example("9" * 60)
@examples(60)
def test_a_size_parses_or_says_why(text: str) -> None:
    try:
        assert sizes.parse(text) >= 0
    except ValueError as error:
        assert str(error)


KEY = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), st.text(max_size=6))
LEAF = st.one_of(st.integers(-99, 99), st.floats(-9, 9), st.booleans(), st.text(max_size=9), st.dates())
TREE = st.recursive(
    LEAF, lambda t: st.one_of(st.lists(t, max_size=3), st.dictionaries(KEY, t, max_size=3)), max_leaves=9
)


def quote(text: str) -> str:
    escaped = "".join(
        c if c.isprintable() and c not in '"\\' and not 0xD800 <= ord(c) < 0xE000 else f"\\U{ord(c):08x}"
        for c in text.encode("utf-8", "replace").decode()
    )
    return f'"{escaped}"'


def spell(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quote(k)} = {spell(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[ # ]\n" + "".join(f"  {spell(v)},\n" for v in value) + "]"
    if isinstance(value, str):
        return quote(value)
    return str(value).lower()


@given(st.dictionaries(KEY, TREE, max_size=4))
@examples(80)
def test_every_key_is_found_where_it_stands(tree: dict[str, object]) -> None:
    text = "".join(f"{quote(key)} = {spell(value)}\n" for key, value in tree.items())
    document = tomllib.loads(text)
    found = tomlplaces.places(text)
    lines = text.split("\n")

    def check(value: object, path: tomlplaces.Path) -> None:
        if path:
            at = found[path]
            shown = lines[at.line - 1][at.column - 1 :]
            if isinstance(path[-1], str):
                assert shown.startswith(quote(path[-1]))
        items = dict(enumerate(value)) if isinstance(value, list) else value
        for key, inner in items.items() if isinstance(items, dict) else ():
            check(inner, (*path, key))

    check(document, ())


@given(st.text(alphabet="[]{}=,.\"'#\n\\ab1- ", max_size=120))
@examples(150)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        policyfile.parse(text, "x.toml")
    except FormatError as error:
        assert error.file == "x.toml"
