"""The Store's training runs in memory, with failures where a test wants them. `test_loop` has the real Store."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from eightcut.store.v1 import classifier_pb2, training_run_pb2
from eightcut.store.v1 import training_run_service_pb2 as api
from eightcut.store.v1.training_run_service_pb2_grpc import (
    TrainingRunServiceServicer,
    add_TrainingRunServiceServicer_to_server,
)
from eightcut_runtime import FailedPrecondition, NotFound, Service, ServiceSpec, Unavailable

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = range(1, 6)
FINAL = (SUCCEEDED, FAILED, CANCELLED)


class FakeStore(TrainingRunServiceServicer):
    """Keeps runs.

    Attributes:
        examples: What ListTrainingExamples gives.
        unlocated: How many examples it says that it left out.
        refusal: What it raises instead.
        fail_before: Method names, each with how often it fails before it does anything.
        fail_after: The same, after it did everything: the answer is lost.
        calls: How often each method was called.
        before_complete: What happens while CompleteTrainingRun is on its way.
    """

    def __init__(self) -> None:
        self.examples: list[training_run_pb2.TrainingExample] = []
        self.unlocated = 0
        self.refusal: Exception | None = None
        self.runs: dict[str, training_run_pb2.TrainingRun] = {}
        self.log: dict[str, list[training_run_pb2.TrainingEvent]] = {}
        self.requests: dict[str, str] = {}
        self.classifiers: list[classifier_pb2.Classifier] = []
        self.fail_before: Counter[str] = Counter()
        self.fail_after: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.before_complete: Callable[[training_run_pb2.TrainingRun], None] = lambda _run: None

    def _enter(self, name: str) -> None:
        self.calls[name] += 1
        if self.fail_before[name]:
            self.fail_before[name] -= 1
            raise Unavailable("The Store is being started again.")

    def _leave(self, name: str) -> None:
        if self.fail_after[name]:
            self.fail_after[name] -= 1
            raise Unavailable("The Store is being started again.")

    def _run(self, run_id: str) -> training_run_pb2.TrainingRun:
        if run_id not in self.runs:
            raise NotFound(f"There is no training run {run_id}.")
        return self.runs[run_id]

    def _add(self, run: training_run_pb2.TrainingRun, event: training_run_pb2.TrainingEvent) -> None:
        run.last_seq += 1
        stored = training_run_pb2.TrainingEvent()
        stored.CopyFrom(event)
        stored.seq = run.last_seq
        stored.time.GetCurrentTime()
        self.log[run.id].append(stored)
        if event.WhichOneof("event") == "state":
            run.state = event.state

    def _require_active(self, run: training_run_pb2.TrainingRun) -> None:
        if run.state in FINAL:
            raise FailedPrecondition("The run has ended.", reason="RUN_STATE", metadata={"state": str(run.state)})

    async def ListTrainingExamples(
        self, request: api.ListTrainingExamplesRequest, context: Any
    ) -> AsyncIterator[api.ListTrainingExamplesResponse]:
        self._enter("ListTrainingExamples")
        if self.refusal is not None:
            raise self.refusal
        if self.unlocated:
            yield api.ListTrainingExamplesResponse(unlocated=self.unlocated)
        yield api.ListTrainingExamplesResponse(examples=self.examples)

    async def CreateTrainingRun(
        self, request: api.CreateTrainingRunRequest, context: Any
    ) -> api.CreateTrainingRunResponse:
        self._enter("CreateTrainingRun")
        known = self.requests.get(request.request_id) if request.request_id else None
        active = [run for run in self.runs.values() if run.state not in FINAL and run.spec == request.spec]
        if known or active:
            return api.CreateTrainingRunResponse(run=self.runs[known] if known else active[0])
        run = training_run_pb2.TrainingRun(id=str(len(self.runs) + 1), spec=request.spec)
        self.runs[run.id], self.log[run.id] = run, []
        self.requests[request.request_id] = run.id
        self._add(run, training_run_pb2.TrainingEvent(state=QUEUED))
        self._leave("CreateTrainingRun")
        return api.CreateTrainingRunResponse(run=run, created=True)

    async def GetTrainingRun(self, request: api.GetTrainingRunRequest, context: Any) -> api.GetTrainingRunResponse:
        self._enter("GetTrainingRun")
        return api.GetTrainingRunResponse(run=self._run(request.id))

    async def ListTrainingRuns(
        self, request: api.ListTrainingRunsRequest, context: Any
    ) -> api.ListTrainingRunsResponse:
        self._enter("ListTrainingRuns")
        runs = [run for run in reversed(self.runs.values()) if not request.active_only or run.state not in FINAL]
        return api.ListTrainingRunsResponse(runs=runs)

    async def AppendTrainingEvents(
        self, request: api.AppendTrainingEventsRequest, context: Any
    ) -> api.AppendTrainingEventsResponse:
        self._enter("AppendTrainingEvents")
        run = self._run(request.run_id)
        self._require_active(run)
        for event in request.events:
            self._add(run, event)
        run.error_reason, run.error_message = request.error_reason, request.error_message
        self._leave("AppendTrainingEvents")
        return api.AppendTrainingEventsResponse(run=run)

    async def ListTrainingEvents(
        self, request: api.ListTrainingEventsRequest, context: Any
    ) -> api.ListTrainingEventsResponse:
        self._enter("ListTrainingEvents")
        self._run(request.run_id)
        events = [event for event in self.log[request.run_id] if event.seq > request.after_seq]
        return api.ListTrainingEventsResponse(events=events[:5])  # small pages, so that paging is used

    async def RequestTrainingCancel(
        self, request: api.RequestTrainingCancelRequest, context: Any
    ) -> api.RequestTrainingCancelResponse:
        self._enter("RequestTrainingCancel")
        run = self._run(request.id)
        if run.state != CANCELLED:
            self._require_active(run)
        run.cancel_requested = True
        if run.state == QUEUED:
            self._add(run, training_run_pb2.TrainingEvent(state=CANCELLED))
        return api.RequestTrainingCancelResponse(run=run)

    async def CompleteTrainingRun(
        self, request: api.CompleteTrainingRunRequest, context: Any
    ) -> api.CompleteTrainingRunResponse:
        self._enter("CompleteTrainingRun")
        run = self._run(request.run_id)
        self.before_complete(run)
        if run.state != SUCCEEDED:
            self._require_active(run)
            if run.cancel_requested:
                raise FailedPrecondition("The run is to be cancelled.", reason="RUN_STATE")
            self.classifiers.append(request.classifier)
            run.classifier_id = str(len(self.classifiers))
            self._add(run, training_run_pb2.TrainingEvent(state=SUCCEEDED))
        self._leave("CompleteTrainingRun")
        return api.CompleteTrainingRunResponse(run=run)


class _Running:
    async def aclose(self) -> None:
        """Nothing to give back."""


def spec_of(servicer: FakeStore) -> ServiceSpec:
    async def create(server: grpc.aio.Server, service: Service) -> _Running:
        add_TrainingRunServiceServicer_to_server(servicer, server)
        return _Running()

    return ServiceSpec("store", "0", create)
