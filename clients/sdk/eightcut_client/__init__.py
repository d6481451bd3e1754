"""8-cut client library: connections, retries, media decoding and upload.

The names below are imported when they are first used, so that importing the package (or only its ``media``
part, as the decoder process does) costs nothing. Training is in `eightcut_client.train`, running the services in
`eightcut_client.serve`.

Example:
    Scan a file with the classifier that was trained on LOGMEL::

        from eightcut_client import Connection, scan_file

        with Connection.resolve() as conn:
            scan = scan_file(conn, "holiday.mp4", model="LOGMEL", on_progress=print)
            print(scan.id, scan.region_count)

Everything that goes wrong is an `EightcutError` (the services, the connection, the configuration) or an
`eightcut_client.media.MediaError` (the file); the text of both is one sentence for the person.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation
    from eightcut_client.config import Config, load_config
    from eightcut_client.connection import Connection
    from eightcut_client.embed import embed_file
    from eightcut_client.errors import (
        CancelledError,
        ConflictError,
        EightcutError,
        InvalidError,
        NotFoundError,
        PreconditionError,
        UnauthenticatedError,
        UnavailableError,
    )
    from eightcut_client.progress import Progress, Stage
    from eightcut_client.register import LocalMedia, identify_file, register_file
    from eightcut_client.scan import scan_file
    from eightcut_client.train import TrainResult, find_missing, preview

__version__ = "0.1.0"

__all__ = [
    "Cancellation",
    "CancelledError",
    "Config",
    "ConflictError",
    "Connection",
    "EightcutError",
    "InvalidError",
    "LocalMedia",
    "NotFoundError",
    "PreconditionError",
    "Progress",
    "Stage",
    "TrainResult",
    "UnauthenticatedError",
    "UnavailableError",
    "embed_file",
    "find_missing",
    "identify_file",
    "load_config",
    "preview",
    "register_file",
    "scan_file",
]

_MODULES = {
    "Cancellation": "cancellation",
    "Config": "config",
    "Connection": "connection",
    "LocalMedia": "register",
    "Progress": "progress",
    "Stage": "progress",
    "TrainResult": "train",
    "embed_file": "embed",
    "find_missing": "train",
    "identify_file": "register",
    "load_config": "config",
    "preview": "train",
    "register_file": "register",
    "scan_file": "scan",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    value = getattr(module, name)
    globals()[name] = value
    return value
