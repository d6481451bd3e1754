"""What an import of an old library would bring or has brought, in words and in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_cli.output import Output, plural

if TYPE_CHECKING:
    from eightcut_client.ancestor import ImportOutcome, ImportPlan

_FILES_SHOWN = 3
_SHOWN = 10
"""Names of a list that are shown to a person; JSON has all."""


def import_document(plan: ImportPlan, outcome: ImportOutcome, *, dry_run: bool) -> dict[str, object]:
    """The import in JSON."""
    library, book = plan.library, plan.book
    damaged = Counter(row.table for row in library.damaged)
    return {
        "database": str(library.path),
        "dry_run": dry_run,
        "profiles": library.profiles,
        "new_profiles": list(outcome.new_profiles),
        "folders": [
            {"profile": profile, "name": folder, "clips": clips, "files": files}
            for (profile, folder), (clips, files) in _folders(plan).items()
        ],
        "tables": [
            {
                "table": one.table,
                "rows": one.rows,
                "duplicates": library.duplicates[one.table],
                "damaged": damaged[one.table],
                "sent": one.sent,
                "added": one.added,
                "known": one.known,
                "changed": one.changed,
                "merged": one.merged,
                "lines_old": one.old.rows,
                "lines_new": one.new.rows,
                "sha256_old": one.old.sha256,
                "sha256_new": one.new.sha256,
                "equal": one.equal if one.comparable else None,
            }
            for one in outcome.tables
        ],
        "clips": outcome.clips,
        "scans": outcome.scans,
        "media": {
            "found": len(book.located),
            "not_found": [{"filename": media.filename, "path": media.path_hint} for media in book.unlocated],
            "located_before": [
                {"filename": media.filename, "path": media.path_hint, "file": media.adopted.path_hint}
                for media in book.adopted
                if media.adopted is not None
            ],
            "ambiguous": book.ambiguous,
            "located": outcome.located,
            "new": outcome.new_media,
        },
        "files": {
            "present": plan.files.present,
            "missing": plan.files.missing,
            "unknown": plan.files.unknown,
            "first_missing": plan.files.first_missing,
        },
        "damaged": [{"table": row.table, "row": row.row, "why": row.why} for row in library.damaged],
        "notes": library.notes,
        "conflicts": list(outcome.conflicts),
        "classifiers": [
            {
                "file": one.file or None,
                "profile": one.profile,
                "model": one.model,
                "folders": list(one.folders),
                "guessed": one.guessed,
                "command": one.command or None,
            }
            for one in plan.classifiers
        ],
    }


def show_plan(out: Output, plan: ImportPlan, outcome: ImportOutcome) -> None:
    """Prints what would come."""
    damaged = Counter(row.table for row in plan.library.damaged)
    rows = [
        (
            one.table,
            *_counts(one.rows, one.added, one.known, one.changed, one.merged),
            *_counts(plan.library.duplicates[one.table], damaged[one.table]),
        )
        for one in outcome.tables
    ]
    head = ("table", "rows", "new", "there", "changed since", "joined", "double", "damaged")
    out.line(f"{plan.library.path}")
    out.table(head, rows, right=head[1:])
    for line in _plan_lines(plan, outcome):
        out.line(line)


def show_done(out: Output, outcome: ImportOutcome) -> None:
    """Prints what was imported, and how it compares."""
    rows = [
        (
            one.table,
            f"{one.old.rows:,}",
            f"{one.new.rows:,}",
            one.old.sha256[:16],
            one.new.sha256[:16],
            _verdict(one.equal, one.changed, one.merged),
        )
        for one in outcome.tables
    ]
    added = {one.table: one.added for one in outcome.tables}
    if any(added.values()):
        out.line(
            f"imported {plural(outcome.clips, 'clip')} with {plural(added['processed'], 'file')}, "
            f"{plural(outcome.scans, 'scan')} with {plural(added['scan_results'], 'region')}, "
            f"{plural(added['hard_negatives'], 'hard negative')}, {plural(added['hidden_files'], 'hidden file')}"
        )
    else:
        out.line("imported nothing: no row is new")
    if outcome.located:
        out.line(f"located {plural(outcome.located, 'file')} that were known by name only")
    head = ("table", "rows there", "in the Store", "SHA-256 there", "in the Store", "")
    out.table(head, rows, right=("rows there", "in the Store"))


def _verdict(equal: bool, changed: int, merged: int) -> str:
    if equal:
        return "equal"
    parts = [f"{changed:,} changed since"] if changed else []
    return ", ".join([*parts, *([f"{merged:,} joined"] if merged else [])])


def _counts(*counts: int) -> tuple[str, ...]:
    return tuple(f"{count:,}" if count else "-" for count in counts)


def _folders(plan: ImportPlan) -> dict[tuple[str, str], tuple[int, int]]:
    """Clips and files of each folder of each profile."""
    files = Counter((row.profile, row.folder) for row in plan.library.files)
    clips = Counter(
        (profile, folder)
        for profile, folder, *_ in {
            (row.profile, row.folder, row.filename, row.source_path, row.start_us, row.duration_us)
            for row in plan.library.files
        }
    )
    return {place: (clips[place], files[place]) for place in sorted(files)}


def _plan_lines(plan: ImportPlan, outcome: ImportOutcome) -> Iterator[str]:
    library, book = plan.library, plan.book
    profiles = [f"{name} (new)" if name in outcome.new_profiles else name for name in library.profiles]
    yield f"profiles: {_some(profiles)}"
    yield "folders: " + _some(
        [
            f"{folder}{'' if profile == 'default' else f' of {profile}'} "
            f"({plural(clips, 'clip')}, {plural(files, 'file')})"
            for (profile, folder), (clips, files) in _folders(plan).items()
        ]
    )
    yield f"media: {len(book.located):,} of {len(book.media):,} found"
    if book.unlocated:
        names = _some([media.path_hint or media.filename for media in book.unlocated])
        yield f"  not found, kept by name and left out of training until “8cut media locate FOLDER” finds them: {names}"
    if book.adopted:
        names = _some([media.path_hint or media.filename for media in book.adopted])
        yield f"  not found now, but known from an import before: {names}"
    if outcome.located:
        yield f"  known by name from an import before, and found now: {outcome.located:,}"
    yield from (f"  {sentence}" for sentence in book.ambiguous[:_SHOWN])
    checked = plan.files
    yield f"clip files: {checked.present:,} are where the old program put them, {checked.missing:,} are not" + (
        f", {checked.unknown:,} lie at places of another system" if checked.unknown else ""
    )
    if checked.missing:
        yield "  the clips of files that are not there are imported all the same; the first of them:"
    yield from (f"    {path}" for path in checked.first_missing[:_FILES_SHOWN])
    if any(one.changed for one in outcome.tables):
        yield "changed since: those rows stay as they are here" + (
            "" if plan.restore else "; --restore brings back what was deleted"
        )
    yield from _listed("note", library.notes)
    yield from _listed("conflict", outcome.conflicts)
    yield from _listed("damaged", [row.sentence for row in library.damaged])
    if plan.classifiers:
        yield "old classifiers are never loaded; these commands train them anew from the imported clips:"
    for one in plan.classifiers:
        name = Path(one.file).name if one.file else f"{one.model}, which scans were made with"
        yield f"  {name}: {one.command or 'there are no marked clips to learn from'}" + (
            "  (a guess: choose folder and model yourself)" if one.guessed and one.command else ""
        )


def _listed(title: str, sentences: Sequence[str]) -> Iterator[str]:
    yield from (f"{title}: {sentence}" for sentence in sentences[:_SHOWN])
    if len(sentences) > _SHOWN:
        yield f"{title}: {len(sentences) - _SHOWN:,} more; --json lists all"


def _some(names: Sequence[str]) -> str:
    count = len(names)
    more = f", and {count - _SHOWN:,} more" if count > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more or "none"
