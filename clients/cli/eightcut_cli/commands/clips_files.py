"""`8cut clips files`, `delete`, `disable`, `enable`: the files that clips were cut to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eightcut_cli.commands.clips import app
from eightcut_cli.failures import CommandError, UsageMistake
from eightcut_cli.ids import chunks, parse_id, unique
from eightcut_cli.options import Call, command
from eightcut_cli.output import plural

OfFolder = Annotated[str, typer.Option("--folder", metavar="F", help="Only clips of this folder.")]
OfFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only clips of this video.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would move.")]
KeepFiles = Annotated[bool, typer.Option("--keep-files", help="Only the marks change their folder.")]


@command(app, "files")
def files(
    call: Call,
    file: OfFile = None,
    *,
    folder: OfFolder = "",
) -> None:
    """List the files that clips were cut to, and whether they are on this machine."""
    from eightcut_client.exports.places import is_here, is_there, list_files, spelled

    from eightcut_cli import files as media_files
    from eightcut_cli.cutting import file_document

    with call.session("store") as session:
        digest = media_files.find(session, file) if file is not None else ""
        rows = list(list_files(session.connection, profile=session.profile, folder=folder, media=digest))
    there = {row.id: is_there(row) for row in rows}
    elsewhere = {row.id: not is_here(row.export_folder) for row in rows}

    def show() -> None:
        if not rows:
            call.out.line("no files" + (f" of clips in {folder}" if folder else ""))
            return
        lines = [
            (
                row.id,
                row.clip_id,
                row.folder,
                spelled(row),
                row.label,
                "" if there[row.id] else "on another machine" if elsewhere[row.id] else "missing",
            )
            for row in rows
        ]
        call.out.table(("id", "clip", "folder", "file", "label", ""), lines, right=("id", "clip"))

    documents = [{**file_document(row), "present": there[row.id], "elsewhere": elsewhere[row.id]} for row in rows]
    call.out.emit({"files": documents}, show)


@command(app, "delete")
def delete(
    call: Call,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", parser=parse_id, help="As clips list shows them.")],
    *,
    with_files: Annotated[
        bool,
        typer.Option("--files", help="Delete the files that they were cut to, too, and their dataset.json entries."),
    ] = False,
    keep_files: Annotated[
        bool, typer.Option("--keep-files", help="Delete only the marks; their files stay on the disk.")
    ] = False,
) -> None:
    """Delete marks, all or none. The media stay as they are."""
    from eightcut.store.v1.clip_service_pb2 import BatchDeleteClipsRequest
    from eightcut_client.exports import remove_clips
    from eightcut_client.exports.places import list_files

    from eightcut_cli.cutting import heal_first, journal_of

    if with_files and keep_files:
        raise UsageMistake("say either --files or --keep-files.")
    wanted = unique(ids)
    deleted = erased = 0
    with call.session("store") as session:
        if with_files:
            said = heal_first(call, session)
            removed = remove_clips(session.connection, session.profile, wanted, journal=journal_of(session))
            deleted, erased = removed.clips, removed.erased
            for note in removed.notes:
                if note not in said:
                    call.out.note(note)
        else:
            rows = list(list_files(session.connection, profile=session.profile, clip_ids=wanted))
            if rows and not keep_files:
                raise CommandError(
                    f"{plural(len(rows), 'file')} were cut from these clips: say --files to delete them as well, "
                    "--keep-files to leave them."
                    if len(rows) > 1
                    else "A file was cut from these clips: say --files to delete it as well, --keep-files to leave it."
                )
            for part in chunks(wanted, 1000):
                request = BatchDeleteClipsRequest(profile=session.profile, ids=part, forget_files=keep_files)
                deleted += session.connection.clips.BatchDeleteClips(request).deleted
    rest = f" and {plural(erased, 'file')}" if with_files else ""
    document = {"deleted": deleted, "files": erased} if with_files else {"deleted": deleted}
    call.out.emit(document, lambda: call.out.line(f"deleted {plural(deleted, 'clip')}{rest}"))


@command(app, "disable")
def disable(
    call: Call, file: OfFile = None, *, folder: OfFolder = "", dry_run: DryRun = False, keep_files: KeepFiles = False
) -> None:
    """Take clips out of training: they go to the folder F_disabled, their files to such an export folder."""
    _move(call, file, folder, disabled=True, dry_run=dry_run, keep_files=keep_files)


@command(app, "enable")
def enable(
    call: Call, file: OfFile = None, *, folder: OfFolder = "", dry_run: DryRun = False, keep_files: KeepFiles = False
) -> None:
    """Bring disabled clips back."""
    _move(call, file, folder, disabled=False, dry_run=dry_run, keep_files=keep_files)


def _move(call: Call, file: Path | None, folder: str, *, disabled: bool, dry_run: bool, keep_files: bool) -> None:
    from eightcut_client.exports import set_disabled
    from eightcut_client.exports.disk import FolderGoneError

    from eightcut_cli import files as media_files
    from eightcut_cli.cutting import heal_first, journal_of

    if file is None and not folder:
        raise UsageMistake("say which clips: a file, --folder, or both.")
    with call.session("store") as session:
        digest = media_files.find(session, file) if file is not None else ""
        said = [] if dry_run else heal_first(call, session)
        try:
            moved = set_disabled(
                session.connection,
                session.profile,
                folder=folder,
                media=digest,
                disabled=disabled,
                journal=journal_of(session),
                dry_run=dry_run,
                keep_files=keep_files,
            )
        except FolderGoneError as error:
            raise CommandError(f"{str(error).rstrip('.')}, or say --keep-files to move only the marks.") from error
    for note in moved.notes:
        if note not in said:
            call.out.note(note)
    for place in moved.missing:
        call.out.note(f"{place} is not there; its record stays as it is.")
    done = "disable" if disabled else "enable"

    def show() -> None:
        what = f"would {done}" if dry_run else f"{done}d"
        call.out.line(f"{what} {plural(moved.clips, 'clip')}, {plural(moved.files, 'file')}")
        for source, target in moved.folders:
            call.out.line(f"  {source} → {target}")

    folders = [{"from": source, "to": target} for source, target in moved.folders]
    document = {"clips": moved.clips, "files": moved.files, "folders": folders, "missing": moved.missing}
    call.out.emit({**document, "dry_run": dry_run}, show)
