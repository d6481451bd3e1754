"""`8cut migrate-layout`: from a folder for each clip to a folder for each video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import PartlyFailedError
from eightcut_cli.options import Call, command
from eightcut_cli.output import plural

if TYPE_CHECKING:
    from eightcut.store.v1.media_pb2 import Media
    from eightcut_client.exports.migrate import Migration

    from eightcut_cli.shapes import Document, MediaByDigest

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_MOST_LINES = 40


@command(app, "migrate-layout")
def migrate_layout(
    call: Call,
    *,
    to_export_folder: Annotated[
        list[Path] | None,
        typer.Option("--to-export-folder", metavar="DIR", help="Only in this export folder; may be given again."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it. Without this nothing is changed.")] = False,
) -> None:
    """Move clips from the old clip_NNN folders to vid_NNN, one folder for each video: for all profiles at once.

    Only files that were imported or exported are moved, with what lies beside them under the same name. Nothing is
    overwritten: a name that is taken gets a number at its end. Interrupted, it is finished by the next command.
    """
    from eightcut_client.exports.healing import heal
    from eightcut_client.exports.journal import Journal, journal_dir
    from eightcut_client.exports.migrate import migrate_layout as migrate
    from eightcut_client.progress import Progress, Stage

    from eightcut_cli.progress import shown

    with call.session("store") as session, shown() as board:
        journal = Journal(journal_dir(session.connection.data_dir))
        if apply:
            for sentence in heal(session.connection, journal):
                call.out.note(sentence)

        def told(done: int, total: int) -> None:
            board("moving", Progress(Stage.SCORING, done, total))

        found = migrate(
            session.connection, folders=to_export_folder or (), apply=apply, journal=journal, on_progress=told
        )
        media: dict[str, Media] = session.media_of(digest for one in found for digest in one.videos)
    documents = [_document(one, media) for one in found]
    call.out.emit({"applied": apply, "export_folders": documents}, lambda: _show(call, found, apply=apply))
    for one in found:
        if one.problem:
            call.out.note(one.problem)
    if any(one.problem for one in found):
        raise PartlyFailedError


def _document(migration: Migration, media: MediaByDigest) -> Document:
    from eightcut_cli.shapes import filename_of

    return {
        "export_folder": str(migration.folder),
        "videos": [
            {"media": digest, "filename": filename_of(digest, media), "number": number}
            for digest, number in migration.videos.items()
        ],
        "moves": [{"from": move.source, "to": move.target} for move in migration.moves],
        "found": [{"from": move.source, "to": move.target} for move in migration.found],
        "missing": migration.missing,
        "unknown": migration.strangers,
        "moved": migration.moved,
        "error": migration.problem or None,
    }


def _show(call: Call, found: Sequence[Migration], *, apply: bool) -> None:
    lines = [line for migration in found for line in _lines(migration, apply=apply)]
    for line in lines:
        call.out.line(line)
    if not lines and not any(migration.problem for migration in found):
        call.out.line("there is nothing to move: no file that 8-cut knows lies in a clip_NNN folder here")
    if not apply and any(migration.moves or migration.found for migration in found):
        call.out.line("nothing was changed: 8cut migrate-layout --apply does it")


def _lines(migration: Migration, *, apply: bool) -> Iterator[str]:
    if not (migration.moves or migration.found or migration.missing or migration.strangers):
        return
    number = plural(migration.moved if apply else len(migration.moves), "file")
    videos = len({move.target.partition("/")[0] for move in migration.moves})
    verb = "moved" if apply else "would move"
    what = f"{number} of {plural(videos, 'video')} {verb}" if migration.moves else "nothing to move"
    yield f"{migration.folder}: {what}"
    yield from _some(_ways(migration))
    renamed = [move for move in migration.moves if move.renamed]
    if renamed:
        yield f"  {plural(len(renamed), 'name')} taken there already:"
        yield from _some([f"    {move.source} → {move.target}" for move in renamed])
    if migration.found:
        verb = "recorded there now" if apply else "would be recorded there"
        yield f"  {plural(len(migration.found), 'file')} in the new place already, {verb}:"
        yield from _some([f"    {move.source} → {move.target}" for move in migration.found])
    if migration.missing:
        yield f"  {plural(len(migration.missing), 'file')} not on the disk, left as recorded:"
        yield from _some([f"    {path}" for path in migration.missing])
    if migration.strangers:
        yield f"  {plural(len(migration.strangers), 'file')} that 8-cut does not know, left in place:"
        yield from _some([f"    {path}" for path in migration.strangers])


def _ways(migration: Migration) -> list[str]:
    ways = Counter((move.source.partition("/")[0], move.target.partition("/")[0]) for move in migration.moves)
    if len(ways) <= _MOST_LINES:
        return [f"  {old} → {new} ({plural(count, 'file')})" for (old, new), count in ways.items()]
    files: Counter[str] = Counter()
    for (_, new), count in ways.items():
        files[new] += count
    folders = Counter(new for _, new in ways)
    return [f"  {plural(folders[new], 'folder')} → {new} ({plural(count, 'file')})" for new, count in files.items()]


def _some(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"    … and {len(lines) - _MOST_LINES:,} more; --json shows all"
