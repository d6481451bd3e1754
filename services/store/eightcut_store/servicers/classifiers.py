"""ClassifierService."""

from __future__ import annotations

from eightcut.store.v1 import classifier_service_pb2 as pb
from eightcut.store.v1 import classifier_service_pb2_grpc as rpc
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import classifiers
from eightcut_store.areas.lookups import find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.messages.training import classifier_message
from eightcut_store.servicers.calls import Calls


class Classifiers(rpc.ClassifierServiceServicer):
    """Classifier versions."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def ListClassifiers(self, request: pb.ListClassifiersRequest, context: object) -> pb.ListClassifiersResponse:
        query = ("classifiers", request.profile, request.model)
        before = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListClassifiersResponse:
            profile = find_profile(session, request.profile)
            rows = classifiers.list_classifiers(
                session, profile, request.model, before[0] if before else None, size + 1
            )
            page, token = fill_page(
                rows,
                size,
                lambda row: classifier_message(row, profile.name),
                lambda row: encode_token(query, [row.id]),
            )
            return pb.ListClassifiersResponse(classifiers=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def GetClassifier(self, request: pb.GetClassifierRequest, context: object) -> pb.GetClassifierResponse:
        def work(session: Session) -> pb.GetClassifierResponse:
            if request.WhichOneof("selector") == "id":
                found, profile = classifiers.get_classifier(session, int(request.id))
            else:
                wanted = request.active
                found, profile = classifiers.active_classifier(session, wanted.profile, wanted.model)
            weights = classifiers.weights_of(session, found) if request.include_weights else b""
            return pb.GetClassifierResponse(classifier=classifier_message(found, profile, weights))

        return await self._calls.read(request, work)

    @override
    async def ActivateClassifier(
        self, request: pb.ActivateClassifierRequest, context: object
    ) -> pb.ActivateClassifierResponse:
        def work(session: Session) -> pb.ActivateClassifierResponse:
            found, profile = classifiers.get_classifier(session, int(request.id))
            previous = classifiers.make_active(session, found)
            return pb.ActivateClassifierResponse(
                classifier=classifier_message(found, profile), previous_id="" if previous is None else str(previous)
            )

        return await self._calls.write(request, work)

    @override
    async def DeleteClassifier(
        self, request: pb.DeleteClassifierRequest, context: object
    ) -> pb.DeleteClassifierResponse:
        def work(session: Session) -> pb.DeleteClassifierResponse:
            classifiers.delete_classifier(session, int(request.id))
            return pb.DeleteClassifierResponse()

        return await self._calls.write(request, work)
