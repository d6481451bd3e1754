"""Shared by the runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from eightcut_runtime.testing import RunningService, serve_in_thread

from tests.runtime.sample_service import SPEC
from tests.support.certificates import Certificate, make_certificate


@pytest.fixture(scope="module")
def sample() -> Iterator[RunningService]:
    with serve_in_thread(SPEC) as running:
        yield running


@pytest.fixture
def channel(sample: RunningService) -> Iterator[grpc.Channel]:
    with sample.channel() as channel:
        yield channel


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "s.sock"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))
