"""A throwaway PostgreSQL on a Unix socket, for the tests of one session."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

_INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
_SETTINGS = tuple(
    word
    for setting in ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=100")
    for word in ("-c", setting)
)
# Not Popen's user=, which forks: gRPC, if it runs in this process, starts its threads in the child again.
_BECOME = (
    "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1])); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)


class CannotStartError(Exception):
    """No PostgreSQL can be started here; the text says why."""


@dataclass(frozen=True)
class Cluster:
    """A running server. Databases in it are made with `create` and seen by `url`."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, database: str, template: str | None = None) -> str:
        self.execute(f'CREATE DATABASE "{database}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(database)

    def drop(self, database: str) -> None:
        self.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Starts a server and stops it at the end.

    Raises:
        CannotStartError: It cannot be started here.
    """
    binaries = _binaries()
    account = _someone_else() if os.geteuid() == 0 else None
    who = [] if account is None else [sys.executable, "-I", "-c", _BECOME, str(account.pw_uid), str(account.pw_gid)]
    # Short: the path of a Unix socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    try:
        folder.chmod(0o755)
        if account is not None:
            os.chown(folder, account.pw_uid, -1)
        data = folder / "data"
        _run([*who, binaries / "initdb", "-D", data, *_INITDB])
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [*who, binaries / "postgres", "-D", data, "-k", folder, *_SETTINGS],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
            )
        cluster = Cluster(folder)
        try:
            _wait(cluster, server)
            yield cluster
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    candidates = [path.parent for path in reversed(found)]
    if config := shutil.which("pg_config"):
        bindir = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        candidates.append(Path(bindir))
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise CannotStartError("PostgreSQL is not installed (looked for initdb in /usr/lib/postgresql, pg_config and PATH)")


def _someone_else() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStartError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _run(command: list[Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd="/")
    if done.returncode:
        raise CannotStartError(f"initdb failed: {done.stderr.strip()[-300:]}")


def _wait(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    last = ""
    for _ in range(300):
        if server.poll() is not None:
            raise CannotStartError(f"postgres ended: {(cluster.folder / 'log').read_text()[-300:]}")
        try:
            cluster.execute("SELECT 1")
        except psycopg.OperationalError as error:
            last = str(error)
            time.sleep(0.1)
        else:
            return
    server.kill()
    raise CannotStartError(f"postgres does not answer: {last}")
