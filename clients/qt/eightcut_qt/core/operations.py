"""Mutations: done in the order in which the person did them; each tells which things changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from PyQt6.QtCore import QObject

from eightcut_qt.core.bus import Bus, Change
from eightcut_qt.core.tasks import Lane, Task, Tasks

if TYPE_CHECKING:
    from eightcut_qt.gateway import Gateway

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ValueT]):
    """What a mutation returns: its value, and what it changed (None: nothing)."""

    value: ValueT
    change: Change | None


class Operations:
    """Runs mutations one after the other, in `Lane.EDIT`.

    Each is made in the profile that was worked in when the person did it, though another one may be chosen before its
    turn comes.
    """

    def __init__(self, tasks: Tasks, bus: Bus, gateway: Gateway | None = None) -> None:
        """Use these threads and this bus, and the gateway that the mutations call."""
        self._tasks = tasks
        self._bus = bus
        self._gateway = gateway

    def run(
        self,
        work: Callable[[], Outcome[ValueT]],
        *,
        done: Callable[[ValueT], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        owner: QObject | None = None,
    ) -> Task[Outcome[ValueT]]:
        """Do something that changes what the services hold; call it in the UI thread.

        Args:
            work: Called in the thread of edits; must not touch widgets.
            done: Called in the UI thread with the value, after the bus has told of the change.
            failed: Called in the UI thread with the error; default: a notice.
            owner: When it is deleted, ``done`` and ``failed`` are not called; the bus tells of the change all the same.
        """

        def finished(outcome: Outcome[ValueT]) -> None:
            if outcome.change is not None:
                self._bus.publish(outcome.change)
            if done is not None and (owner is None or not _deleted(owner)):
                done(outcome.value)

        def refused(error: BaseException) -> None:
            if failed is not None and (owner is None or not _deleted(owner)):
                failed(error)
            elif failed is None:
                self._tasks.unheard(error)

        gateway = self._gateway
        profile = "" if gateway is None else gateway.profile

        def edit(_task: Task[Outcome[ValueT]]) -> Outcome[ValueT]:
            if gateway is None:
                return work()
            with gateway.within(profile):
                return work()

        return self._tasks.run(edit, done=finished, failed=refused, lane=Lane.EDIT)


def _deleted(owner: QObject) -> bool:
    from PyQt6 import sip

    return bool(sip.isdeleted(owner))
