"""One table of keys: schema and documentation are made from it, reader, listing and loosening go by it."""

import datetime
import os
from pathlib import Path

import gatefacts
import pytest
from gatefacts import facts, item

from imgcheck.errors import FormatError
from imgcheck.model import FILL, Policy
from imgcheck.policies import keys, loosening, policy, policyfile, policylisting, policyschema
from imgcheck.rules import OPTIONS, RULES, gate

ROOT = Path(__file__).parents[2]
ALL = (*keys.KEYS, *OPTIONS)
START = "<!-- keys: made from imgcheck/policies/keys.py and the rules; a test compares -->\n"
END = "<!-- end of keys -->\n"
REWRITE = os.environ.get("IMGCHECK_GOLDEN") == "write"


def test_the_schema_is_made_from_the_keys() -> None:
    path = ROOT / "reports" / "policy.schema.json"
    if REWRITE:
        path.write_text(policyschema.text(ALL), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == policyschema.text(ALL)


def test_the_documentation_is_made_from_the_keys() -> None:
    path = ROOT / "docs" / "policy.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    table, _, after = rest.partition(END)
    made = "\n" + keys.markdown(ALL) + "\n"
    if REWRITE:
        path.write_text(before + START + made + END + after, encoding="utf-8")
    else:
        assert table == made


def test_keys_have_one_name_and_options_belong_to_their_rule() -> None:
    assert len({key.name for key in ALL}) == len(ALL)
    for rule in RULES.values():
        assert all(key.name.startswith(f"rules.{rule.name}.") for key in rule.options)
    assert all(key.looser and key.words for key in OPTIONS)


@pytest.mark.parametrize("key", [key for key in ALL if key.kind == "size"], ids=lambda key: str(key.name))
def test_a_size_is_read_listed_and_compared(tmp_path: Path, key: keys.Key) -> None:
    def written(size: str) -> Policy:
        table, _, name = key.name.rpartition(".")
        path = tmp_path / "imgcheck.toml"
        path.write_text((f"[{table}]\n" if table else "") + f"{name} = {size}\n", encoding="utf-8")
        return policy.read(path)

    small, large = written("4096"), written('"8 KiB"')
    assert (keys.value(small, key), keys.value(large, key)) == (4096, 8192)
    line = f"{key.name.rpartition('.')[2]} = 8192"
    listing = policylisting.write(large, OPTIONS)
    assert any(row.startswith(line) and "imgcheck.toml:" in row for row in listing.splitlines())
    loose, tight = (large, small) if key.looser == "more" else (small, large)
    (found,) = loosening.compare(tight, loose, OPTIONS)
    assert (found.subject, found.location.line if found.location else 0) == (
        key.words,
        2 if "." in key.name else 1,
    )
    assert list(loosening.compare(loose, tight, OPTIONS)) == []
    with pytest.raises(FormatError, match="is no size") as raised:
        gate.select(written('"8 KiBi"'))
    assert raised.value.line


@pytest.mark.parametrize(
    "key", [key for key in OPTIONS if key.kind == "count"], ids=lambda key: str(key.name)
)
def test_a_count_is_read_listed_and_compared(tmp_path: Path, key: keys.Key) -> None:
    table, _, name = key.name.rpartition(".")

    def written(number: str) -> Policy:
        return option(f"[{table}]\n{name} = {number}\n", tmp_path)

    small, large = written("6"), written("12")
    assert (keys.value(small, key), keys.value(large, key)) == (6, 12)
    assert f"{name} = 12" in policylisting.write(large, OPTIONS)
    loose, tight = (large, small) if key.looser == "more" else (small, large)
    (found,) = loosening.compare(tight, loose, OPTIONS)
    assert (found.subject, "bytes" in found.message) == (key.words, False)
    assert list(loosening.compare(loose, tight, OPTIONS)) == []
    for wrong in ('"6"', "-1", "1.5", "true", "100001", "[6]"):
        with pytest.raises(FormatError, match="a number from 0 to") as raised:
            gate.select(written(wrong))
        assert raised.value.line == 2


def test_which_history_is_read_listed_and_relative_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.toml").write_text('[history]\ndb = "h.db"\nbranch = "main"\n', encoding="utf-8")
    made = option('extends = "sub/base.toml"\n[history]\nvariant = "berry"\n', tmp_path)
    assert dict(made.history) == {"db": str(tmp_path / "sub/h.db"), "branch": "main", "variant": "berry"}
    listing = policylisting.write(made, OPTIONS)
    assert 'variant = "berry"' in listing and 'branch = "main"' in listing
    (found,) = loosening.compare(made, option(made_of("berry"), tmp_path), OPTIONS)
    assert (found.kind, found.subject) == ("limit", "history.branch")
    made = option('[history]\ndb = "postgresql://h/x"\n', tmp_path)
    assert made.history["db"] == "postgresql://h/x"
    with pytest.raises(FormatError, match="unknown key"):
        option('[history]\ndbb = "x"\n', tmp_path)


def made_of(variant: str) -> str:
    return f'[history]\ndb = "sub/h.db"\nbranch = "x"\nvariant = "{variant}"\n'


def option(text: str, tmp_path: Path) -> Policy:
    path = tmp_path / "imgcheck.toml"
    path.write_text(text, encoding="utf-8")
    return policy.read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rules.large-symbol-in-ram]\nlimt = 1", "has no option 'limt'; it has: limit"),
        ("[rules.region-over]\nlimit = 1", "rule region-over has no option 'limit'; it has none"),
        ("[rules.large-symbol]\nlimit = 1", "no rule 'large-symbol'; did you mean 'large-symbol-in-ram'?"),
    ],
)
def test_an_option_that_no_rule_has(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as raised:
        gate.select(option(text, tmp_path))
    assert message in str(raised.value)
    assert raised.value.line == 2


def test_options_add_up_over_what_a_policy_extends(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("[rules.large-symbol-in-ram]\nlimit = 1\n", encoding="utf-8")
    made = option('extends = "base.toml"\n', tmp_path)
    key = next(one for one in OPTIONS if one.name == "rules.large-symbol-in-ram.limit")
    assert keys.option(made, key) == 1
    made = option('extends = "base.toml"\n[rules.large-symbol-in-ram]\nlimit = 2\n', tmp_path)
    assert keys.option(made, key) == 2


def test_a_symbol_larger_than_its_limit() -> None:
    image = gatefacts.image(item("buffer", 0, ram=8193), item("small", 0, ram=8192), item(FILL, 0, ram=9000))
    today = datetime.date(2026, 11, 22)
    options = {"rules.large-symbol-in-ram.limit": "8 KiB"}
    made = facts(image=image, options=options)
    (found,) = gate.judge(made, gate.select(made.policy), today).findings
    assert (found.code, found.subject, found.severity) == ("IMG203", "buffer", "warning")
    assert found.message == "buffer takes 8,193 bytes of RAM, 1 over the limit of 8,192 for one symbol"
    made = facts(image=image)
    assert gate.judge(made, gate.select(made.policy), today).findings == ()


def test_a_reader_knows_no_key_that_the_table_lacks() -> None:
    for table in ("", "heap", "features"):
        for name in keys.names(table):
            assert name
    with pytest.raises(FormatError, match="unknown key"):
        policyfile.parse("[heap]\nflor = 1")
