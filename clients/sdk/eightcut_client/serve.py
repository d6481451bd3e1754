"""`8cut serve`: all three services on a data folder, in the foreground, for as long as one wants."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from eightcut_client.child import ChildService, require_installed, stop_all, wait_all_ready
from eightcut_client.config import default_data_dir
from eightcut_client.discovery import (
    ServedServices,
    answers,
    read_services_file,
    remove_services_file,
    write_services_file,
)
from eightcut_client.embedded import NEEDS, log_file, make_data_dir
from eightcut_client.endpoints import SERVICE_NAMES, ServiceName, parse_server
from eightcut_client.errors import ServicesError, service_title
from eightcut_client.inference_options import InferenceOptions
from eightcut_client.locks import drop_lock, take_lock
from eightcut_client.private_folder import PrivateFolder

_TICK = 0.2
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_STABLE = 60.0  # A service that ran this long starts with a short pause again.


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the services are to be reached.

    Attributes:
        listen: ``host:port`` (and the next two ports; 0: any), ``unix:FOLDER``, or the explicit form of
            `parse_server`; None: Unix sockets in a private folder, found through the data folder.
        token_file: File with the token that clients must show.
        tls_cert: PEM file with the certificate and its chain.
        tls_key: PEM file with its key.
        peer_ca: Certificate authority by which the services (and commands on this data folder) trust the
            certificate; None: they trust just this certificate.
        media_roots: Folders from which Inference may read media itself.
        inference: How networks are run.
    """

    listen: str | None = None
    token_file: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    peer_ca: Path | None = None
    media_roots: tuple[Path, ...] = ()
    inference: InferenceOptions = field(default_factory=InferenceOptions)


@dataclass(slots=True)
class _Watched:
    child: ChildService
    begun: float = field(default_factory=time.monotonic)
    pause: float = _FIRST_PAUSE
    again_at: float | None = None


def serve(
    data_dir: Path | None = None,
    settings: ServeSettings | None = None,
    *,
    on_ready: Callable[[Mapping[ServiceName, str]], None] | None = None,
    on_event: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run the services until SIGINT, SIGTERM or ``stop``. A second signal stops at once.

    A service that dies is started again at the same address, after a pause that grows while it keeps dying.

    Args:
        data_dir: Default: the platform's user data folder for 8-cut.
        settings: See `ServeSettings`.
        on_ready: Told the addresses once all three serve.
        on_event: Told in one sentence when a service dies and is started again.
        stop: Set it to end; also the way when this does not run in the main thread.

    Raises:
        ConfigError: The address makes no sense.
        ServicesError: Another `8cut serve` runs on the folder, a service does not start, or TLS is set up in
            a way in which the services cannot reach each other.
    """
    require_installed()
    folder = (data_dir or default_data_dir()).absolute()
    chosen = settings or ServeSettings()
    if chosen.peer_ca is None:
        chosen = replace(chosen, peer_ca=chosen.tls_cert)
    make_data_dir(folder)
    ending = stop or threading.Event()
    with _only_one(folder), contextlib.ExitStack() as stack:
        children: dict[ServiceName, ChildService] = {}
        sockets = PrivateFolder() if chosen.listen is None else None
        if sockets is not None:
            stack.callback(sockets.remove)
        listen = _listen_addresses(chosen.listen, sockets)
        stack.callback(lambda: stop_all(list(children.values())))
        stack.enter_context(_signals(ending))
        _start(children, listen, folder, chosen)
        if ending.is_set():
            return
        addresses = {name: _reachable(listen[name], child.address) for name, child in children.items()}
        served = ServedServices(
            addresses, os.getpid(), _absolute(chosen.token_file), chosen.tls_cert is not None, _absolute(chosen.peer_ca)
        )
        _check_peers(served)
        write_services_file(folder, served)
        stack.callback(remove_services_file, folder)
        if on_ready is not None:
            on_ready(addresses)
        _supervise(children, ending, on_event or _silent)


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        lock = take_lock(folder / "serve.lock")
    except BlockingIOError as error:
        other = read_services_file(folder)
        who = f" (process {other.pid})" if other is not None else ""
        raise ServicesError(f"Another 8cut serve{who} is running on {folder}.") from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ServicesError(f"The data folder {folder} cannot be used: {why}.") from error
    try:
        yield
    finally:
        drop_lock(lock)


def _listen_addresses(listen: str | None, sockets: PrivateFolder | None) -> dict[ServiceName, str]:
    if sockets is not None:
        listen = f"unix:{sockets.path}"
    assert listen is not None
    if listen.endswith(":0") and "=" not in listen:
        return dict.fromkeys(SERVICE_NAMES, listen)
    endpoints = parse_server(listen, plaintext=True)
    missing = [name for name in SERVICE_NAMES if name not in endpoints]
    if missing:
        raise ServicesError(f"The address to listen on names no {service_title(missing[0])} ({missing[0]}=ADDR).")
    return {name: endpoints[name].address for name in SERVICE_NAMES}


def _start(
    children: dict[ServiceName, ChildService],
    listen: Mapping[ServiceName, str],
    folder: Path,
    settings: ServeSettings,
) -> None:
    common = ["--data-dir", str(folder)]
    for option, value in (
        ("--token-file", settings.token_file),
        ("--tls-cert", settings.tls_cert),
        ("--tls-key", settings.tls_key),
    ):
        if value is not None:
            common += [option, str(value.absolute())]
    for name in SERVICE_NAMES:
        arguments = list(common)
        for needed in NEEDS[name]:
            if not children[needed].address:
                children[needed].wait_ready()
            arguments += [f"--{needed}", _reachable(listen[needed], children[needed].address)]
        if NEEDS[name] and settings.peer_ca is not None:
            arguments += ["--peer-ca", str(settings.peer_ca.absolute())]
        if name == "inference":
            for root in settings.media_roots:
                arguments += ["--media-root", str(root.absolute())]
            arguments += settings.inference.arguments()
        children[name] = ChildService(name, listen[name], arguments, log_file(folder, name))
        children[name].spawn()
    wait_all_ready(list(children.values()))


def _check_peers(served: ServedServices) -> None:
    """Sees that the services reach each other over TLS: else nothing works, and only later calls would tell."""
    if served.tls and not answers(served.endpoints()["store"]):
        address = served.addresses["store"]
        raise ServicesError(
            f"The services cannot reach each other at {address} with this certificate: it must be valid for the name "
            f"{address.rpartition(':')[0]} (else --listen NAME:PORT with a name that it is valid for), and its "
            "authority may be needed (--ca)."
        )


def _supervise(
    children: Mapping[ServiceName, ChildService], ending: threading.Event, tell: Callable[[str], None]
) -> None:
    watched = [_Watched(child) for child in children.values()]
    while not ending.wait(_TICK):
        for each in watched:
            _look_after(each, tell)


def _look_after(each: _Watched, tell: Callable[[str], None]) -> None:
    if each.child.running:
        return
    now = time.monotonic()
    if each.again_at is None:
        if now - each.begun > _STABLE:
            each.pause = _FIRST_PAUSE
        each.again_at = now + each.pause
        tell(f"The {service_title(each.child.name)} ended unexpectedly; starting it again in {each.pause:.0f} s.")
        each.pause = min(each.pause * 2, _LONGEST_PAUSE)
    if now >= each.again_at:
        each.again_at = None
        each.begun = now
        try:
            each.child.spawn()
        except ServicesError as error:
            tell(str(error))


@contextlib.contextmanager
def _signals(ending: threading.Event) -> Iterator[None]:
    """Inside the block the first SIGINT or SIGTERM sets ``ending``; a second one interrupts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            raise KeyboardInterrupt
        ending.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(listen: str, address: str) -> str:
    """Return how to reach an address that was listened on: no one can connect to "any".

    A host is reached by the name that was asked for: that is what its certificate is valid for.
    """
    if address.startswith("unix:"):
        return address
    host = "localhost" if listen.startswith(("0.0.0.0:", "[::]:")) else listen.rpartition(":")[0]
    return f"{host}:{address.rpartition(':')[2]}"


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _silent(_sentence: str) -> None:
    return None
