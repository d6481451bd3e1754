"""`8cut clips import` and `8cut clips export`: marks from other programs, and for them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.commands.clips import DEFAULT_SECONDS, all_clips, app
from eightcut_cli.failures import UsageMistake
from eightcut_cli.options import Call, command
from eightcut_cli.output import already_there, plural
from eightcut_cli.text_files import FPS, Format, emit_text
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_client.formats import ClipEntry

    from eightcut_cli.session import Session


@command(app, "import")
def import_(
    call: Call,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table (file,start,duration,folder,label,category; only the first two are needed), or labels of"
            " another program.",
        ),
    ],
    *,
    folder: Annotated[
        str | None,
        typer.Option("--folder", metavar="F", help="Folder of rows that name none. For labels: otherwise their text."),
    ] = None,
    media: Annotated[
        Path | None, typer.Option("--media", metavar="VIDEO", help="The file that the labels are about.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Of which program; seen from the file otherwise.")
    ] = None,
    duration: Annotated[
        float,
        typer.Option("--duration", metavar="S", parser=parse_seconds, help="Length of clips that begin at a point."),
    ] = DEFAULT_SECONDS,
    fps: Annotated[str | None, FPS] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come.")] = False,
) -> None:
    """Mark many clips. Every row is checked before anything is written; clips that are there already are skipped."""
    from eightcut_cli.clip_import import import_rows, inspect_all
    from eightcut_cli.ids import check_folder
    from eightcut_cli.label_import import Options, read_any

    if duration == 0:
        raise UsageMistake("a clip must be longer than nothing: --duration is 0.")
    if folder is not None:
        check_folder(folder)
    found = read_any(file, Options(format_ and format_.value, media, folder, duration, fps))
    with call.session("store") as session:
        looked_at = inspect_all(session, found.rows)
        added, skipped = (0, 0) if dry_run else import_rows(session, found.rows, looked_at)
    for note in found.notes:
        call.out.note(note)
    if dry_run:
        folders = Counter(row.folder for row in found.rows)
        parts = ", ".join(f"{count:,} in {name}" for name, count in sorted(folders.items()))
        call.out.emit(
            {"rows": len(found.rows), "folders": dict(folders)},
            lambda: call.out.line(
                f"{plural(len(found.rows), 'clip')} would be marked" + (f": {parts}" if parts else "")
            ),
        )
        return
    call.out.emit(
        {"added": added, "skipped": skipped},
        lambda: call.out.line(f"added {plural(added, 'clip')}{already_there(skipped)}"),
    )


@command(app, "export")
def export(
    call: Call,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only clips of this file.")] = None,
    *,
    folder: Annotated[str, typer.Option("--folder", metavar="F", help="Only clips of this folder.")] = "",
    format_: Annotated[
        Format | None, typer.Option("--format", help="Of which program. Default: csv, and json with --json.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of printing.")
    ] = None,
    fps: Annotated[str | None, FPS] = None,
) -> None:
    """Hand clips on as labels: to a spreadsheet, Audacity, Raven, LosslessCut, an editor, or as subtitles.

    csv and json hold all that a clip has, of any number of files, and `clips import` reads them back. The others are
    about one file, and have room for one text: the label, or the folder where there is none.
    """
    from eightcut_client.formats import write_clips

    with call.session("store") as session:
        clips = _entries(session, folder, file)
    name = format_ or (Format.JSON if call.out.as_json else Format.CSV)
    text = write_clips(clips, name.value, fps=fps or "25")
    if output is None and call.out.as_json and name is Format.JSON:
        call.out.emit(json.loads(text), lambda: None)
    else:
        emit_text(call.out, text, format_=name.value, output=output, count=len(clips), noun="clip")


def _entries(session: Session, folder: str, file: Path | None) -> list[ClipEntry]:
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
    from eightcut_client.formats import ClipEntry
    from eightcut_client.times import to_seconds

    from eightcut_cli import files
    from eightcut_cli.shapes import path_of

    digest = files.find(session, file) if file is not None else ""
    clips = all_clips(session, folder, digest)
    media = session.media_of(clip.media for clip in clips)
    return [
        ClipEntry(
            clip.id,
            path_of(clip.media, media),
            to_seconds(clip.start),
            to_seconds(clip.duration),
            clip.folder,
            clip.label,
            clip.category,
            clip.media,
            "scan_export" if clip.origin == CLIP_ORIGIN_SCAN_EXPORT else "marked",
        )
        for clip in clips
    ]
