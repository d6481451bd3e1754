"""Shared by the runtime's tests."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from eightcut_runtime.testing import RunningService, serve_in_thread

from tests.runtime.sample_service import SPEC


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


class Certificate(NamedTuple):
    """PEM files of a self-signed certificate for localhost."""

    cert: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(made.key),
            "-out",
            str(made.cert),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return made
