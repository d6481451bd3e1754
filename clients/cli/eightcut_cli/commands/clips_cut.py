"""`8cut clips cut`: marked clips to files."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.commands.clips import all_clips, app
from eightcut_cli.cutting import Batch, Cuts
from eightcut_cli.cutting_options import Cutting, with_cutting_options
from eightcut_cli.failures import CommandError, PartlyFailedError, UsageMistake
from eightcut_cli.ids import parse_id, unique
from eightcut_cli.options import Call, command
from eightcut_cli.output import plural

if TYPE_CHECKING:
    from eightcut.store.v1.clip_pb2 import Clip
    from eightcut.store.v1.media_pb2 import Media
    from eightcut_client.cutting import SubClip
    from eightcut_client.exports import CutItem
    from eightcut_client.register import LocalMedia

    from eightcut_cli.session import Session


@command(app, "cut")
@with_cutting_options
def cut(
    call: Call,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", parser=parse_id, help="As clips list shows them.")
    ] = None,
    *,
    cutting: Cutting,
    folder: Annotated[str, typer.Option("--folder", metavar="F", help="Only clips of this folder.")] = "",
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Only clips of this file.")] = None,
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=1, max=1000, help="Overlapping files of each clip.")
    ] = 1,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", "--again", help="Also clips that have files in the export folder: cut over these."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be cut.")] = False,
) -> None:
    """Cut marked clips to files: DIR/vid_NNN/NAME_NNN_mK_S.mp4, with a dataset.json of their labels.

    Clips that have files in the export folder already are skipped, so the same command continues where it stopped.
    Files are as long as their clips unless --duration is given.
    """
    from eightcut_cli.cutting import cut_batches, failure_documents, file_document, heal_first, warn_of_folders

    if not ids and not folder and file is None:
        raise UsageMistake("say what to cut: ids of clips, --folder or --file.")
    cutting.options(1.0, count)  # Wrong options are told of before anything is looked for.
    with call.session("store") as session:
        said = [] if dry_run else heal_first(call, session)
        clips, digest = _chosen(session, ids or [], folder, file)
        kept, skipped = _without_files(session, clips, cutting) if not overwrite else (clips, 0)
        batches, missing, impossible = _batches(call, session, kept, cutting=cutting, count=count, file=file)
        warn_of_folders(call, session, batches, digest)
        cuts = Cuts(failed=impossible)
        if not dry_run:
            done = cut_batches(session, batches, cutting, said)
            cuts.files, cuts.failed = done.files, cuts.failed + done.failed
    planned = sum(batch.files for batch in batches)
    places = [str(batch.target.folder) for batch in batches]

    def show() -> None:
        have = "has" if skipped == 1 else "have"
        rest = f", {plural(skipped, 'clip')} skipped that {have} files there already" if skipped else ""
        what = f"would cut {plural(planned, 'file')}" if dry_run else f"cut {plural(len(cuts.files), 'file')}"
        where = f" to {', '.join(places)}" if places else ""
        call.out.line(f"{what} of {plural(sum(len(batch.items) for batch in batches), 'clip')}{where}{rest}")

    document = {
        "files": [file_document(each) for each in cuts.files],
        "failures": failure_documents(cuts) + [{"media": name, "error": "not found"} for name in missing],
        "planned": planned,
        "skipped": skipped,
        "export_folders": places,
    }
    call.out.emit(document, show)
    if missing or cuts.failed:
        raise PartlyFailedError


def _chosen(session: Session, ids: list[str], folder: str, file: Path | None) -> tuple[list[Clip], str]:
    """The clips that are meant, and the digest of the file where one was named."""
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT

    from eightcut_cli import files as media_files

    digest = media_files.find(session, file) if file is not None else ""
    clips = all_clips(session, folder, digest)
    if not ids:
        marked = [clip for clip in clips if clip.origin != CLIP_ORIGIN_SCAN_EXPORT]
        if not marked:
            raise CommandError(_none(session, folder, digest, exported=bool(clips)))
        return marked, digest
    known = {clip.id: clip for clip in clips}
    for each in ids:
        if each not in known:
            raise CommandError(f"There is no clip {each}{' among these' if folder or digest else ''}.")
    return [known[each] for each in unique(ids)], digest


def _none(session: Session, folder: str, digest: str, *, exported: bool) -> str:
    """Why there is nothing to cut."""
    if exported:
        return "These clips are scan exports: name their ids to cut them again."
    from eightcut.store.v1.clip_service_pb2 import ListClipsRequest
    from eightcut_client.exports.places import sibling

    if not folder:
        return "There are no such clips."
    disabled = sibling(folder, disabled=True)
    request = ListClipsRequest(profile=session.profile, folder=disabled, media=digest, page_size=1)
    if folder != disabled and session.connection.clips.ListClips(request).clips:
        return f"The clips in {folder} are disabled: 8cut clips enable --folder {quote(folder)} brings them back."
    return f"There are no clips in {folder}."


def _without_files(session: Session, clips: list[Clip], cutting: Cutting) -> tuple[list[Clip], int]:
    """The clips that have no files where they would go, or lost them all, and how many have some."""
    from eightcut_client.exports.places import is_there, list_files

    places = {name: str(cutting.target(name).folder) for name in {clip.folder for clip in clips}}
    have: set[str] = set()
    for place in set(places.values()):
        meant = [clip.id for clip in clips if places[clip.folder] == place]
        rows = list_files(session.connection, profile=session.profile, clip_ids=meant, export_folder=place)
        have.update(row.clip_id for row in rows if is_there(row))
    return [clip for clip in clips if clip.id not in have], len(have)


def _batches(
    call: Call, session: Session, clips: list[Clip], *, cutting: Cutting, count: int, file: Path | None
) -> tuple[list[Batch], list[str], list[tuple[CutItem, str]]]:
    """Clips by export folder; names of media that are not found here; clips that cannot be cut, with a sentence."""
    from eightcut_cli.cutting import title_of

    media = session.media_of(clip.media for clip in clips)
    found: dict[str, LocalMedia | None] = {}
    missing: list[str] = []
    impossible: list[tuple[CutItem, str]] = []
    by_place: dict[Path, list[CutItem]] = defaultdict(list)
    for clip in clips:
        if clip.media not in found:
            found[clip.media] = _find(media[clip.media], file)
            if found[clip.media] is None:
                missing.append(media[clip.media].filename)
                call.out.note(f"{media[clip.media].filename} is not where it was, and its clips are left out.")
        local = found[clip.media]
        if local is None:
            continue
        item, sentence = _item(session, clip, local, media[clip.media], cutting=cutting, count=count)
        if sentence:
            call.out.note(f"{title_of(item)}: {sentence}")
            impossible.append((item, sentence))
        else:
            by_place[cutting.target(clip.folder).folder].append(item)
    batches = []
    for items in by_place.values():
        target = cutting.target(items[0].folder)
        batches.append(Batch(target, items, cutting.options(items[0].duration, count)))
    return batches, missing, impossible


def _find(media: Media, file: Path | None) -> LocalMedia | None:
    from eightcut_client.local_files import find_file
    from eightcut_client.register import identify_file

    if file is not None and file.exists():
        return identify_file(file)
    return find_file(media.digest, media.path_hint, size=media.size_bytes or None)


def _item(
    session: Session, clip: Clip, local: LocalMedia, media: Media, *, cutting: Cutting, count: int
) -> tuple[CutItem, str]:
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
    from eightcut_client.cutting import CutError, cut_again, sub_clips
    from eightcut_client.exports import CutItem
    from eightcut_client.times import to_seconds

    start, duration = to_seconds(clip.start), to_seconds(clip.duration)
    exported = clip.origin == CLIP_ORIGIN_SCAN_EXPORT
    sentence = ""
    files = _as_exported(session, clip) if exported else ()
    options, length = cutting.options(duration, count), to_seconds(media.duration) or None
    try:
        if files:
            files = cut_again(files, options, length, duration=cutting.duration)
        else:
            files = sub_clips(start, options, length)
    except CutError as error:
        sentence = str(error)
    item = CutItem(
        media=local,
        files=files,
        start=start,
        duration=duration,
        folder=clip.folder,
        label=clip.label,
        category=clip.category,
        clip_id=clip.id,
        exported=exported,
    )
    return item, sentence


def _as_exported(session: Session, clip: Clip) -> tuple[SubClip, ...]:
    """The files of a scan export as they were made: it is as long as the region that they come from."""
    from eightcut_client.cutting import SubClip
    from eightcut_client.exports.places import list_files
    from eightcut_client.times import to_seconds

    rows = list_files(session.connection, profile=session.profile, clip_ids=[clip.id])
    made = {row.index: SubClip(row.index, to_seconds(row.start), to_seconds(row.duration)) for row in rows}
    return tuple(made[index] for index in sorted(made))
