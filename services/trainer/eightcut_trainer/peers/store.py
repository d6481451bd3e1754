"""What the Trainer asks of the Store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import grpc
from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import classifier_pb2, training_run_pb2
from eightcut.store.v1 import training_run_service_pb2 as api
from eightcut.store.v1.training_run_service_pb2_grpc import TrainingRunServiceStub

from eightcut_trainer.peers.patience import Patience, is_transient

if TYPE_CHECKING:
    from eightcut.store.v1.training_run_service_pb2_grpc import TrainingRunServiceAsyncStub

TrainingRun = training_run_pb2.TrainingRun
TrainingEvent = training_run_pb2.TrainingEvent

_Q = TypeVar("_Q")
_A = TypeVar("_A")

_TIMEOUT_S = 30.0
_FINAL = frozenset(
    {
        training_run_pb2.TRAINING_STATE_SUCCEEDED,
        training_run_pb2.TRAINING_STATE_FAILED,
        training_run_pb2.TRAINING_STATE_CANCELLED,
    }
)


def is_final(state: int) -> bool:
    """Tells whether nothing follows this state."""
    return state in _FINAL


def ends_run(event: TrainingEvent) -> bool:
    """Tells whether this is a run's last event."""
    return event.WhichOneof("event") == "state" and is_final(event.state)


class StoreClient:
    """The Store's training runs. Every method raises grpc.aio.AioRpcError with the Store's status."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: TrainingRunServiceAsyncStub = TrainingRunServiceStub(channel)

    async def examples(self, spec: training_pb2.TrainingSpec) -> tuple[list[training_run_pb2.TrainingExample], int]:
        """Returns the examples for a spec, by media, then start, and how many media without a file keep from it."""
        request = api.ListTrainingExamplesRequest(spec=spec)
        found: list[training_run_pb2.TrainingExample] = []
        unlocated = 0
        async for part in self._stub.ListTrainingExamples(request, timeout=_TIMEOUT_S):
            found.extend(part.examples)
            unlocated += part.unlocated
        return found, unlocated

    async def create(self, spec: training_pb2.TrainingSpec, request_id: str) -> TrainingRun:
        """Accepts a run, or returns the one that was accepted before."""
        request = api.CreateTrainingRunRequest(spec=spec, request_id=request_id)
        return (await self._call(self._stub.CreateTrainingRun, request)).run

    async def get(self, run_id: str) -> TrainingRun:
        """Returns a run."""
        return (await self._call(self._stub.GetTrainingRun, api.GetTrainingRunRequest(id=run_id))).run

    async def page(self, profile: str, page_size: int, page_token: str) -> api.ListTrainingRunsResponse:
        """Returns a page of runs, the newest first."""
        request = api.ListTrainingRunsRequest(profile=profile, page_size=page_size, page_token=page_token)
        return await self._call(self._stub.ListTrainingRuns, request)

    async def active(self, profile: str = "") -> list[TrainingRun]:
        """Returns the runs that have not ended, the oldest first."""
        request = api.ListTrainingRunsRequest(profile=profile, active_only=True, page_size=1000)
        found: list[TrainingRun] = []
        while True:
            answer = await self._call(self._stub.ListTrainingRuns, request)
            found.extend(answer.runs)
            if not answer.next_page_token:
                return found[::-1]
            request.page_token = answer.next_page_token

    async def events(self, run_id: str, after_seq: int) -> list[TrainingEvent]:
        """Returns events after a number: some, and none only if there are none."""
        request = api.ListTrainingEventsRequest(run_id=run_id, after_seq=after_seq)
        return list((await self._call(self._stub.ListTrainingEvents, request)).events)

    async def cancel(self, run_id: str) -> TrainingRun:
        """Records that a run is to be cancelled."""
        request = api.RequestTrainingCancelRequest(id=run_id)
        return (await self._call(self._stub.RequestTrainingCancel, request)).run

    async def complete(self, run_id: str, classifier: classifier_pb2.Classifier) -> TrainingRun:
        """Registers the classifier and ends the run; called again it changes nothing."""
        request = api.CompleteTrainingRunRequest(run_id=run_id, classifier=classifier)
        return (await self._call(self._stub.CompleteTrainingRun, request)).run

    async def append(self, request: api.AppendTrainingEventsRequest) -> api.AppendTrainingEventsResponse:
        """Adds events. Not to be repeated blindly: see `EventLog`."""
        return await self._call(self._stub.AppendTrainingEvents, request)

    async def _call(self, method: Callable[..., Awaitable[_A]], request: _Q) -> _A:
        return await method(request, timeout=_TIMEOUT_S)


class EventLog:
    """Adds events to one run, each exactly once, also when the Store is away for a while.

    Only the holder of the run's lock adds events, so an event that is there after the last known number is the
    one whose acknowledgement was lost.
    """

    def __init__(self, store: StoreClient, run: TrainingRun, patience: Patience) -> None:
        self._store = store
        self._run_id = run.id
        self._seq = run.last_seq
        self._patience = patience

    async def add(
        self, events: Sequence[TrainingEvent], *, error_reason: str = "", error_message: str = ""
    ) -> TrainingRun:
        """Adds the events and returns the run as it is then.

        Raises:
            grpc.aio.AioRpcError: FAILED_PRECONDITION when the run has ended; UNAVAILABLE when the patience has.
        """
        request = api.AppendTrainingEventsRequest(
            run_id=self._run_id, events=events, error_reason=error_reason, error_message=error_message
        )
        doubtful = False

        async def attempt() -> TrainingRun:
            nonlocal doubtful
            if doubtful and await self._is_there(events):
                return await self._store.get(self._run_id)
            try:
                return (await self._store.append(request)).run
            except grpc.aio.AioRpcError as error:
                doubtful = doubtful or is_transient(error)
                raise

        run = await self._patience(attempt)
        self._seq = run.last_seq
        return run

    async def _is_there(self, events: Sequence[TrainingEvent]) -> bool:
        found: list[TrainingEvent] = []
        while len(found) < len(events):
            more = await self._store.events(self._run_id, found[-1].seq if found else self._seq)
            if not more:
                return False
            found.extend(more)
        return [_payload(event) for event in found[: len(events)]] == [_payload(event) for event in events]


def _payload(event: TrainingEvent) -> TrainingEvent:
    """The event without what the Store adds."""
    copy = TrainingEvent()
    copy.CopyFrom(event)
    copy.seq = 0
    copy.ClearField("time")
    return copy
