"""Weights of embedders: brought in by a process of the services' packages, on this machine.

The process ends when this one does, however that happens; what it has downloaded is used the next time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from eightcut_client.child import own_group
from eightcut_client.errors import EightcutError, PreconditionError, ServicesError

_PACKAGE = "eightcut_inference"
_MODULE = "eightcut_inference.weights"
_SECRETS = ("EIGHTCUT_TOKEN",)
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class WeightsProgress:
    """How far weights are.

    Attributes:
        stage: "download", "check" or "convert".
        done: Bytes of this stage.
        total: Bytes of it in all.
    """

    stage: str
    done: int
    total: int

    @property
    def fraction(self) -> float:
        """Done of total, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


OnWeights: TypeAlias = Callable[[WeightsProgress], None]
OnNote: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """Weights that are there now.

    Attributes:
        changed: Whether they were not there before.
        weights: What they are: id, repo, revision, files, sha256, bytes, tensors; None for an embedder that needs none.
    """

    changed: bool
    weights: Mapping[str, Any] | None


def pull_weights(
    embedder_id: str,
    data_dir: Path,
    *,
    weights_dir: Path | None = None,
    on_progress: OnWeights | None = None,
    on_note: OnNote | None = None,
) -> BroughtIn:
    """Fetch the published weights of an embedder from the hub; a download that was cut off goes on.

    Args:
        embedder_id: Whose.
        data_dir: Data folder of the services.
        weights_dir: Folder of the weights; default: in the data folder.
        on_progress: Told how far it is.
        on_note: Told, in a sentence, what is worth knowing.

    Raises:
        ServicesError: The services are not installed here, or the process broke down.
        PreconditionError: There is no such embedder, the hub cannot be reached, or what it gave is wrong.
    """
    return _brought(["pull", "--", embedder_id], data_dir, weights_dir, on_progress, on_note)


def import_weights(
    embedder_id: str,
    path: Path,
    data_dir: Path,
    *,
    weights_dir: Path | None = None,
    on_progress: OnWeights | None = None,
) -> BroughtIn:
    """Take the weights of an embedder from a file or folder.

    Args:
        embedder_id: Whose.
        path: File (safetensors or PyTorch's) or folder.
        data_dir: Data folder of the services.
        weights_dir: Folder of the weights; default: in the data folder.
        on_progress: Told how far it is.

    Raises:
        ServicesError: As `pull_weights`.
        PreconditionError: There is no such embedder, or the files are not its weights.
    """
    return _brought(["import", "--", embedder_id, str(path.absolute())], data_dir, weights_dir, on_progress, None)


def list_weights(data_dir: Path, *, weights_dir: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return what is here of the weights of all embedders that need any, by embedder's id.

    Each has ``repo``, ``revision``, ``bytes`` (None: not here) and ``problem`` (a sentence, or empty).

    Raises:
        ServicesError: As `pull_weights`.
    """
    done = _run(["list"], data_dir, weights_dir, None, None)
    return {each.pop("id"): each for each in done["embedders"]}


def _brought(
    arguments: Sequence[str],
    data_dir: Path,
    weights_dir: Path | None,
    on_progress: OnWeights | None,
    on_note: OnNote | None,
) -> BroughtIn:
    done = _run(arguments, data_dir, weights_dir, on_progress, on_note)
    return BroughtIn(bool(done["changed"]), done["weights"])


def _run(
    arguments: Sequence[str],
    data_dir: Path,
    weights_dir: Path | None,
    on_progress: OnWeights | None,
    on_note: OnNote | None,
) -> dict[str, Any]:
    """Run the process and follow its events to the last one."""
    if importlib.util.find_spec(_PACKAGE) is None:
        raise ServicesError(
            "Weights are kept where the Inference service runs, and it is not installed here: run this there, or "
            'install it with pip install "eightcut-cli[services,networks]".'
        )
    options = ["--data-dir", str(data_dir.absolute()), "--exit-with-parent"]
    if weights_dir is not None:
        options += ["--weights-dir", str(weights_dir.absolute())]
    command, *rest = arguments
    with tempfile.TemporaryFile() as stderr, _process([command, *options, *rest], stderr) as process:
        for line in cast("IO[bytes]", process.stdout):
            event = _event(line)
            match event.get("event"):
                case "progress" if on_progress is not None:
                    on_progress(WeightsProgress(event["stage"], event["done"], event["total"]))
                case "note" if on_note is not None:
                    on_note(event["message"])
                case "error":
                    raise PreconditionError(event["message"])
                case "done":
                    return event
        status = process.wait()
        stderr.seek(0)
        said = stderr.read().decode("utf-8", "replace").strip().splitlines()
    why = f": {said[-1]}" if said else ""
    raise ServicesError(f"What brings weights in broke down (exit status {status}){why}.")


def _event(line: bytes) -> dict[str, Any]:
    try:
        event: Any = json.loads(line)
    except ValueError as error:
        raise EightcutError("What brings weights in printed something that makes no sense.") from error
    return event if isinstance(event, dict) else {}


@contextlib.contextmanager
def _process(arguments: Sequence[str], stderr: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, in a session of its own, so that Ctrl+C reaches only us; it is gone when the block ends."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={name: value for name, value in os.environ.items() if name not in _SECRETS},
            **own_group(),
        )
    except OSError as error:
        raise ServicesError(f"Weights cannot be brought in: {(error.strerror or str(error)).lower()}.") from error
    try:
        yield process
    finally:
        try:
            process.terminate()
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                cast("IO[bytes]", pipe).close()
