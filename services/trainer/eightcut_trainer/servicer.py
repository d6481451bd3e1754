"""The API of the Trainer; see eightcut/trainer/v1/trainer_service.proto for its contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from eightcut.common.v1.training_pb2 import TrainingSpec
from eightcut.store.v1.training_run_pb2 import TrainingRun
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceServicer

from eightcut_trainer.examples.inspection import Inspector
from eightcut_trainer.learning.examples import Kind
from eightcut_trainer.peers.store import StoreClient, is_final
from eightcut_trainer.runs.changes import Changes
from eightcut_trainer.runs.scheduler import Scheduler
from eightcut_trainer.runs.watch import watch

_Context = grpc.aio.ServicerContext[Any, Any]


class TrainerServicer(TrainerServiceServicer):
    """Answers clients. What the Store or Inference refuses is passed on as they said it.

    Args:
        store: Keeps runs and events.
        inspector: Looks at what a training would use.
        scheduler: Runs what was accepted.
        changes: Of the runs in this process.
        stopping: Set when the service stops.
    """

    def __init__(
        self,
        store: StoreClient,
        inspector: Inspector,
        scheduler: Scheduler,
        changes: Changes,
        stopping: asyncio.Event,
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._scheduler = scheduler
        self._changes = changes
        self._stopping = stopping

    async def PreviewTraining(
        self, request: api.PreviewTrainingRequest, _context: _Context
    ) -> api.PreviewTrainingResponse:
        """See the proto."""
        found = await self._inspector.inspect(request.spec)
        return api.PreviewTrainingResponse(
            examples=found.counts,
            media=[
                api.MediaExamples(
                    media=marks.media,
                    positive=marks.number(Kind.POSITIVE),
                    negative=marks.number(Kind.NEGATIVE),
                    hard_negative=marks.number(Kind.HARD_NEGATIVE),
                    soft=marks.number(Kind.SOFT),
                    track_ready=marks.media in found.ready,
                )
                for marks in sorted(found.marks, key=lambda marks: -marks.number(Kind.POSITIVE))
            ],
            missing_tracks=found.missing,
            problems=[api.TrainingProblem(reason=error.reason, message=error.message) for error in found.problems],
        )

    async def StartTraining(self, request: api.StartTrainingRequest, _context: _Context) -> api.StartTrainingResponse:
        """See the proto."""
        # What was accepted before is not judged again: its folder may have been renamed since.
        if not await self._is_active(request.spec):
            found = await self._inspector.inspect(request.spec)
            if found.problems:
                raise found.problems[0]
        run = await self._store.create(request.spec, request.request_id)
        if not is_final(run.state):
            self._scheduler.submit(run.id)
        return api.StartTrainingResponse(run=run)

    async def WatchTraining(
        self, request: api.WatchTrainingRequest, _context: _Context
    ) -> AsyncIterator[api.WatchTrainingResponse]:
        """See the proto."""
        await self._known(request.run_id)
        async for event in watch(self._store, self._changes, self._stopping, request.run_id, request.after_seq):
            yield api.WatchTrainingResponse(event=event)

    async def GetTraining(self, request: api.GetTrainingRequest, _context: _Context) -> api.GetTrainingResponse:
        """See the proto."""
        return api.GetTrainingResponse(run=await self._known(request.run_id))

    async def ListTrainings(self, request: api.ListTrainingsRequest, _context: _Context) -> api.ListTrainingsResponse:
        """See the proto."""
        page = await self._store.page(request.profile, request.page_size, request.page_token)
        return api.ListTrainingsResponse(runs=page.runs, next_page_token=page.next_page_token)

    async def CancelTraining(
        self, request: api.CancelTrainingRequest, _context: _Context
    ) -> api.CancelTrainingResponse:
        """See the proto."""
        run = await self._store.cancel(request.run_id)
        if not is_final(run.state):
            self._scheduler.submit(run.id, at_once=True)
        self._changes.tell(run.id)
        return api.CancelTrainingResponse(run=run)

    async def _known(self, run_id: str) -> TrainingRun:
        """Returns the run, and sees to it that an active one is run."""
        run = await self._store.get(run_id)
        if not is_final(run.state):
            self._scheduler.submit(run_id)
        return run

    async def _is_active(self, spec: TrainingSpec) -> bool:
        return any(run.spec == spec for run in await self._store.active(spec.profile))
