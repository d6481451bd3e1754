"""One run of the command: from its arguments to its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer
from typer.exceptions import TyperException

from eightcut_cli.app import build
from eightcut_cli.failures import USAGE, report, report_failure


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: As after the command's name; absent: those of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    if arguments is None:
        signal.signal(signal.SIGTERM, _terminate)
    command = typer.main.get_command(build())
    try:
        code = command.main(args=arguments, prog_name="8cut", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        return _report_usage(error)
    except typer.Abort:
        return report_failure(KeyboardInterrupt())
    except Exception as error:  # noqa: BLE001 - the outermost place
        return report_failure(error)
    return code if isinstance(code, int) else 0


def _report_usage(error: TyperException) -> int:
    context: typer.Context | None = getattr(error, "ctx", None)
    where = f" (see {context.command_path} --help)" if context is not None else ""
    # What pydantic puts before a sentence of Python's own says nothing to a person.
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    report(f"{message}{where}")
    return USAGE


def _terminate(_signum: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a command as Ctrl+C does: what it started is stopped."""
    raise KeyboardInterrupt
