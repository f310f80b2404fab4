"""The program: finds the verbs, runs one, and says what went wrong in a sentence."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import landpda
from landpda.cli import verbs
from landpda.cli.stopping import Interrupted
from landpda.core.errors import LandpdaError, nearest

# Typer has its own copy of click from 0.20 on, and the one installed before: this is the one that it raises.
CLICK_ERROR = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

USER_ERROR, OWN_ERROR, INTERRUPTED = 2, 1, 130
"""Exit status of a mistake that the user can mend, of one of ours, and of Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: PLR0911 - one return a way to end
    """Run the program.

    Args:
        arguments: words of the command line; those of the process if not given.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        status = typer.main.get_command(application())(
            [word for word in words if word != "--debug"], prog_name="landpda", standalone_mode=False
        )
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nobody is left to tell, and Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Interrupted as stopped:
        _say(str(stopped))
        return INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        _say("Stopped.")
        return INTERRUPTED
    except CLICK_ERROR as wrong:
        return _usage(wrong)
    except LandpdaError as error:
        if debug:
            traceback.print_exc()
        _say("\n".join(" ".join(line.split()) for line in (error.asked, error.found, error.do) if line))
        return USER_ERROR
    except Exception as fault:  # noqa: BLE001 - the last place where it can become a sentence
        if debug:
            traceback.print_exc()
        _say(f"landpda met a fault of its own: {type(fault).__name__}: {' '.join(str(fault).split())[:200]}")
        _say(f"The details are in {_keep_traceback()}. Please report it, with that file.")
        return OWN_ERROR


def application() -> typer.Typer:
    """The program with every file of `verbs/` as a command."""
    program = typer.Typer(
        name="landpda",
        help="Estimate the parameters of land surface models from observations, with their uncertainty.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
    )
    program.callback()(_common)
    for name in _verbs():
        module = importlib.import_module(f"landpda.cli.verbs.{name}")
        program.command(name)(module.verb)
    return program


ORDER = ("demo", "new", "check", "calibrate", "compare", "simulate", "report", "list", "doctor", "fetch", "schema")
"""As a newcomer meets them; others follow by name."""


def _verbs() -> list[str]:
    found = {info.name for info in pkgutil.iter_modules(verbs.__path__)}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"landpda {landpda.__version__}")
        raise typer.Exit


def _common(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error. May stand anywhere.")] = False,
) -> None:
    del version, debug


def _usage(wrong: Exception) -> int:
    """A command line that cannot be read, in at most three lines."""
    context = getattr(wrong, "ctx", None)
    message = " ".join(wrong.format_message().split())  # pyright: ignore[reportAttributeAccessIssue]
    path = context.command_path if context is not None else "landpda"
    if type(wrong).__name__ == "NoArgsIsHelpError":
        typer.echo(context.get_help() if context is not None else message)
        return USER_ERROR
    if message.startswith("No such command"):
        asked = message.split("'")[1] if "'" in message else ""
        message = f"There is no verb {asked!r}. {nearest(asked, _verbs())}"
    _say(f"{message}\nSee {path} --help.")
    return USER_ERROR


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _keep_traceback() -> Path:
    """Where the traceback was written."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    handle, name = tempfile.mkstemp(prefix=f"landpda-{stamp}-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"landpda {landpda.__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n{traceback.format_exc()}")
    return Path(name)
