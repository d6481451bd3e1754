"""`8cut media`: files that are known, and those whose file was not found yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import CommandError, PartlyFailedError, UsageMistake
from eightcut_cli.options import Call, command, group
from eightcut_cli.output import plural
from eightcut_cli.times import clock, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eightcut.store.v1.media_pb2 import Media
    from eightcut_client.ancestor import Adopted, Located

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)


@command(app, "list")
def list_(
    call: Call,
    unlocated: Annotated[
        bool, typer.Option("--unlocated", help="Only what was imported by name and not found yet, of all profiles.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Also files in which the profile has nothing.")] = False,
) -> None:
    """List files in which the profile has clips, hard negatives or scans."""
    from eightcut.store.v1.media_service_pb2 import ListMediaRequest
    from eightcut_client.paging import pages
    from eightcut_client.times import to_seconds

    with call.session("store") as session:
        request = ListMediaRequest(
            profile="" if all_ or unlocated else session.profile, unlocated=unlocated, page_size=1000
        )
        found = [media for page in pages(session.connection.media.ListMedia, request) for media in page.media]

    def show() -> None:
        if not found:
            call.out.line("no files")
            return
        rows = [
            (
                media.filename,
                clock(to_seconds(media.duration)) if media.duration.ToMicroseconds() else "-",
                "not found" if media.unlocated else media.digest[:12],
                media.path_hint,
            )
            for media in found
        ]
        call.out.table(("file", "length", "digest", "place"), rows, right=("length",))

    call.out.emit({"media": [media_document(media) for media in found]}, show)


@command(app, "locate")
def locate(
    call: Call,
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="FOLDER…", help="Looked through, with all below.", show_default=False)
    ] = None,
    *,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="NAME=FILE", help="The file that was known as NAME, and has another name now."),
    ] = None,
) -> None:
    """Find the files of media that were imported by name; what is known of them belongs to the files then."""
    from eightcut_client.ancestor import list_unlocated, locate_media

    from eightcut_cli.progress import shown
    from eightcut_cli.steps import Steps

    if not folders and not file:
        raise UsageMistake("say where to look: a folder, or --file NAME=FILE.")
    for folder in folders or []:
        if not folder.is_dir():
            raise UsageMistake(f"there is no folder {folder}.")
    with call.session("store") as session:
        given = _given(file or [], list_unlocated(session.connection)) if file else {}
        with shown() as board:
            steps = Steps(board)
            result = locate_media(session.connection, folders or [], files=given, on_progress=steps.find)
            steps.finish()
    for sentence in result.unusable:
        call.out.note(sentence)

    def show() -> None:
        for adopted in result.adopted:
            call.out.line(f"{adopted.filename} is {adopted.path}{_moved(adopted)}")
        for name, places in result.several.items():
            where = ", ".join(str(place) for place in places[:5])
            call.out.line(f"{name}: several files have this name, say --file {name}=FILE: {where}")
        missing = [media.filename for media in result.missing if media.filename not in result.several]
        if missing:
            names = ", ".join(missing[:10]) + (f" and {len(missing) - 10:,} more" if len(missing) > 10 else "")
            call.out.line(f"{plural(len(missing), 'file')} not found: {names}")
        if not result.adopted and not result.missing:
            call.out.line("all files are located")

    call.out.emit(_document(result), show)
    if any(media.digest in given for media in result.missing):
        raise PartlyFailedError


def media_document(media: Media) -> dict[str, object]:
    """A media file in JSON."""
    from eightcut_client.times import to_seconds

    return {
        "media": media.digest,
        "filename": media.filename,
        "file": media.path_hint or media.filename,
        "path": media.path_hint,
        "size": media.size_bytes,
        "duration": to_seconds(media.duration),
        "unlocated": media.unlocated,
        "create_time": iso(media.create_time),
    }


def _moved(adopted: Adopted) -> str:
    joined = f", {adopted.merged:,} of them were there already" if adopted.merged else ""
    return f": {plural(adopted.moved, 'entry', 'entries')} moved{joined}"


def _given(pairs: Sequence[str], waiting: Sequence[Media]) -> dict[str, Path]:
    """What --file says, by the digest that stands for the media.

    Raises:
        CommandError: There are no such media, or no such file.
        UsageMistake: It is no pair.
    """
    found: dict[str, Path] = {}
    for pair in pairs:
        if "=" not in pair:
            raise UsageMistake(f"“{pair}” is no NAME=FILE.")
        # Both may hold "=" themselves.
        splits = [(pair[:at], pair[at + 1 :]) for at, char in enumerate(pair) if char == "="]
        fitting = [
            (media, path)
            for name, path in splits
            for media in waiting
            if name in {media.filename, media.path_hint, media.digest}
        ]
        if not fitting:
            raise CommandError(f"No file is looked for as {splits[0][0]}: 8cut media list --unlocated shows what is.")
        for media, path in fitting:
            if not Path(path).is_file():
                raise CommandError(f"There is no file {path}.")
            found[media.digest] = Path(path)
    return found


def _document(result: Located) -> dict[str, object]:
    return {
        "located": [
            {
                "filename": adopted.filename,
                "was": adopted.was,
                "file": str(adopted.path),
                "media": adopted.media.digest,
                "moved": adopted.moved,
                "merged": adopted.merged,
            }
            for adopted in result.adopted
        ],
        "several": {name: [str(place) for place in places] for name, places in result.several.items()},
        "unusable": result.unusable,
        "not_found": [{"filename": media.filename, "path": media.path_hint} for media in result.missing],
    }
