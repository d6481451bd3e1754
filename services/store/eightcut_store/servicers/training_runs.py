"""TrainingRunService."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator

from eightcut.store.v1 import classifier_pb2, training_run_pb2
from eightcut.store.v1 import training_run_service_pb2 as pb
from eightcut.store.v1 import training_run_service_pb2_grpc as rpc
from eightcut_runtime import InvalidArgument
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import training_runs
from eightcut_store.areas.classifiers import NewClassifier
from eightcut_store.areas.lookups import find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, PAGE_BYTES, decode_token, encode_token, fill_page
from eightcut_store.areas.training_examples import Wanted, list_examples
from eightcut_store.messages import training
from eightcut_store.servicers.calls import Calls

_EXAMPLES_A_MESSAGE = 5000
_DEFAULT_EVENTS = 1000
_EMBEDDER = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")


class TrainingRuns(rpc.TrainingRunServiceServicer):
    """Training runs, their events, and the examples they are made from."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def ListTrainingExamples(
        self, request: pb.ListTrainingExamplesRequest, context: object
    ) -> AsyncIterator[pb.ListTrainingExamplesResponse]:
        spec = request.spec
        wanted = Wanted(
            positive_folders=list(spec.positive_folders),
            negative_folder=spec.negative_folder,
            use_hard_negatives=spec.use_hard_negatives if spec.HasField("use_hard_negatives") else True,
            include_scan_exports=spec.include_scan_exports,
        )
        found = await self._calls.read(
            request, lambda session: list_examples(session, find_profile(session, spec.profile), wanted)
        )
        if found.unlocated:
            yield pb.ListTrainingExamplesResponse(unlocated=found.unlocated)
        for start in range(0, len(found.examples), _EXAMPLES_A_MESSAGE):
            part = found.examples[start : start + _EXAMPLES_A_MESSAGE]
            yield pb.ListTrainingExamplesResponse(examples=[training.example_message(*example) for example in part])

    @override
    async def CreateTrainingRun(
        self, request: pb.CreateTrainingRunRequest, context: object
    ) -> pb.CreateTrainingRunResponse:
        def work(session: Session) -> pb.CreateTrainingRunResponse:
            profile = find_profile(session, request.spec.profile)
            run, created = training_runs.create_run(
                session, profile, training.document(request.spec), training.spec_hash(request.spec)
            )
            return pb.CreateTrainingRunResponse(run=training.run_message(run, profile.name), created=created)

        return await self._calls.write_once(request, pb.CreateTrainingRunResponse, work)

    @override
    async def GetTrainingRun(self, request: pb.GetTrainingRunRequest, context: object) -> pb.GetTrainingRunResponse:
        def work(session: Session) -> pb.GetTrainingRunResponse:
            return pb.GetTrainingRunResponse(run=training.run_message(*training_runs.get_run(session, int(request.id))))

        return await self._calls.read(request, work)

    @override
    async def ListTrainingRuns(
        self, request: pb.ListTrainingRunsRequest, context: object
    ) -> pb.ListTrainingRunsResponse:
        query = ("training_runs", request.profile, request.active_only)
        before = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListTrainingRunsResponse:
            profile = find_profile(session, request.profile) if request.profile else None
            rows = training_runs.list_runs(
                session,
                profile,
                active_only=request.active_only,
                before=before[0] if before else None,
                limit=size + 1,
            )
            page, token = fill_page(
                rows, size, lambda row: training.run_message(*row), lambda row: encode_token(query, [row[0].id])
            )
            return pb.ListTrainingRunsResponse(runs=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def AppendTrainingEvents(
        self, request: pb.AppendTrainingEventsRequest, context: object
    ) -> pb.AppendTrainingEventsResponse:
        events = [_new_event(event, index) for index, event in enumerate(request.events)]

        def work(session: Session) -> pb.AppendTrainingEventsResponse:
            run, profile = training_runs.get_run(session, int(request.run_id))
            rows = training_runs.append_events(session, run, events, request.error_reason, request.error_message)
            return pb.AppendTrainingEventsResponse(
                run=training.run_message(run, profile), events=[training.event_message(row) for row in rows]
            )

        return await self._calls.write(request, work)

    @override
    async def ListTrainingEvents(
        self, request: pb.ListTrainingEventsRequest, context: object
    ) -> pb.ListTrainingEventsResponse:
        def work(session: Session) -> pb.ListTrainingEventsResponse:
            run, _ = training_runs.get_run(session, int(request.run_id))
            size = request.page_size or _DEFAULT_EVENTS
            rows = training_runs.list_events(session, run, request.after_seq, size)
            # Fewer than asked for where notes are long; the next call goes on after the last of them.
            page, _ = fill_page(rows, size, training.event_message, lambda _: "more")
            return pb.ListTrainingEventsResponse(events=page)

        return await self._calls.read(request, work)

    @override
    async def RequestTrainingCancel(
        self, request: pb.RequestTrainingCancelRequest, context: object
    ) -> pb.RequestTrainingCancelResponse:
        def work(session: Session) -> pb.RequestTrainingCancelResponse:
            run, profile = training_runs.get_run(session, int(request.id))
            training_runs.request_cancel(session, run)
            return pb.RequestTrainingCancelResponse(run=training.run_message(run, profile))

        return await self._calls.write(request, work)

    @override
    async def CompleteTrainingRun(
        self, request: pb.CompleteTrainingRunRequest, context: object
    ) -> pb.CompleteTrainingRunResponse:
        given = request.classifier
        _check_classifier(given)

        def work(session: Session) -> pb.CompleteTrainingRunResponse:
            run, profile = training_runs.get_run(session, int(request.run_id))
            new = NewClassifier(
                embedder=given.embedder,
                name=given.name,
                card_hash=given.card_hash,
                threshold=given.threshold,
                metrics=training.document(given.metrics),
                spec=run.spec,
                weights=given.weights,
            )
            activate = training.activates(training.parse_spec(run.spec, profile))
            classifier = training_runs.complete_run(session, run, new, activate=activate)
            return pb.CompleteTrainingRunResponse(
                run=training.run_message(run, profile), classifier=training.classifier_message(classifier, profile)
            )

        return await self._calls.write(request, work)


def _new_event(event: training_run_pb2.TrainingEvent, index: int) -> training_runs.NewEvent:
    kind = event.WhichOneof("event")
    if kind == "progress":
        progress = event.progress
        return training_runs.NewEvent(stage=progress.stage, done=progress.done, total=progress.total)
    if kind == "note":
        return training_runs.NewEvent(note=event.note)
    if kind == "state" and event.state in {int(state) for state in training_runs.State}:
        return training_runs.NewEvent(state=training_runs.State(event.state))
    raise InvalidArgument("An event needs a state, progress or a note.", field=f"events[{index}]")


def _check_classifier(given: classifier_pb2.Classifier) -> None:
    problems = {
        "embedder": None if _EMBEDDER.fullmatch(given.embedder) else "is no embedder id",
        "name": None if _NAME.fullmatch(given.name) else "may have letters, digits, dots, dashes and underscores only",
        "threshold": None
        if math.isfinite(given.threshold) and 0 <= given.threshold <= 1
        else "must be a number from 0 to 1",
        "weights": "must not be empty" if not given.weights else None,
    }
    # What is kept must also fit into the answer of GetClassifier, with the spec and all that is beside it.
    if len(given.weights) > PAGE_BYTES:
        problems["weights"] = f"must not be larger than {PAGE_BYTES:,} bytes"
    for field, problem in problems.items():
        if problem:
            raise InvalidArgument(f"classifier.{field}: {problem}.", field=f"classifier.{field}")
