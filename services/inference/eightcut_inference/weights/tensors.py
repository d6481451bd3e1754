"""Reading and writing files of tensors in the safetensors format. Imports torch."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from eightcut_inference.networks.architecture import Shape
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import OnBytes

_BLOCK = 8 * 1024 * 1024


def read_tensors(file: Path) -> Mapping[str, torch.Tensor]:
    """The tensors of a file of ours, on the processor; the memory is the file's until something writes to it.

    Raises:
        WeightsError: It is no safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"The weights in {file} cannot be read: {error}.") from error


def write_tensors(
    file: Path, shapes: Mapping[str, Shape], tensor: Callable[[str], torch.Tensor], on_bytes: OnBytes
) -> tuple[str, int]:
    """Writes float32 tensors, one after the other, so that only one of them is in memory, and through to the disk.

    The format (https://github.com/huggingface/safetensors): eight bytes with the header's length, the header in JSON
    padded with spaces to eight bytes, then the tensors. The same tensors always give the same bytes.

    Args:
        file: Is made, or overwritten.
        shapes: Of all tensors, by name.
        tensor: Gives one by name, float32 and of its shape.
        on_bytes: Told bytes written, and bytes in all.

    Returns:
        The SHA-256 of the file, and its length.

    Raises:
        OSError: The disk is full, say.
    """
    header: dict[str, object] = {}
    end = 0
    for name in sorted(shapes):
        begin, end = end, end + 4 * int(np.prod(shapes[name], dtype=np.int64))
        header[name] = {"dtype": "F32", "shape": list(shapes[name]), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    total, done = 8 + len(text) + end, 0
    with file.open("wb") as out:

        def write(data: bytes | memoryview) -> None:
            nonlocal done
            digest.update(data)
            out.write(data)
            done += len(data)
            on_bytes(done, total)

        write(len(text).to_bytes(8, "little") + text)
        for name in sorted(shapes):
            data = tensor(name).contiguous().reshape(-1).numpy().view(np.uint8).data
            for start in range(0, len(data), _BLOCK):
                write(data[start : start + _BLOCK])
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), total
