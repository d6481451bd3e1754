"""How the decoder process talks to its parent: a request on stdin, messages on stdout.

A message is one byte of kind, four bytes of little-endian length, and the payload.
"""

from __future__ import annotations

import enum
import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from eightcut_client.media.files import FileStamp

_HEADER = struct.Struct("<cI")
#: A longer message is none of ours. Bounds what a parent allocates on behalf of a broken child.
MAX_PAYLOAD = 64 * 1024 * 1024


class Kind(enum.Enum):
    """Kinds of message."""

    INFO = b"I"  # MediaInfo as JSON; always the first
    AUDIO = b"A"  # interleaved s16le
    SKIPPED = b"S"  # JSON {"samples": n}: n samples before start_sample were decoded and dropped so far
    ERROR = b"E"  # JSON {"error": class name, "message": sentence}; always the last
    END = b"Z"  # DecodeSummary as JSON (in a probe: nothing); always the last


@dataclass(frozen=True, slots=True)
class Request:
    """What the parent asks for.

    Attributes:
        path: The file, as ``os.fsdecode`` gives it.
        probe: Only look; no audio.
        sample_rate: Of the output, Hz.
        channels: Of the output, 1 or 2.
        start_sample: First sample (per channel) to send.
        chunk_samples: Samples (per channel) in every message but the last.
        expect: State in which the file must be.
    """

    path: str
    probe: bool
    sample_rate: int
    channels: int
    start_sample: int
    chunk_samples: int
    expect: FileStamp | None

    def to_bytes(self) -> bytes:
        """Encode; ASCII JSON also carries lone surrogates, that is, names that are no UTF-8."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> Request:
        """Decode what `to_bytes` made."""
        fields: dict[str, Any] = json.loads(data)
        expect = fields.pop("expect")
        return cls(expect=None if expect is None else FileStamp(**expect), **fields)


def write_message(stream: BinaryIO, kind: Kind, payload: bytes | bytearray | memoryview = b"") -> None:
    """Write one message and flush it."""
    stream.write(_HEADER.pack(kind.value, len(payload)))
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[Kind, bytes] | None:
    """Read one message; None at the end of the stream, also in the middle of a message.

    Raises:
        ValueError: The bytes are no message of ours.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, length = _HEADER.unpack(header)
    if length > MAX_PAYLOAD:
        raise ValueError(f"message of {length} bytes")
    payload = stream.read(length)
    if len(payload) < length:
        return None
    return Kind(kind), payload
