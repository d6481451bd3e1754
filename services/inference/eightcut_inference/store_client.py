"""What Inference asks of the Store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt
from eightcut.common.v1 import region_pb2
from eightcut.store.v1 import (
    classifier_pb2,
    classifier_service_pb2,
    classifier_service_pb2_grpc,
    media_service_pb2,
    media_service_pb2_grpc,
    scan_pb2,
    scan_service_pb2,
    scan_service_pb2_grpc,
)
from eightcut_runtime import Unavailable

logger = logging.getLogger(__name__)

# The Store may start after this service; longer than this nobody should wait for an answer.
_TIMEOUT = 10.0
_SAVE_TIMEOUT = 120.0
_REGIONS_A_MESSAGE = 5_000
_SCORES_A_MESSAGE = 65_536
_ABSENT = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class StoreClient:
    """Calls the Store over one channel, which it owns.

    Every method raises `Unavailable` when the Store does not answer, and passes the Store's own errors on.

    Args:
        channel: To the Store; connects with the first call.
        timeout: Seconds that an answer may take, starting of the Store included.
    """

    def __init__(self, channel: grpc.aio.Channel, timeout: float = _TIMEOUT) -> None:
        self._channel = channel
        self._timeout = timeout
        self._classifiers = classifier_service_pb2_grpc.ClassifierServiceStub(channel)
        self._media = media_service_pb2_grpc.MediaServiceStub(channel)
        self._scans = scan_service_pb2_grpc.ScanServiceStub(channel)

    async def classifier(self, selector: classifier_service_pb2.GetClassifierRequest) -> classifier_pb2.Classifier:
        """A classifier; NOT_FOUND PROFILE_UNKNOWN, MODEL_UNKNOWN or RESOURCE_UNKNOWN."""
        response = await self._call(self._classifiers.GetClassifier, selector)
        classifier: classifier_pb2.Classifier = response.classifier
        return classifier

    async def require_media(self, digest: str) -> None:
        """Raises NOT_FOUND MEDIA_UNKNOWN unless the media is registered."""
        await self._call(self._media.GetMedia, media_service_pb2.GetMediaRequest(digest=digest))

    async def create_scan(
        self,
        header: scan_service_pb2.ScanHeader,
        regions: Sequence[region_pb2.DetectedRegion],
        scores: npt.NDArray[np.float32],
    ) -> scan_pb2.Scan:
        """Saves a scan. With a request id that was used before, the scan that was saved then."""
        messages = _scan_messages(header, regions, scores)
        response = await self._call(self._scans.CreateScan, messages, timeout=_SAVE_TIMEOUT)
        scan: scan_pb2.Scan = response.scan
        return scan

    async def aclose(self) -> None:
        """Closes the channel."""
        await self._channel.close()

    async def _call(self, method: Any, request: Any, timeout: float | None = None) -> Any:  # noqa: ANN401 - any message
        try:
            # A call fails at once while nobody listens; the Store may still be starting.
            async with asyncio.timeout(self._timeout):
                await self._channel.channel_ready()
            return await method(request, timeout=timeout or self._timeout)
        except TimeoutError as error:
            raise _away() from error
        except grpc.aio.AioRpcError as error:
            if error.code() not in _ABSENT or _answered(error):
                raise
            logger.warning("the Store does not answer: %s", error.details())
            raise _away() from error


def _away() -> Unavailable:
    return Unavailable("The Store does not answer: try again; what was embedded is kept.", retry_after=1.0)


def _answered(error: grpc.aio.AioRpcError) -> bool:
    """Tells whether a service wrote the error, and not gRPC for want of one."""
    return any(key == "grpc-status-details-bin" for key, _ in error.trailing_metadata() or ())


async def _scan_messages(
    header: scan_service_pb2.ScanHeader,
    regions: Sequence[region_pb2.DetectedRegion],
    scores: npt.NDArray[np.float32],
) -> AsyncIterator[scan_service_pb2.CreateScanRequest]:
    yield scan_service_pb2.CreateScanRequest(header=header)
    for begin in range(0, len(regions), _REGIONS_A_MESSAGE):
        batch = scan_service_pb2.RegionBatch(regions=regions[begin : begin + _REGIONS_A_MESSAGE])
        yield scan_service_pb2.CreateScanRequest(regions=batch)
    for begin in range(0, len(scores), _SCORES_A_MESSAGE):
        piece = scores[begin : begin + _SCORES_A_MESSAGE].astype("<f4").tobytes()
        yield scan_service_pb2.CreateScanRequest(scores=piece)
