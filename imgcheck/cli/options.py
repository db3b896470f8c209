"""Options that several commands share: which build, judged by what, written where."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imgcheck.cli import checkout, choices, formats, standard, terminal, values
from imgcheck.emitters import EMITTERS, Medium

if TYPE_CHECKING:
    from imgcheck.api.build import Inputs
    from imgcheck.model import Report
    from imgcheck.output import Outputs

_FILE = click.Path(path_type=Path)
_Command = Callable[..., int]

TARGET = choices.target("the policy's `target`, else the file's own")
TARGET_ALONE = choices.target("the file's own")
_CHOICE = click.option(
    "--build",
    "build_name",
    default="",
    metavar="NAME",
    shell_complete=values.builds,
    help="Which of the policy's [build.NAME] it is [the one whose ELF was given].",
)
_BUILD = (
    click.argument("firmware", type=_FILE, required=False),
    click.option(
        "--map", "map_path", type=_FILE, metavar="FILE", help="Link map of GNU ld or LLD [beside the ELF]."
    ),
    click.option("--bin", "bin_path", type=_FILE, metavar="FILE", help="Raw image [beside the ELF]."),
    click.option(
        "--ota", "ota_path", type=_FILE, metavar="FILE", help="OTA file [ota/**/FW_OTA.bin.xz.ota]."
    ),
    _CHOICE,
    choices.layouts("Partition layout that must fit; repeatable [the policy's, else those in the field]."),
    choices.policy("Policy [imgcheck.toml upward from the ELF, then from here, else the shipped one]."),
    choices.ACTIVE,
    TARGET,
    click.option(
        "--title",
        default="",
        envvar="IMGCHECK_TITLE",
        metavar="TEXT",
        help="What the build is called, as 'lamp berry': each has a comment and a SARIF category "
        "of its own [the file's name].",
    ),
)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_PREDICTION = (
    click.option(
        "--objects",
        type=_FOLDER,
        metavar="DIR",
        help="Where the map's objects and archives are [below the ELF].",
    ),
    click.option(
        "--sources",
        type=_FOLDER,
        metavar="DIR",
        help="Where the configuration header's path starts [the policy's folder, else upward from the ELF].",
    ),
)
_OUTPUT = (
    click.option(
        "--output",
        "-o",
        multiple=True,
        envvar="IMGCHECK_OUTPUT",
        metavar="FORMAT[=PATH]",
        shell_complete=values.outputs,
        help="Repeatable; FORMAT alone goes to standard output [text]; a PATH such as report.html is enough. "
        f"Formats: {', '.join(EMITTERS)}. Environment: IMGCHECK_OUTPUT, separated by blanks.",
    ),
    click.option(
        "--summary",
        type=click.Choice(["auto", "never"]),
        default="never",
        show_default=True,
        envvar="IMGCHECK_SUMMARY",
        help="auto: also append to GITHUB_STEP_SUMMARY and GITHUB_OUTPUT where they are set.",
    ),
    click.option("--verbose", "-v", is_flag=True, help="Every table whole, every note in full."),
    click.option("--quiet", "-q", is_flag=True, help="The verdict and the findings only."),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="auto: at a terminal; also NO_COLOR, FORCE_COLOR, CLICOLOR and CLICOLOR_FORCE.",
    ),
)


def build_inputs(command: _Command) -> _Command:
    """Gives the command `inputs: api.build.Inputs` for FIRMWARE, its companions and its judges."""

    def one(*, inputs: tuple[Inputs, ...], **others: Any) -> int:
        if len(inputs) > 1:
            names = ", ".join(one.build for one in inputs)
            raise click.UsageError(
                f"the policy names {len(inputs)} builds ({names}); --build NAME picks one."
            )
        return command(inputs=inputs[0], **others)

    return all_inputs(wraps(command)(one))


def all_inputs(command: _Command) -> _Command:
    """Gives the command `inputs: tuple[api.build.Inputs, ...]`: several where the policy names several."""

    @wraps(command)
    def collect(
        *,
        firmware: Path | None,
        map_path: Path | None,
        bin_path: Path | None,
        ota_path: Path | None,
        build_name: str = "",
        layouts: tuple[str, ...],
        policy: str | None,
        active: str,
        target: str,
        title: str,
        **others: Any,
    ) -> int:
        from imgcheck.api.build import Inputs

        inputs = Inputs(
            firmware=firmware or Path(),
            map=map_path,
            bin=bin_path,
            ota=ota_path,
            layouts=layouts,
            policy=policy,
            active=int(active),
            target=target,
            title=title,
            build=build_name,
        )
        if others.get("show_policy"):  # asks for a policy only
            return command(inputs=(inputs,), **others)
        return command(inputs=_builds(inputs, firmware, others.get("policy_from")), **others)

    # A command may have an option of that name, and a use of its own for it.
    taken = {word for one in getattr(command, "__click_params__", ()) for word in one.opts}
    return _decorated(collect, tuple(one for one in _BUILD if one is not _CHOICE or "--build" not in taken))


# What is one build's, by option: where the policy names several, nobody knows whose.
_OF_ONE = {"map": "--map", "bin": "--bin", "ota": "--ota", "title": "--title", "target": "--target"}


def _builds(inputs: Inputs, given: Path | None, policy_from: str | None) -> tuple[Inputs, ...]:
    """The file that was given, else the policy's builds, else the one ELF of a folder."""
    if given is not None and not given.is_dir():
        return (inputs,)
    if given is None:
        from imgcheck.api import variants

        found = variants.asked(inputs, policy_from)
        for key, option in _OF_ONE.items():
            if len(found) > 1 and getattr(inputs, key):
                raise click.UsageError(f"{option} is one build's; --build NAME picks it.")
        if found:
            return found
    return (replace(inputs, firmware=_only_elf(given)),)


def _only_elf(given: Path | None) -> Path:
    """The one ELF of the folder that was given, or of this one."""
    folder = given or Path()
    found = sorted(
        path for pattern in ("*.elf", "*/*.elf") for path in folder.glob(pattern) if path.is_file()
    )
    if len(found) == 1:
        return found[0]
    where = "this folder" if given is None else str(given)
    if not found:
        raise click.UsageError(f"no ELF in {where} or the folders in it; name the FIRMWARE.")
    names = ", ".join(map(str, found[:5])) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    raise click.UsageError(f"{len(found)} ELFs in {where}: {names}; name one.")


def prediction_inputs(command: _Command) -> _Command:
    """Gives the command `objects` and `sources`: where a build's objects and sources are now."""
    return _decorated(command, _PREDICTION)


def outputs(command: _Command) -> _Command:
    """Gives the command `outputs: Outputs`, each checked before the command starts; see `write`."""

    @wraps(command)
    def collect(
        *, output: tuple[str, ...], summary: str, verbose: bool, quiet: bool, color: str, **others: Any
    ) -> int:
        from imgcheck.output import plan

        if verbose and quiet:
            raise click.UsageError("-v and -q are each other's opposite; give one.")
        made = plan(output, os.environ if summary == "auto" else None)
        formats.refuse(made, click.get_current_context().command_path)
        look = Medium(
            colour=terminal.coloured(color, sys.stdout, os.environ),
            width=terminal.width(sys.stdout, os.environ),
            detail="verbose" if verbose else "quiet" if quiet else "normal",
        )
        return command(outputs=replace(made, look=look), **others)

    return _decorated(collect, _OUTPUT)


def write(report: Report, outputs: Outputs) -> None:
    """Writes every output; when none goes to standard output, the verdict goes to standard error."""
    from imgcheck.report import moving

    report = moving.seen_from(report, str(Path.cwd()))
    if kept := standard.path():
        report = moving.called(report, kept, standard.NAME)
        report = moving.called(report, str(Path(kept).parent), standard.NAME)
    report = _from_checkout(report, Path.cwd(), os.environ)
    # All that was measured stays until the end: no sense in looking through it for garbage meanwhile.
    gc.freeze()
    outputs.write(report, sys.stdout)
    if outputs.silent and report.verdict:
        from imgcheck.printable import printable

        click.echo(f"imgcheck: {printable(report.verdict)}", err=True)


def _from_checkout(report: Report, here: Path, environment: Mapping[str, str]) -> Report:
    """In a CI job, paths as the CI system knows them: from the checkout's root."""
    top = checkout.root(environment)
    if top is None:
        return report
    from imgcheck.report import moving

    return moving.moved(report, checkout.names(moving.paths(report), here, top))


def _decorated(command: _Command, options: tuple[Callable[[_Command], _Command], ...]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command
