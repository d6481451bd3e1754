"""ImportService."""

from __future__ import annotations

from collections.abc import AsyncIterator

from eightcut.store.v1 import import_service_pb2 as pb
from eightcut.store.v1 import import_service_pb2_grpc as rpc
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas.importing import Imported, import_library
from eightcut_store.servicers.calls import Calls
from eightcut_store.servicers.import_upload import ImportUpload


class Imports(rpc.ImportServiceServicer):
    """Brings old libraries in."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def ImportLibrary(
        self, request_iterator: AsyncIterator[pb.ImportLibraryRequest], context: object
    ) -> pb.ImportLibraryResponse:
        upload = ImportUpload()
        try:
            async for request in request_iterator:
                await self._calls.run(upload.add, request)
            header, received = upload.finish()

            def work(session: Session) -> pb.ImportLibraryResponse:
                answer = _answer(import_library(session, received, restore=header.restore_deleted))
                # A client that cancelled is told that nothing was kept.
                received.check()
                if header.validate_only:
                    raise _OnlyAskedError(answer)
                return answer

            try:
                return await self._calls.write(header, work)
            except _OnlyAskedError as asked:
                return asked.answer
        finally:
            upload.close()


class _OnlyAskedError(Exception):
    """Ends the transaction of an import that is only to be tried: nothing of it is kept."""

    def __init__(self, answer: pb.ImportLibraryResponse) -> None:
        super().__init__()
        self.answer = answer


def _answer(done: Imported) -> pb.ImportLibraryResponse:
    tables = []
    for one in done.tables:
        table = pb.ImportedTable.ValueType(one.table)
        tables.append(
            pb.TableOutcome(
                table=table,
                received=one.received,
                added=one.added,
                known=one.known,
                changed=one.changed,
                merged=one.merged,
                found=pb.TableSum(table=table, rows=one.found.rows, sha256=one.found.sha256),
            )
        )
    return pb.ImportLibraryResponse(
        tables=tables,
        new_profiles=done.new_profiles,
        new_media=done.new_media,
        conflicts=done.conflicts,
        clips=done.clips,
        scans=done.scans,
    )
