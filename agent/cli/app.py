"""The command line's top: commands are named here, and every error becomes one line, a hint and an exit code."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from agent import __version__
from agent.cli.apply import apply
from agent.cli.batch import batch
from agent.cli.demo import demo
from agent.cli.doctor import doctor
from agent.cli.fix import fix
from agent.cli.fork import fork
from agent.cli.grade import grade
from agent.cli.hook import hook, install
from agent.cli.locate import locate
from agent.cli.models import models
from agent.cli.resume import resume
from agent.cli.runs import prune, runs
from agent.cli.show import show
from agent.cli.undo import undo

EXIT_USAGE = 2
# Nearly all that a command makes are modules, which stay: looking for cycles among them costs time and finds none.
COLLECT_AFTER = 50_000  # objects


def _interruptible(command: Callable[..., int]) -> Callable[..., int]:
    """The command with Ctrl-C as a status word; typer would end it without one."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> int:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            return _told("interrupted", "interrupted", "")

    return guarded


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"regreen {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turns a failing test into a proved patch."""


COMMANDS: dict[str, Callable[..., int]] = {
    command.__name__: command
    for command in (fix, resume, fork, batch, grade, locate, apply, undo, show, models, doctor, demo)
}
# Commands with one of their own below them.
GROUPS: dict[str, tuple[Callable[..., int], Callable[..., int]]] = {"hook": (hook, install), "runs": (runs, prune)}


def command_line(asked: str = "") -> typer.Typer:
    """All commands, or the one that is asked for alone: reading the parameters of all takes longer than most."""
    line = typer.Typer(
        name="regreen",
        help="Turns a failing test into a proved patch.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_options,
    )
    known = {*COMMANDS, *GROUPS}
    wanted = known & {asked} or known
    for name, command in COMMANDS.items():
        if name in wanted:
            line.command()(_interruptible(command))
    for name, (command, below) in GROUPS.items():
        if name in wanted:
            group = typer.Typer(callback=_interruptible(command), invoke_without_command=True)
            group.command()(_interruptible(below))
            line.add_typer(group, name=name)
    return line


def main() -> int:
    """Run the command line; the exit code is the status word's, whatever happened."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        code = command_line(*sys.argv[1:2])(standalone_mode=False)
    except typer.TyperException as error:
        message = error.format_message().replace("\n", " ")  # `error.message` is empty where an argument is missing
        if not message:  # no arguments at all: the help was printed
            return EXIT_USAGE
        return _told("usage", message, "`regreen --help` shows what there is")
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:  # noqa: BLE001  (the one place where everything ends as a status word)
        return _broken(error)
    return code if isinstance(code, int) else 0


def _told(status: str, message: str, hint: str) -> int:
    from agent.cli.output import tell

    return tell(status, message, hint, as_json="--json" in sys.argv)


def _broken(error: Exception) -> int:
    from agent.cli.output import translated

    status, message, hint = translated(error)
    if status == "internal_error":
        import traceback

        traceback.print_exc()
        if sys.argv[1:2] == ["hook"] and "--strict" not in sys.argv:
            _told(status, message, hint)
            return 0  # a bug of ours is no reason to refuse a commit
    return _told(status, message, hint)
