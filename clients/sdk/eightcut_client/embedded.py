"""The embedded default: services of our own, as children, for as long as the connection lives."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

from eightcut_client.child import ChildService, require_installed, stop_all, wait_all_ready
from eightcut_client.endpoints import SERVICE_NAMES, Endpoint, ServiceName
from eightcut_client.errors import EightcutError, ServicesError
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.private_folder import PrivateFolder

NEEDS: dict[ServiceName, tuple[ServiceName, ...]] = {
    "store": (),
    "inference": ("store",),
    "trainer": ("store", "inference"),
}
"""Which services a service calls."""


class EmbeddedServices:
    """Starts services on a data folder when they are first needed, and all they need with them at once.

    They listen on Unix sockets in a private folder (on Windows: on free ports of 127.0.0.1 with a random token).
    A service that died is started again, at the same address, before the next call. Everything ends with `close`,
    with the interpreter's end, with SIGTERM, and with the sudden death of this process.
    """

    def __init__(self, data_dir: Path, inference: InferenceOptions | None = None) -> None:
        """Prepare; nothing is started yet.

        Args:
            data_dir: Their data folder.
            inference: How networks are run.

        Raises:
            ServicesError: The services are not installed, or cannot run on this system.
        """
        require_installed()
        # Inference replaces and removes the files of its tracks while they are read, which Windows does not let it.
        if sys.platform == "win32":
            raise ServicesError(
                "The services run on Linux and macOS: on Windows name a server, for example one that runs in WSL."
            )
        self._data_dir = data_dir.absolute()
        self._inference = inference or InferenceOptions()
        self._lock = threading.RLock()
        self._folder: PrivateFolder | None = None
        self._token: str | None = None
        self._children: dict[ServiceName, ChildService] = {}
        self._ready: set[ServiceName] = set()
        self._closed = False
        self._finalizer = weakref.finalize(self, _stop_and_remove, self._children, None)
        self._restore_signal = _exit_on_sigterm()

    def endpoint(self, name: ServiceName) -> Endpoint:
        """Start the service (and those it needs) if it does not run, and tell where it is.

        Raises:
            ServicesError: One does not start.
        """
        self.start(name)
        return Endpoint(name, self._children[name].address, self._token)

    def start(self, *names: ServiceName, wait: bool = True) -> None:
        """Start services and those they need, all at once.

        Raises:
            EightcutError: The connection is closed.
            ServicesError: One does not start.
        """
        with self._lock:
            if self._closed:
                raise EightcutError("The connection is closed.")
            wanted = with_needs(names)
            for name in wanted:
                if name not in self._children:
                    # Known before it runs: an interruption in between leaves nothing that nobody stops.
                    self._children[name] = self._make(name)
                    self._spawn(name)
            if wait:
                self._wait(wanted)

    def revive(self) -> None:
        """Start again what has died since it was ready.

        Raises:
            ServicesError: It does not start again.
        """
        with self._lock:
            dead = [name for name, child in self._children.items() if not child.running and child.started]
            for name in dead:
                if name in self._ready:
                    self._ready.discard(name)
                    self._children[name].spawn()
            self._wait(dead)

    def pid(self, name: ServiceName) -> int | None:
        """Return the process id of a service that was started."""
        child = self._children.get(name)
        return None if child is None else child.pid

    def close(self) -> None:
        """Stop the services and remove their sockets. Idempotent."""
        with self._lock:
            self._closed = True
            self._restore_signal()
            self._finalizer()

    def _spawn(self, name: ServiceName) -> None:
        try:
            self._children[name].spawn()
        except ServicesError:
            del self._children[name]
            raise

    def _wait(self, names: Sequence[ServiceName]) -> None:
        waiting = [name for name in names if name not in self._ready]
        try:
            wait_all_ready([self._children[name] for name in waiting])
        except ServicesError:
            for name in waiting:
                self._children.pop(name).stop()
            raise
        self._ready.update(waiting)

    def _make(self, name: ServiceName) -> ChildService:
        if self._folder is None:
            self._prepare()
        assert self._folder is not None
        arguments = ["--data-dir", str(self._data_dir)]
        for needed in NEEDS[name]:
            child = self._children[needed]
            if not child.address:  # A port that the system chooses.
                self._wait([needed])
            arguments += [f"--{needed}", child.address]
        if name == "inference":
            arguments += self._inference.arguments()
        if self._token is not None:
            arguments += ["--token-file", str(self._folder.path / "token")]
            listen = "127.0.0.1:0"
        else:
            listen = f"unix:{self._folder.path / name}.sock"
        return ChildService(name, listen, arguments, log_file(self._data_dir, name))

    def _prepare(self) -> None:
        """Make the data folder, and a private one for sockets or the token."""
        make_data_dir(self._data_dir)
        self._folder = PrivateFolder()
        self._finalizer.detach()
        self._finalizer = weakref.finalize(self, _stop_and_remove, self._children, self._folder)
        if sys.platform == "win32":
            self._token = secrets.token_urlsafe(32)
            (self._folder.path / "token").write_text(self._token, encoding="ascii")


def with_needs(names: Iterable[ServiceName]) -> list[ServiceName]:
    """Return the services with those they need, in the order in which they can be started."""
    wanted = set(names) | {needed for name in names for needed in NEEDS[name]}
    return [name for name in SERVICE_NAMES if name in wanted]


def make_data_dir(folder: Path) -> None:
    """Make the data folder, for its owner only.

    Raises:
        ServicesError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServicesError(
            f"The data folder {folder} cannot be made: {(error.strerror or str(error)).lower()}."
        ) from error


def log_file(data_dir: Path, name: ServiceName) -> Path:
    """Return where a service on this data folder logs."""
    return data_dir / "logs" / f"{name}.log"


def _stop_and_remove(children: dict[ServiceName, ChildService], folder: PrivateFolder | None) -> None:
    try:
        stop_all(list(children.values()))
    finally:
        children.clear()
        if folder is not None:
            folder.remove()


def _exit_on_sigterm() -> _Restore:
    """Let SIGTERM end the interpreter properly, unless somebody handles it already."""
    if threading.current_thread() is not threading.main_thread():
        return _Restore(active=False)
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return _Restore(active=False)
    signal.signal(signal.SIGTERM, _raise_exit)
    return _Restore(active=True)


def _raise_exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


class _Restore:
    """Takes our signal handler away again, if it is still ours."""

    def __init__(self, *, active: bool) -> None:
        self._active = active

    def __call__(self) -> None:
        if not self._active or threading.current_thread() is not threading.main_thread():
            return
        self._active = False
        if signal.getsignal(signal.SIGTERM) is _raise_exit:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
