"""A Store of its own for each test, and a connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.service import SPEC


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    folder = tmp_path / "store"
    folder.mkdir()
    with serve_in_thread(SPEC, ["--database", f"sqlite:///{folder / 'store.sqlite3'}"]) as running:
        with Connection.remote(f"store={running.address}") as connection:
            yield connection
