"""Fixtures for the sdk's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_client import Connection
from eightcut_runtime.testing import serve_in_thread

from tests.sdk.stand_in import Behaviour, stand_in
from tests.support.media import noise, write_media


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def received(tmp_path: Path) -> Path:
    """Where the stand-in keeps what it got."""
    folder = tmp_path / "received"
    folder.mkdir()
    return folder


@pytest.fixture
def conn(behaviour: Behaviour, received: Path, tmp_path: Path) -> Iterator[Connection]:
    """A connection to stand-in services."""
    with serve_in_thread(stand_in(behaviour, received), listen=f"unix:{tmp_path}/s") as running:
        address = running.address
        with Connection.remote(f"store={address},inference={address},trainer={address}") as connection:
            yield connection


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of noise: 15 messages of 256 KiB."""
    return write_media(tmp_path_factory.mktemp("media") / "a.wav", noise(60, 16_000), 16_000)
