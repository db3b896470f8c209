"""The command line: click only; each command is one module here, imported when it is called."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from importlib import import_module
from typing import Any

import click

from imgcheck import __version__
from imgcheck.errors import ImgcheckError
from imgcheck.printable import printable

# name -> the line that `imgcheck --help` shows; the module of the same name holds `command`.
COMMANDS: dict[str, str] = {
    "report": "Does this build fit OTA on the devices in the field, and who takes its bytes?",
    "check": "The CI gate: every rule that the policy selects.",
    "lint": "Policies, partition tables and device trees, checked without a build.",
    "init": "Write a commented imgcheck.toml from a build.",
    "rule": "Everything that can be found: the list, or the page of one rule or code.",
    "diff": "What changed from one build to another, and who grew?",
    "baseline": "The sizes that the next build is compared with, as a file to commit.",
    "features": "What does switching each feature off save, in flash, RAM and OTA bytes?",
    "why": "Why is this symbol, object or archive in the image, and what would go with it?",
    "plan": "What is the least to strip so that the build fits?",
    "prove": "Does the rebuild give what was predicted?",
    "dts": "Factory device trees: checked as the firmware reads them.",
    "layout": "Partition tables: listed, shown, compared, checked, built.",
    "identify": "What is this file, and which method takes it?",
    "release": "Can every platform still update with this release?",
    "verify": "Would devices in the field take this file, or brick?",
    "pack": "Make the OTA file of an ELF or an image.",
    "history": "Builds over time: which one broke it, who grew it, and how it went.",
    "forecast": "Which release will be the first that does not fit?",
    "explain-log": "What happened in this OTA attempt, and what to do next?",
    "comment": "A pull request's comment from the JSON report of a run that is not trusted.",
    "schema": "The JSON Schema of the JSON report.",
    "layouts": "The old name of `layout list`.",
}


class Commands(click.Group):
    """A group that imports a command only to run it: start-up time is what CI users notice."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command's module."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"imgcheck.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return _guarded(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """`imgcheck FILE` reports, `imgcheck help COMMAND` helps, and a near miss is told what was near."""
        word = args[0]
        if word in COMMANDS:
            return super().resolve_command(ctx, args)
        if word == "help":
            inner = args[1:] if args[1:] and args[1] in COMMANDS else []
            return super().resolve_command(ctx, [*inner, "--help"]) if inner else _help(ctx)
        from imgcheck.cli import habits

        if habits.is_file(word):
            return super().resolve_command(ctx, ["report", *args])
        raise click.UsageError(habits.command_hint(word, COMMANDS))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _help(ctx: click.Context) -> tuple[str, click.Command, list[str]]:
    text = ctx.get_help()

    @click.command("help")
    def shown() -> None:
        click.echo(text)

    return "help", shown, []


def _subcommand() -> None:
    """Raises UsageError when a group was named, and none of its commands."""
    context = click.get_current_context()
    if context.invoked_subcommand is None and isinstance(context.command, click.Group):
        raise click.UsageError(f"say which: {', '.join(sorted(context.command.commands))}", context)


def _guarded(command: click.Command) -> click.Command:
    """The command, and those below it, not to write over what they read."""
    if isinstance(command, click.Group):
        made = copy(command)
        made.commands = {name: _guarded(one) for name, one in command.commands.items()}
        # Without a subcommand: a line that says which there are, not a page of help for an error.
        made.no_args_is_help, made.invoke_without_command = False, True
        made.callback = _subcommand
        return made
    run_it = command.callback

    def refusing(**parameters: object) -> object:
        from imgcheck.cli import written

        written.refuse(parameters)
        assert run_it
        return run_it(**parameters)

    one = copy(command)
    one.callback = refusing
    parsed = one.make_parser

    def parser(ctx: click.Context) -> Any:
        from imgcheck.cli import habits

        found = parsed(ctx)
        parse = found.parse_args

        def once(args: list[str]) -> Any:
            read = parse(args)
            habits.once(read[2])
            habits.filled(read[2], read[0])
            return read

        setattr(found, "parse_args", once)  # noqa: B010  # a parser of this one run
        return found

    setattr(one, "make_parser", parser)  # noqa: B010
    return one


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="imgcheck", message="%(prog)s %(version)s")
def imgcheck() -> None:
    """Firmware size for chips that update over the air: who takes the bytes, and does it still fit?"""


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; gives the exit code: 0 fits, 1 does not, 2 could not tell."""
    if not arguments:
        arguments = ["--help"]
    if sys.stdout is None:  # Python's word for one that was closed before it started
        _say("error: standard output is closed: nothing can be said there")
        return 2
    try:
        code = imgcheck.main(args=list(arguments), prog_name="imgcheck", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f" (`{context.command_path} --help` says how)" if context else ""
        if isinstance(error, click.NoSuchOption):
            from imgcheck.cli import habits
            from imgcheck.emitters import EMITTERS

            said = habits.option_hint(error.option_name, EMITTERS)
            if said:
                error, hint = click.UsageError(f"no option {error.option_name}: {said}"), ""
        _say(f"error: {printable(error.format_message())}{hint}")
        return 2
    except click.Abort:
        _say("interrupted")
        return 130
    except ImgcheckError as error:
        _say(f"error: {printable(str(error))}")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2
    except MemoryError:
        _say("error: not enough memory for this input")
        return 2
    except OSError as error:  # a disk that is full, an output that went away
        name = f"{error.filename}: " if error.filename else ""
        _say(f"error: {printable(name + (error.strerror or str(error)))}")
        return 2
    except Exception as error:  # a defect of ours must not look like a verdict either
        if os.environ.get("IMGCHECK_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {error}"
        _say(f"internal error: {printable(what)} (IMGCHECK_TRACEBACK=1 shows where)")
        return 2


def _say(words: str) -> None:
    """A line on standard error; the exit code stands whether or not anybody can be told why."""
    with suppress(OSError):
        click.echo(f"imgcheck: {words}", err=True)
