"""How counts of an old library are said."""

from __future__ import annotations

from eightcut_qt.importing.report import LibraryReport, LibraryResult


def count_of(number: int, one: str, many: str = "") -> str:
    """Return such as "1 clip" or "12 clips"."""
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def report_sentence(report: LibraryReport) -> str:
    """Say what an import would do."""
    if not sum(table.rows for table in report.tables):
        return "This library is empty."
    parts = [count_of(table.new, table.name.lower().removesuffix("s")) for table in report.tables if table.new]
    if not parts:
        return "All of this library was imported before; nothing would be added."
    return f"{listed(parts)} would be added. Nothing is changed until you press Import, and the old library never is."


def result_sentence(result: LibraryResult) -> str:
    """Say what an import did."""
    if not result.added:
        return "Nothing was added: all of it was imported before."
    same = all(table.equal for table in result.tables)
    checked = "; counts and contents of all tables are the same in both" if same else ""
    return f"{count_of(result.added, 'row was', 'rows were')} added{checked}."


def listed(parts: list[str]) -> str:
    """Return "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
