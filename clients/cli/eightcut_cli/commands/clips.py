"""`8cut clips`: stretches of media that hold a sound, marked without cutting them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.ids import check_folder
from eightcut_cli.options import Call, command, group
from eightcut_cli.times import clock, parse_seconds

if TYPE_CHECKING:
    from eightcut.store.v1.clip_pb2 import Clip

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)
group(app)

DEFAULT_SECONDS = 8.0


@command(app, "add")
def add(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A video or audio file.")],
    *,
    start: Annotated[float, typer.Option("--start", metavar="S", parser=parse_seconds, help="Seconds, or 1:23.4.")],
    folder: Annotated[str, typer.Option("--folder", metavar="F", help="What the sound is: dog_bark, door, …")],
    duration: Annotated[
        float, typer.Option("--duration", metavar="S", parser=parse_seconds, help="Length of the clip.")
    ] = DEFAULT_SECONDS,
    label: Annotated[str, typer.Option("--label", metavar="L", help="Free text.")] = "",
    category: Annotated[
        str, typer.Option("--category", metavar="C", help="What kind of source it has: Animal, Household, …")
    ] = "",
) -> None:
    """Mark a clip. The file is only read: its digest is what the mark belongs to."""
    from eightcut.store.v1.clip_service_pb2 import CreateClipRequest, GetClipRequest, NewClip
    from eightcut_client.errors import AlreadyExistsError
    from eightcut_client.times import to_duration

    from eightcut_cli import files
    from eightcut_cli.shapes import clip_document

    if duration == 0:
        raise UsageMistake("a clip must be longer than nothing: --duration is 0.")
    check_folder(folder)
    with call.session("store") as session:
        media = files.register(session, files.inspect(session, file))
        new = NewClip(
            media=media.digest,
            start=to_duration(start),
            duration=to_duration(duration),
            folder=folder,
            label=label,
            category=category,
        )
        try:
            clip = session.connection.clips.CreateClip(CreateClipRequest(profile=session.profile, clip=new)).clip
            created = True
        except AlreadyExistsError as error:
            clip = session.connection.clips.GetClip(GetClipRequest(id=error.metadata["id"])).clip
            created = False

    def show() -> None:
        what = "added" if created else "is there already as"
        call.out.line(f"{what} clip {clip.id}: {media.filename} {clock(start)} for {duration:g} s in {folder}")

    call.out.emit({"clip": clip_document(clip, {media.digest: media}), "created": created}, show)


@command(app, "list")
def list_(
    call: Call,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only clips of this file.")] = None,
    folder: Annotated[str, typer.Option("--folder", metavar="F", help="Only clips of this folder.")] = "",
) -> None:
    """List clips, by file and start."""
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
    from eightcut_client.times import to_seconds

    from eightcut_cli import files
    from eightcut_cli.shapes import clip_document, filename_of

    with call.session("store") as session:
        digest = files.find(session, file) if file is not None else ""
        clips = all_clips(session, folder, digest)
        media = session.media_of(clip.media for clip in clips)

    def show() -> None:
        if not clips:
            call.out.line("no clips" + (f" in {folder}" if folder else ""))
            return
        rows = [
            (
                c.id,
                filename_of(c.media, media),
                clock(to_seconds(c.start)),
                f"{to_seconds(c.duration):g} s",
                c.folder,
                c.label,
                c.category,
                "scan export" if c.origin == CLIP_ORIGIN_SCAN_EXPORT else "",
            )
            for c in clips
        ]
        head = ("id", "file", "start", "length", "folder", "label", "category", "")
        call.out.table(head, rows, right=("id", "start", "length"))

    call.out.emit({"clips": [clip_document(clip, media) for clip in clips]}, show)


def all_clips(session: Session, folder: str, digest: str) -> list[Clip]:
    """The clips of the profile, of one folder or file where these are named."""
    from eightcut.store.v1.clip_service_pb2 import ListClipsRequest
    from eightcut_client.paging import pages

    request = ListClipsRequest(profile=session.profile, folder=folder, media=digest, page_size=1000)
    return [clip for page in pages(session.connection.clips.ListClips, request) for clip in page.clips]


# They register themselves on this app, which must exist by then.
from eightcut_cli.commands import clips_cut, clips_files, clips_labels  # noqa: E402, F401
