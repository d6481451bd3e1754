"""SIGKILL of every service in the middle of a scan and of a training: the same command finishes all the same."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from tests.loop.conftest import World, assert_as_if_nothing_happened
from tests.loop.product import LINUX, SERVICES, Product, Running, Service, children, service_process, serving, wait_for

pytestmark = [pytest.mark.slow, LINUX]


class Host(Protocol):
    """Whatever runs the services."""

    product: Product

    def kill(self, name: str) -> None:
        """SIGKILL; it is started again at once or after a while."""

    def pid(self, name: str) -> int | None:
        """Of a service, None while it is away."""


class Served:
    """`8cut serve`, which starts again what dies."""

    def __init__(self, product: Product, pid: int) -> None:
        self.product = product
        self._pid = pid

    def kill(self, name: str) -> None:
        pid = self.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def pid(self, name: str) -> int | None:
        return service_process(self._pid, name)


class ByHand:
    """Services that are started one by one at fixed addresses, used with --server."""

    def __init__(self, product: Product, services: dict[str, Service]) -> None:
        self.product = product
        self._services = services

    def kill(self, name: str) -> None:
        self._services[name].kill()
        self._services[name].start()

    def pid(self, name: str) -> int | None:
        return self._services[name].pid


@contextmanager
def by_hand(product: Product) -> Iterator[ByHand]:
    with ExitStack() as stack:
        sockets = Path(tempfile.mkdtemp(prefix="8c"))
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
        services = {name: Service(name, sockets, product.data) for name in SERVICES}
        for service in services.values():
            service.start()
            stack.callback(service.kill)
        yield ByHand(replace(product, server=f"unix:{sockets}"), services)


@pytest.fixture(scope="module", params=["8cut serve", "--server"])
def host(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("killed")
    shutil.copytree(world.data, folder / "data")
    product = Product(folder / "data", folder)
    if request.param == "--server":
        with by_hand(product) as running:
            yield running
    else:
        with serving(product.data) as pid:
            yield Served(product, pid)
    product.end()


def pause_at(command: Running, product: Product, size: int) -> None:
    command.pause_when(lambda: product.unfinished() > size, f"{size} bytes are embedded")


def test_a_scan(host: Host, world: World) -> None:
    product = host.product
    marked = product.ask("clips", "add", world.train, "--start", "40", "--folder", "other")["clip"]
    command = product.start("scan", world.long, "--model", "LOGMEL", "--scores")
    pause_at(command, product, 200_000)
    host.kill("inference")
    command.resume()
    wait_for(lambda: len(product.recorded_from()) == 2, "the upload goes on")
    pause_at(command, product, product.unfinished() + 200_000)
    host.kill("trainer")
    host.kill("store")
    command.resume()
    (scan,) = command.finish().json["scans"]
    assert_as_if_nothing_happened(scan, world, product)
    first, second = product.recorded_from()
    assert first == 0
    assert 50 < second < 800, "what was embedded before is not embedded again"
    assert product.history(world.long) == [scan["id"]]
    assert product.ask("clips", "delete", marked["id"]) == {"deleted": 1}, "it was acknowledged, so it is there"


def test_a_training(host: Host, world: World) -> None:
    product = host.product
    for track in product.data.glob("tracks/*/*.track"):
        track.unlink()
    known = len(product.recorded_from())
    command = product.start("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5")
    pause_at(command, product, 100_000)
    host.kill("inference")
    command.resume()
    in_the_middle_of_the_run(command, host)
    before = host.pid("trainer")
    host.kill("trainer")
    command.resume()
    wait_for(lambda: host.pid("trainer") not in (None, before), "the Trainer is back")
    in_the_middle_of_the_run(command, host)
    host.kill("store")
    command.resume()
    made = command.finish().json["classifier"]
    first, second = product.recorded_from()[known:]
    assert first == 0
    assert 20 < second < 440, "what was embedded before is not embedded again"
    known = product.ask("classifiers", "list")["classifiers"]
    assert [(c["id"], c["version"], c["active"]) for c in known] == [(made["id"], 2, True), ("1", 1, False)]
    assert [made["examples"][kind] for kind in ("positive", "auto_negative")] == [
        known[1]["examples"][kind] for kind in ("positive", "auto_negative")
    ]


def in_the_middle_of_the_run(command: Running, host: Host) -> None:
    """The Trainer has begun to fit, in a process of its own."""

    def fitting() -> bool:
        pid = host.pid("trainer")
        return pid is not None and bool(children(pid))

    command.pause_when(fitting, "the Trainer fits")
