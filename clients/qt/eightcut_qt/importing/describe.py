"""What the sdk found in an old library, as the pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from eightcut_qt.importing.report import CheckLine, Finding, LibraryReport, LibraryResult, LocateReport, TableLine
from eightcut_qt.importing.words import count_of

if TYPE_CHECKING:
    from eightcut_client.ancestor import ImportOutcome, ImportPlan, Located

    from eightcut_qt.gateway.imports import ReadLibrary

_NAMES = {
    "processed": "Clip files",
    "scan_results": "Scan results",
    "hard_negatives": "Hard negatives",
    "hidden_files": "Hidden files",
}
_LISTED = 1000  # Rows of a finding at most.


def report_of(found: ReadLibrary) -> LibraryReport:
    """Return what an import would do."""
    plan, library = found.plan, found.plan.library
    damaged = Counter(row.table for row in library.damaged)
    tables = tuple(
        TableLine(
            name=_NAMES.get(table.table, table.table),
            rows=table.rows,
            new=table.added,
            known=table.known,
            changed=table.changed,
            merged=table.merged + library.duplicates.get(table.table, 0),
            damaged=damaged[table.table],
        )
        for table in found.outcome.tables
    )
    findings = (*_warnings(plan, found.outcome), *_contents(plan, found.outcome))
    kept = tuple(finding for finding in findings if finding.count)
    return LibraryReport(library.path, tables, kept, len(plan.book.unlocated))


def result_of(plan: ImportPlan, outcome: ImportOutcome) -> LibraryResult:
    """Return what an import did."""
    tables = tuple(
        CheckLine(
            name=_NAMES.get(table.table, table.table),
            sent=table.old.rows,
            found=table.new.rows,
            sent_hash=table.old.sha256,
            found_hash=table.new.sha256,
            apart=table.changed + table.merged,
        )
        for table in outcome.tables
    )
    conflicts = _sentences("What did not fit", "It was imported otherwise, or left as it is here.", outcome.conflicts)
    findings = tuple(finding for finding in (conflicts, _classifiers(plan)) if finding.count)
    added = sum(table.added for table in outcome.tables)
    return LibraryResult(
        tables, added, outcome.new_profiles, findings, len(plan.book.unlocated), len(plan.library.damaged)
    )


def located_of(found: Located) -> LocateReport:
    """Return what a search for media found."""
    several = [
        f"Several files are named {name}: choose the right one with “This Is the File”. They lie in "
        f"{', '.join(str(path.parent) for path in places[:3])}."
        for name, places in found.several.items()
    ]
    return LocateReport(
        tuple((one.filename, one.path) for one in found.adopted),
        len(found.missing),
        sum(one.moved for one in found.adopted),
        (*several, *found.unusable),
    )


def _warnings(plan: ImportPlan, outcome: ImportOutcome) -> Iterable[Finding]:
    library, files = plan.library, plan.files
    yield Finding(
        "Damaged rows",
        "They cannot be understood. Nothing is imported until you say that they are left out.",
        ("Table", "Row", "Why"),
        tuple((_NAMES.get(row.table, row.table), f"{row.row:,}", row.why) for row in library.damaged[:_LISTED]),
        len(library.damaged),
        warns=True,
    )
    yield Finding(
        "Media not found",
        "Their clips and results come along and wait under the name of the file, until it is located: search a folder"
        " now, or use Locate Media in the File menu later.",
        ("Name", "Where it was"),
        tuple((media.filename, media.path_hint) for media in plan.book.unlocated[:_LISTED]),
        len(plan.book.unlocated),
        warns=True,
    )
    yield _sentences("Ambiguous names", "Files that have the same name.", plan.book.ambiguous, warns=True)
    yield _sentences(
        "What does not fit", "It is imported otherwise, or left as it is here.", outcome.conflicts, warns=True
    )
    yield Finding(
        "Clip files missing",
        "These files are not on this disk. Their clips come along all the same.",
        ("Path",),
        tuple((path,) for path in files.first_missing[:_LISTED]),
        files.missing,
        warns=True,
    )


def _contents(plan: ImportPlan, outcome: ImportOutcome) -> Iterable[Finding]:
    library = plan.library
    clips = {(row.profile, row.folder, row.filename, row.start_us) for row in library.files}
    folders = Counter((profile, folder) for profile, folder, _, _ in clips)
    of_profile = Counter(profile for profile, _, _, _ in clips)
    yield Finding(
        "Profiles",
        "Those that are not here yet are made.",
        ("Profile", "Clips", ""),
        tuple(
            (name, f"{of_profile[name]:,}", "new" if name in outcome.new_profiles else "") for name in library.profiles
        ),
    )
    yield Finding(
        "Folders",
        "The classes of the clips, named as their export folders.",
        ("Profile", "Folder", "Clips"),
        tuple((*place, f"{count:,}") for place, count in sorted(folders.items())[:_LISTED]),
        len(folders),
    )
    yield _classifiers(plan)
    yield _sentences("Remarks", "How some of it was understood.", library.notes)


def _classifiers(plan: ImportPlan) -> Finding:
    """Return the old classifiers; those without examples have no command."""

    def remark(guessed: bool, command: str) -> str:
        if not command:
            return "there are no clips to train from"
        return "check it: the name does not say all" if guessed else ""

    return Finding(
        "Old classifiers",
        "Their files can hold programs and are never opened. After the import these commands train them anew from the"
        " imported clips; the Train dialog does the same.",
        ("Model", "Command", "Remark", "File"),
        tuple(
            (one.model, one.command, remark(one.guessed, one.command), one.file) for one in plan.classifiers[:_LISTED]
        ),
        len(plan.classifiers),
        wide=1,
        copies=1,
    )


def _sentences(title: str, remark: str, sentences: Iterable[str], *, warns: bool = False) -> Finding:
    rows = tuple((sentence,) for sentence in sentences)
    return Finding(title, remark, (count_of(len(rows), "remark"),), rows[:_LISTED], len(rows), warns=warns)
