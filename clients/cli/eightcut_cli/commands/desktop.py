"""`8cut desktop`: the window. The desktop client is another package, which need not be installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import CommandError, UsageMistake
from eightcut_cli.options import Call, command

if TYPE_CHECKING:
    from eightcut_cli.options import Settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_PACKAGE = "eightcut_qt"

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Videos, sounds or folders to open.", show_default=False),
]


@command(app, "desktop")
def desktop(call: Call, files: Files = None) -> None:
    """Open the window: hear, see and correct what was found."""
    if call.settings.json:
        raise UsageMistake("the window prints nothing: leave out --json.")
    code = _load()([*_options(call.settings), "--", *map(str, files or [])])
    if code:
        raise typer.Exit(code)


def _load() -> Callable[[list[str]], int]:
    """Import the desktop client and return what runs it.

    Raises:
        CommandError: It is not installed, or a library of the system is missing.
    """
    try:
        run = importlib.import_module(f"{_PACKAGE}.app").run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {_PACKAGE, "PyQt6"}:
            raise
        raise CommandError("the desktop client is not installed: pip install ./clients/qt") from None
    except ImportError as error:
        raise CommandError(f"the window cannot be shown, as a library of the system is missing: {error}.") from error
    found: Callable[[list[str]], int] = run
    return found


def _options(settings: Settings) -> list[str]:
    """Return what the person said of the services, as the desktop client takes it."""
    if settings.token and settings.token_file:
        raise UsageMistake("give either --token or --token-file, not both.")
    named = {
        "--server": settings.server,
        "--token": settings.token,
        "--token-file": settings.token_file,
        "--ca": settings.ca,
        "--data-dir": settings.data_dir,
        "--profile": settings.profile,
    }
    return [f"{option}={value}" for option, value in named.items() if value is not None]
