"""The options that every command takes, before and after the subcommand, and how commands are declared."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec

import typer
from typer.core import TyperArgument, TyperCommand

from eightcut_cli.failures import report_failure
from eightcut_cli.output import Output

if TYPE_CHECKING:
    from eightcut_client.endpoints import ServiceName
    from typer._click import Context

    from eightcut_cli.session import Session

P = ParamSpec("P")
_META_KEY = "eightcut.settings"

#: Of commands that work on many files. The limit is eightcut_client.parallel.MOST_JOBS, not imported for a --help.
JOBS = typer.Option(
    "--jobs", metavar="N", min=1, max=32, help="Files worked on at once. Default: 2 to 4, by the number of cores."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person said on the command line; None where nothing was said."""

    profile: str | None = None
    json: bool = False
    data_dir: Path | None = None
    server: str | None = None
    token: str | None = None
    token_file: Path | None = None
    ca: Path | None = None


def _declare(
    *,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="Set of clips, negatives, scans and classifiers.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", metavar="D", help="Folder of services that the command runs itself."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="ADDR",
            help="Services elsewhere: host:port, unix:FOLDER, or store=…,inference=…,trainer=…",
        ),
    ] = None,
    token: Annotated[str | None, typer.Option("--token", metavar="TOKEN", help="Token of these services.")] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="The same, read from a file.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option("--ca", metavar="FILE", help="Certificate authority of these services (PEM).")
    ] = None,
) -> None:
    """The global options: only the signature counts."""


_GLOBALS = [
    parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
    for parameter in inspect.signature(_declare, eval_str=True).parameters.values()
]


@dataclass(slots=True)
class Call:
    """One run of a command: what the person set, and where results go."""

    settings: Settings
    out: Output = field(init=False)

    def __post_init__(self) -> None:
        self.out = Output(self.settings.json)

    def session(self, *services: ServiceName) -> Session:
        """The services that the command needs, as a context manager."""
        from eightcut_cli.session import Session

        return Session(self.settings, services)


def settings_of(context: typer.Context, given: dict[str, object]) -> Settings:
    """Takes the global options out of `given`; those given later on the command line win."""
    settings: Settings = context.meta.get(_META_KEY, Settings())
    said = {name: given.pop(name) for name in (parameter.name for parameter in _GLOBALS)}
    changed = {name: value for name, value in said.items() if value not in (None, False)}
    settings = replace(settings, **changed)  # type: ignore[arg-type] # typer has checked the types
    context.meta[_META_KEY] = settings
    return settings


class _Command(TyperCommand):
    """A command whose usage line says its arguments as they are declared: ``SCAN [REGION…]``."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """The words of the usage line; typer would put its own brackets and dots around them."""
        pieces = [self.options_metavar] if self.options_metavar else []
        for parameter in self.get_params(ctx):
            if not isinstance(parameter, TyperArgument):
                continue
            name = parameter.metavar or str(parameter.name).upper()
            pieces.append(name if parameter.required or name.startswith("[") else f"[{name}]")
        return pieces


def command(app: typer.Typer, name: str) -> Callable[[Callable[Concatenate[Call, P], None]], Callable[..., None]]:
    """Declares a command of an app. Its function takes a `Call` first, then its own arguments and options.

    What the function raises becomes one line on stderr and an exit code.
    """

    def register(function: Callable[Concatenate[Call, P], None]) -> Callable[..., None]:
        invoke: Callable[..., None] = function

        @functools.wraps(function)
        def run(context: typer.Context, **given: object) -> None:
            settings = settings_of(context, given)
            try:
                invoke(Call(settings), **given)
            except (typer.Exit, BrokenPipeError):
                # Whoever read the output has had enough: typer ends the command quietly.
                raise
            except typer.Abort:
                # Ctrl+C where a question was asked.
                raise typer.Exit(report_failure(KeyboardInterrupt())) from None
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where all errors end
                raise typer.Exit(report_failure(error)) from None

        set_signature(run, list(inspect.signature(function, eval_str=True).parameters.values())[1:])
        app.command(name, cls=_Command)(run)
        return run

    return register


def group(app: typer.Typer) -> None:
    """Lets a group of commands take the global options too."""

    def run(context: typer.Context, **given: object) -> None:
        settings_of(context, given)

    set_signature(run, [])
    app.callback()(run)


def set_signature(run: Callable[..., None], own: list[inspect.Parameter]) -> None:
    """Tells typer what a function takes: its context, its own parameters, and the global options."""
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *own, *_GLOBALS]
    run.__dict__.pop("__wrapped__", None)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what inspect and typer look for
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
