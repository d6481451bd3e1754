"""Listen addresses: what they mean, who may reach them, and taking them without surprises."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from eightcut_runtime.errors import StartError

# sockaddr_un.sun_path less its closing zero byte.
_UNIX_PATH_BYTES = 107 if sys.platform == "linux" else 103


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """``host:port``; the port may be 0 (the system picks one).

    Attributes:
        host: A name or an address, IPv6 without brackets.
        port: 0 … 65535.
    """

    host: str
    port: int

    def __str__(self) -> str:
        """Returns the form that users write and gRPC takes."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def is_local(self) -> bool:
        """Tells whether only this machine can reach it."""
        return all(ipaddress.ip_address(found.split("%")[0]).is_loopback for found in self._resolved())

    def _resolved(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise StartError(f"Cannot listen on {self}: the host name is unknown.") from error
        return [str(entry[4][0]) for entry in found]

    def ensure_free(self) -> None:
        """Binds and lets go: gRPC itself does not say why it cannot bind.

        Raises:
            StartError: In use, not permitted, or no address of this machine.
        """
        if self.port == 0:
            return
        for found in self._resolved():
            family = socket.AF_INET6 if ":" in found else socket.AF_INET
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((found.split("%")[0], self.port))
                except OSError as error:
                    raise StartError(f"Cannot listen on {self}: {_lower(error)}.") from error


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """``unix:/path`` of a socket in the file system."""

    path: Path

    def __str__(self) -> str:
        """Returns the form that users write and gRPC takes."""
        return f"unix:{self.path}"

    def is_local(self) -> bool:
        """A Unix socket is reachable from this machine only, here by its owner only."""
        return True


Address = TcpAddress | UnixAddress


def parse_address(text: str) -> Address:
    """Reads ``unix:/path`` (or ``unix:///path``), ``host:port``, ``[v6]:port``.

    ``localhost`` is taken as 127.0.0.1: the name may stand for two addresses of which one is taken.

    Raises:
        ValueError: It is none of these; the text says what is wrong.
    """
    if text.startswith("unix:"):
        path = text.removeprefix("unix:").removeprefix("//")
        if not path:
            raise ValueError("a Unix socket needs a path, as in unix:/run/8cut/store.sock")
        return UnixAddress(Path(path).absolute())
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r} is not an address: an IPv6 address is written as [::1]:port")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not an address: use host:port or unix:/path")
    return TcpAddress("127.0.0.1" if host == "localhost" else host, int(port))


class SocketFile:
    """Owns the path of a Unix socket while a server lives.

    A lock beside the socket (``.lock``) keeps two services that start at once apart. gRPC would replace a socket
    that another server is listening on; so it binds inside a private folder, and the finished socket, mode 0600,
    is renamed to its place. At the end socket and lock are removed.

    Args:
        path: Where clients find it. A missing folder is made with mode 0700.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock = -1
        self._folder: Path | None = None
        self._identity: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        """Takes the path.

        Raises:
            StartError: A server answers there, something else is there, or it cannot be made.
        """
        longest = max(len(os.fsencode(self._path)), len(os.fsencode(self._path.parent)) + len("/.12345678/s"))
        if longest > _UNIX_PATH_BYTES:
            raise StartError(f"The path of the Unix socket {self._path} is too long for this system.")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
            try:
                self._ensure_nobody_listens()
                self._folder = Path(tempfile.mkdtemp(prefix=".", dir=self._path.parent))
            except BaseException:
                self._drop_lock()
                raise
        except OSError as error:
            raise StartError(f"Cannot listen on unix:{self._path}: {_lower(error)}.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Removes what was made, but not a socket that somebody put there since."""
        if self._folder is not None:
            self._binding_path.unlink(missing_ok=True)
            self._folder.rmdir()
            self._folder = None
        try:
            found = self._path.lstat()
            if (found.st_dev, found.st_ino) == self._identity:
                self._path.unlink()
        except FileNotFoundError:
            self._identity = None
        self._drop_lock()

    @property
    def _binding_path(self) -> Path:
        assert self._folder is not None
        return self._folder / "s"

    @property
    def binding_target(self) -> str:
        """What gRPC is to bind."""
        return f"unix:{self._binding_path}"

    def publish(self) -> None:
        """Puts the bound socket in its place, replacing a stale one in the same step."""
        binding = self._binding_path
        binding.chmod(0o600)
        made = binding.lstat()
        self._identity = made.st_dev, made.st_ino
        binding.rename(self._path)
        binding.parent.rmdir()
        self._folder = None

    def _ensure_nobody_listens(self) -> None:
        try:
            if not stat.S_ISSOCK(self._path.lstat().st_mode):
                raise StartError(f"Cannot listen on unix:{self._path}: a file that is no socket is in its place.")
        except FileNotFoundError:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(str(self._path))
            except (ConnectionRefusedError, FileNotFoundError):
                return
            except TimeoutError:
                pass  # Its backlog is full: somebody is there, though busy.
        raise self._in_use()

    def _in_use(self) -> StartError:
        return StartError(f"Cannot listen on unix:{self._path}: address already in use.")

    def _take_lock(self) -> None:
        # Only POSIX has flock, and only there does gRPC offer Unix sockets.
        import fcntl

        while True:
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The former owner may have removed the file between the two lines above.
                if self._lock_path.exists() and os.path.samestat(os.fstat(lock), self._lock_path.stat()):
                    self._lock = lock
                    return
            except BlockingIOError as error:
                os.close(lock)
                raise self._in_use() from error
            os.close(lock)

    def _drop_lock(self) -> None:
        if self._lock >= 0:
            self._lock_path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def _lower(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
