"""``python -m eightcut_inference.weights``: what `8cut models` runs on the machine of the service.

It prints lines of JSON: ``{"event": "progress", "stage": …, "done": …, "total": …}`` and ``{"event": "note",
"message": …}`` while it works, and at last ``{"event": "done", …}`` or ``{"event": "error", "message": …}``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import SPECS, find_spec
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.folder import MissingError, WeightsFolder
from eightcut_inference.weights.importing import Imported, import_weights
from eightcut_inference.weights.pull import pull

FAILED, INTERRUPTED = 1, 130
_INTERVAL = 0.1  # seconds between two reports of progress
_NO_WEIGHTS = "LOGMEL"


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line says; returns the exit code."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    if options.exit_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        say("done", **_run(options))
    except WeightsError as error:
        say("error", message=str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eightcut_inference.weights", description="Weights of embedders.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", type=Path, required=True, metavar="D", help="folder of the services' data")
    common.add_argument("--weights-dir", type=Path, metavar="W", help="folder of the weights (default: D/weights)")
    common.add_argument("--exit-with-parent", action="store_true", help="end when the standard input does")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", parents=[common], help="what is here")
    pull_parser = commands.add_parser("pull", parents=[common], help="fetch published weights from the hub")
    pull_parser.add_argument("id", metavar="ID")
    import_parser = commands.add_parser("import", parents=[common], help="take weights from a file or folder")
    import_parser.add_argument("id", metavar="ID")
    import_parser.add_argument("path", type=Path, metavar="PATH")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> dict[str, object]:
    folder = WeightsFolder((options.weights_dir or options.data_dir / "weights").absolute())
    if options.command == "list":
        return {"embedders": [_describe(folder, spec) for spec in SPECS]}
    spec = _spec(options.id)
    if spec is None:
        if options.command == "import":
            raise WeightsError(f"{options.id} needs no weights, so {options.path} was not imported.")
        return {"id": options.id, "weights": None, "changed": False}
    progress = Progress()
    if options.command == "pull":
        imported = pull(folder, spec, progress, lambda sentence: say("note", message=sentence))
    else:
        imported = import_weights(folder, spec, options.path, progress)
    return _document(spec, imported)


def _spec(embedder_id: str) -> NetworkSpec | None:
    spec = find_spec(embedder_id)
    if spec is None and embedder_id != _NO_WEIGHTS:
        known = ", ".join([_NO_WEIGHTS, *(spec.id for spec in SPECS)])
        raise WeightsError(f"There is no embedder {embedder_id}: known are {known}.")
    return spec


def _document(spec: NetworkSpec, imported: Imported) -> dict[str, object]:
    manifest = imported.manifest
    return {
        "id": spec.id,
        "changed": imported.changed,
        "weights": {
            "id": manifest.weights,
            "repo": manifest.source.repo,
            "revision": manifest.source.revision,
            "files": dict(manifest.source.files),
            "sha256": manifest.sha256,
            "bytes": manifest.bytes,
            "tensors": manifest.tensors,
        },
    }


def _describe(folder: WeightsFolder, spec: NetworkSpec) -> dict[str, object]:
    """What is here of an embedder's weights, as far as sizes tell."""
    described: dict[str, object] = {"id": spec.id, "repo": spec.published.repo, "revision": spec.published.revision}
    try:
        manifest = folder.find(spec.weights).manifest
    except MissingError:
        return {**described, "bytes": None, "problem": ""}
    except WeightsError as error:
        return {**described, "bytes": None, "problem": str(error)}
    source = manifest.source
    return {**described, "repo": source.repo, "revision": source.revision, "bytes": manifest.bytes, "problem": ""}


class Progress:
    """Reports of progress, not too many."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """See `importing.OnProgress`."""
        now = time.monotonic()
        if stage != self._stage or done >= total or now - self._last >= _INTERVAL:
            self._stage, self._last = stage, now
            say("progress", stage=stage, done=done, total=total)


def say(event: str, **values: object) -> None:
    """Prints an event."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Ends like Ctrl+C when whoever started us is gone, and by force when that does not help."""
    while os.read(sys.stdin.fileno(), 4096):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
