"""Real servers for the tests of Inference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from eightcut_inference.server import make_spec
from eightcut_runtime.testing import RunningService, serve_in_thread
from eightcut_store.service import SPEC as STORE

from tests.inference.fakes import Probe, Serve, registry_with
from tests.inference.world import World


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def serve(tmp_path: Path, probe: Probe) -> Iterator[Serve]:
    """Starts Inference servers, which share one data folder unless told otherwise."""
    with ExitStack() as stack:

        def start(*options: str, data_dir: Path | None = None, probes: tuple[Probe, ...] = (probe,)) -> RunningService:
            argv = ["--data-dir", str(data_dir or tmp_path / "data"), *options]
            if "--store" not in options:
                argv += ["--store", f"unix:{tmp_path}/nobody.sock"]
            return stack.enter_context(serve_in_thread(make_spec(registry_with(*probes), store_timeout=1.0), argv))

        try:
            yield start
        finally:
            # A server that stops waits for its engine.
            probe.gate.set()


@pytest.fixture
def server(serve: Serve) -> RunningService:
    return serve()


@pytest.fixture
def channel(server: RunningService) -> Iterator[grpc.Channel]:
    with server.channel() as channel:
        yield channel


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunningService]:
    """A real Store."""
    with serve_in_thread(STORE, ["--data-dir", str(tmp_path / "store")]) as running:
        yield running


@pytest.fixture
def world(store: RunningService) -> Iterator[World]:
    """What is in the Store: one registered media."""
    with store.channel() as channel:
        world = World(channel)
        world.register()
        yield world


@pytest.fixture
def scanner(serve: Serve, store: RunningService) -> Iterator[grpc.Channel]:
    """A channel to an Inference server that knows the Store."""
    with serve("--store", store.address).channel() as channel:
        yield channel
