"""The command tree. A command's module is imported when it is called, so that `8cut --help` is quick."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from eightcut_cli import __version__
from eightcut_cli.options import set_signature, settings_of

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

#: Name of a command or group → what it does. Each has a module of its name in `eightcut_cli.commands`.
COMMANDS = {
    "clips": "Mark stretches of media that hold a sound, and cut them to files: add, import, list, cut, delete, …",
    "folders": "Show the folders that clips lie in.",
    "train": "Train a classifier from clips.",
    "scan": "Find a sound in media.",
    "scans": "The history of scans: list, show, diff, pin, delete.",
    "regions": "Judge what a scan found, export it, cut it to files: disable, enable, resize, export, cut, …",
    "negatives": "Mark places where a classifier was wrong: add, list, delete, clear.",
    "classifiers": "Versions of classifiers: list, activate, show.",
    "models": "Embedders and their weights: list, import, pull.",
    "media": "Files that are known: list, locate those that were not found.",
    "import-8cut": "Bring the library of the old desktop program along: ~/.8cut.db.",
    "migrate-layout": "Move clips from the old clip_NNN folders to vid_NNN.",
    "profiles": "Independent sets of all this: list, create, duplicate, rename, delete.",
    "status": "Show which services answer.",
    "serve": "Run the three services until Ctrl+C.",
    "desktop": "Open the window: hear, see and correct what was found.",
}


class LazyGroup(TyperGroup):
    """The root: knows its commands by name, and imports them when they are called."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the interface's signature
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 - the interface's signature
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"eightcut_cli.commands.{cmd_name.replace('-', '_')}")
        found = typer.main.get_command(module.app)
        found.name = cmd_name
        return found

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of commands in the help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"8cut {__version__}\n")
        raise typer.Exit


def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_show_version, is_eager=True)
    ] = False,
    **given: object,
) -> None:
    """Find a sound in hours of recordings: mark clips, train, scan, correct, and scan again."""
    del version
    settings_of(context, given)
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def build() -> typer.Typer:
    """The whole command."""
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    own = [p for p in inspect.signature(_root, eval_str=True).parameters.values() if p.name == "version"]
    set_signature(_root, own)
    app.callback(invoke_without_command=True)(_root)
    return app
