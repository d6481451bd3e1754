"""What a command prints: one JSON document, or lines and tables for a person; everything else goes to stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence

import typer

from eightcut_cli.failures import CommandError, one_line, report

Json = Mapping[str, object]


class Output:
    """Where a command's results go."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            # A file name that is no text must not break a listing: it is shown with escapes, which in JSON
            # are exactly JSON's own (a lone surrogate becomes \udcXX).
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8" if as_json else None, errors="backslashreplace")

    def emit(self, document: Json, show: Callable[[], None]) -> None:
        """Prints the result: the document with --json, else what `show` prints."""
        if not self.as_json:
            show()
            sys.stdout.flush()
            return
        indent = 2 if sys.stdout.isatty() else None
        json.dump(document, sys.stdout, ensure_ascii=False, allow_nan=False, indent=indent)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """Prints one line of the result for a person."""
        sys.stdout.write(one_line_keeping_spaces(text) + "\n")

    def note(self, text: str) -> None:
        """Says something beside the result, on stderr."""
        report(text)

    def confirm(self, question: str) -> None:
        """Asks on the terminal.

        Raises:
            CommandError: The answer is no.
        """
        if not typer.confirm(one_line(question), err=True):
            raise CommandError("nothing was deleted.")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
        """Prints a compact table; `right` names the columns of numbers."""
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        # Piped output is read by programs: no line of it may be folded to a width.
        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 10_000, highlight=False)
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(one_line(cell)) for cell in row))
        with console.capture() as captured:
            console.print(table)
        # The last column is filled up with spaces, which nobody sees but those who copy or compare.
        sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def one_line_keeping_spaces(text: str) -> str:
    """The text with control characters as escapes, and its spaces as they are."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def already_there(count: int) -> str:
    """The end of a sentence about additions: how many things were no news."""
    return f", {count:,} {'was' if count == 1 else 'were'} there already" if count else ""


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """A count with its noun: 1 clip, 3 clips."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
