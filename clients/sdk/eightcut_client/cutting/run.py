"""Cutting one file: run ffmpeg, look at what it wrote, keep it only if it is whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from eightcut_client.cancellation import Cancellation
from eightcut_client.cutting.command import Amount, CutJob, amount_of, can_begin_earlier, command_for
from eightcut_client.cutting.complaints import complaint, unwritable
from eightcut_client.cutting.encoders import SOFTWARE, VideoEncoder, choose_encoder
from eightcut_client.cutting.errors import CutError, TargetUnwritableError, TooShortError
from eightcut_client.cutting.ffmpeg import Ffmpeg
from eightcut_client.cutting.measure import Measured, count_images, measure
from eightcut_client.cutting.process import OnValue, run_ffmpeg
from eightcut_client.cutting.sound import SOUNDS, TOLERANCE
from eightcut_client.cutting.source import look_at
from eightcut_client.media.errors import display_name
from eightcut_client.media.files import FileStamp, changed


@dataclass(frozen=True, slots=True)
class CutOutcome:
    """How a file was cut.

    Attributes:
        encoder: ffmpeg's name of the encoder of the picture, or of the sound where there is no picture.
        note: A sentence that a person should know, such as that the hardware encoder did not work; else empty.
    """

    encoder: str
    note: str = ""


def run_cut(
    job: CutJob,
    ffmpeg: Ffmpeg,
    *,
    threads: int = 0,
    cancel: Cancellation | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> CutOutcome:
    """Cut one file with one ffmpeg; blocks until it is done.

    Afterwards ``job.target`` is complete and closed (not yet synced to the disk), or, after an error, is not there.

    Args:
        job: What to cut. What is at its target is overwritten, and removed if it fails.
        ffmpeg: From `find_ffmpeg`.
        threads: Of decoder and encoder each; 0: as many as ffmpeg likes.
        cancel: Kills ffmpeg at once.
        on_progress: Told the part that is done, 0 to 1.

    Raises:
        CancelledError: ``cancel`` was used.
        CutError: It could not be cut; a `TargetUnwritableError` if another clip could not be either.
        MediaError: The source cannot be read, or changed meanwhile.
    """
    if cancel is not None:
        cancel.check()
    stamp = job.expect or FileStamp.of(job.source)
    _require_same(job, stamp)
    amount = amount_of(job, look_at(job.source, stamp, cancel))
    report = _progress(amount, on_progress)
    encoder, note = _encoder(job, ffmpeg)

    def attempt(encoder: VideoEncoder) -> None:
        try:
            _attempt(job, amount, command_for(job, ffmpeg, threads, encoder=encoder), cancel, report)
        except TooShortError:
            if not can_begin_earlier(job):
                raise
            _attempt(job, amount, command_for(job, ffmpeg, threads, encoder=encoder, early=True), cancel, report)

    try:
        try:
            attempt(encoder)
        except (TargetUnwritableError, TooShortError):
            raise
        except CutError:
            if encoder is SOFTWARE:
                raise
            # Hardware may refuse a size, or one session more. If it was the source, this fails as well.
            attempt(SOFTWARE)
            note = f"{encoder.title} failed on {display_name(job.source)}, so the software encoder was used."
            encoder = SOFTWARE
        _require_same(job, stamp)
    except BaseException:
        remove_target(job)
        raise
    if on_progress is not None:
        on_progress(1.0)
    return CutOutcome(_codec_name(job, encoder), note)


def remove_target(job: CutJob) -> None:
    """Remove what an attempt has left at the target; nothing that ffmpeg did not write."""
    with contextlib.suppress(OSError):
        if job.options.format == "webp":
            if job.target.is_dir():
                for image in job.target.glob("frame_*.webp"):
                    image.unlink()
                job.target.rmdir()
            if job.sound is not None:
                job.sound.unlink(missing_ok=True)
        else:
            job.target.unlink(missing_ok=True)


def _attempt(
    job: CutJob, amount: Amount, command: list[str], cancel: Cancellation | None, on_value: OnValue | None
) -> None:
    remove_target(job)
    try:
        if job.options.format == "webp":
            job.target.mkdir(exist_ok=True)
        ended = run_ffmpeg(command, cancel=cancel, on_value=on_value)
        if ended.status != 0:
            raise complaint(ended.words, ended.status, job)
        try:
            _require_whole(job, amount, _measured(job, amount))
        except (ValueError, FileNotFoundError) as error:
            raise complaint(ended.words, ended.status, job) from error
    except OSError as error:
        raise unwritable(error, job.target) from error


def _progress(amount: Amount, on_progress: Callable[[float], None] | None) -> OnValue | None:
    if on_progress is None:
        return None
    name, total = ("frame", amount.frames) if amount.frames else ("out_time_us", amount.samples * 1e6 / amount.rate)

    def note(key: str, value: str) -> None:
        if key == name and value.isdigit():
            on_progress(min(int(value) / total, 1.0))

    return note


def _measured(job: CutJob, amount: Amount) -> Measured:
    if job.options.format != "webp":
        return measure(job.target, job.options.format, amount.rate)
    if job.sound is None:
        raise ValueError("the images of a clip need a place for its sound")
    return Measured(count_images(job.target), measure(job.sound, "wav", amount.rate).samples)


def _require_whole(job: CutJob, amount: Amount, got: Measured) -> None:
    name = display_name(job.source)
    if got.frames < amount.frames:
        end = job.start + max(got.frames * job.duration / amount.frames - TOLERANCE, 0)
        raise TooShortError(
            f"The picture of {name} ends at about {end:.1f} s, before the clip at {job.start:.1f} s does."
            if got.frames
            else f"{name} has no picture at {job.start:.1f} s."
        )
    if got.samples < amount.samples:
        end = job.start + max(got.samples / amount.rate - TOLERANCE, 0)
        raise TooShortError(
            f"The sound of {name} ends at about {end:.1f} s, before the clip at {job.start:.1f} s does."
            if got.samples > TOLERANCE * amount.rate
            else f"{name} has no sound at {job.start:.1f} s."
        )
    if got.frames > amount.frames or got.samples > amount.samples:
        # ffmpeg begins anew where the size of the pictures or the channels of the sound change.
        raise CutError(
            f"{name} changes its picture size or its sound channels near {job.start:.1f} s, "
            "where no clip can be cut; move the clip some seconds."
        )


def _require_same(job: CutJob, stamp: FileStamp) -> None:
    if FileStamp.of(job.source) != stamp:
        raise changed(job.source)


def _encoder(job: CutJob, ffmpeg: Ffmpeg) -> tuple[VideoEncoder, str]:
    return choose_encoder(job.options.encoder, ffmpeg) if job.options.format == "mp4" else (SOFTWARE, "")


def _codec_name(job: CutJob, encoder: VideoEncoder) -> str:
    if job.options.format == "mp4":
        return encoder.codec
    return "libwebp" if job.options.format == "webp" else SOUNDS[job.options.format].codec
