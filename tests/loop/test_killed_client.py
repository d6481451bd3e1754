"""SIGKILL of the command in the middle of a scan."""

from __future__ import annotations

import pytest

from tests.loop.conftest import World, assert_as_if_nothing_happened
from tests.loop.product import LINUX, Product, alive, family, wait_for

pytestmark = [pytest.mark.slow, LINUX]


def test_nothing_is_left_of_a_killed_command_and_the_next_one_continues_where_it_stopped(
    world: World, product: Product
) -> None:
    command = product.start("scan", world.long, "--model", "LOGMEL")
    command.pause_when(lambda: product.unfinished() > 300_000, "a part of the file is embedded")
    processes = family(command.pid)
    assert len(processes) >= 4, "the command, a decoder, the Store and Inference"
    command.kill()
    wait_for(lambda: not any(map(alive, processes)), "all of them are gone")
    assert product.unfinished() > 300_000
    scan = product.scan(world.long)
    assert_as_if_nothing_happened(scan, world, product)
    first, second = product.recorded_from()
    assert first == 0
    assert 100 < second < 800
    assert product.history(world.long) == [scan["id"]], "the killed command left no version of its own"
