"""H.264 encoders: how each is asked for good pictures, and whether the hardware for it is there."""

from __future__ import annotations

import functools
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from eightcut_client.cutting.ffmpeg import NO_CONSOLE, Ffmpeg
from eightcut_client.cutting.options import Encoder

_SECONDS = 20.0
_VAAPI_DEVICES = Path("/dev/dri")


@dataclass(frozen=True, slots=True)
class VideoEncoder:
    """How one encoder is used.

    Attributes:
        choice: What a person chooses.
        codec: ffmpeg's name.
        title: For sentences.
        arguments: Of the output.
        filters: At the end of the chain of filters.
        device: Before the input.
    """

    choice: Encoder
    codec: str
    title: str
    arguments: tuple[str, ...]
    filters: str = "format=yuv420p"
    device: tuple[str, ...] = ()


SOFTWARE = VideoEncoder("software", "libx264", "software", ("-preset", "fast", "-crf", "18"))

_HARDWARE: dict[Encoder, VideoEncoder] = {
    found.choice: found
    for found in (
        VideoEncoder(
            "nvenc", "h264_nvenc", "NVENC", ("-preset", "p5", "-rc", "vbr", "-cq", "19", "-b:v", "0", "-bf", "2")
        ),
        VideoEncoder("vaapi", "h264_vaapi", "VAAPI", ("-rc_mode", "CQP", "-qp", "19"), "format=nv12,hwupload"),
        VideoEncoder("qsv", "h264_qsv", "Quick Sync", ("-preset", "medium", "-global_quality", "19"), "format=nv12"),
        VideoEncoder(
            "amf", "h264_amf", "AMF", ("-quality", "quality", "-rc", "cqp", "-qp_i", "19", "-qp_p", "20"), "format=nv12"
        ),
        # Constant quality is only on Apple's own processors; a bit rate works everywhere.
        VideoEncoder("videotoolbox", "h264_videotoolbox", "VideoToolbox", ("-b:v", "12M", "-allow_sw", "0")),
    )
}
_AUTO: dict[str, tuple[Encoder, ...]] = {
    "darwin": ("videotoolbox",),
    "win32": ("nvenc", "qsv", "amf"),
}
_AUTO_ELSEWHERE: tuple[Encoder, ...] = ("nvenc", "qsv", "vaapi")


def choose_encoder(wanted: Encoder, ffmpeg: Ffmpeg) -> tuple[VideoEncoder, str]:
    """Return the encoder to use, and a sentence where it is not the one that was asked for.

    Args:
        wanted: As chosen; "auto" takes the first hardware that works, and says nothing if none does.
        ffmpeg: The program.
    """
    if wanted == "software":
        return SOFTWARE, ""
    choices = _AUTO.get(sys.platform, _AUTO_ELSEWHERE) if wanted == "auto" else (wanted,)
    for choice in choices:
        found = _with_device(_HARDWARE[choice])
        if found.codec in ffmpeg.encoders and _works(str(ffmpeg.path), found):
            return found, ""
    if wanted == "auto":
        return SOFTWARE, ""
    return SOFTWARE, f"{_HARDWARE[wanted].title} does not work on this machine, so the software encoder was used."


def encoder_works(wanted: Encoder, ffmpeg: Ffmpeg) -> bool:
    """Tell whether this machine has it; the first time that takes a fraction of a second."""
    return wanted in ("software", "auto") or choose_encoder(wanted, ffmpeg)[0] is not SOFTWARE


def _with_device(encoder: VideoEncoder) -> VideoEncoder:
    if encoder.choice != "vaapi":
        return encoder
    devices = sorted(_VAAPI_DEVICES.glob("renderD*")) if _VAAPI_DEVICES.is_dir() else []
    # Without a name, VAAPI finds a device by itself.
    return replace(encoder, device=("-vaapi_device", str(devices[0]) if devices else ""))


@functools.lru_cache(maxsize=64)
def _works(program: str, encoder: VideoEncoder) -> bool:
    """Encode a few frames of nothing; what an ffmpeg lists says only how it was built."""
    picture = ("-f", "lavfi", "-i", "color=gray:size=640x360:rate=25:duration=0.2")
    output = ("-vf", encoder.filters, "-c:v", encoder.codec, *encoder.arguments, "-f", "null", "-")
    try:
        done = subprocess.run(
            [program, "-v", "error", "-nostdin", *encoder.device, *picture, *output],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
            creationflags=NO_CONSOLE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
