"""A grpc.aio server without anything of ours that takes an upload and counts it: the reference of upload_ingest."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import grpc
from eightcut.inference.v1 import inference_service_pb2, stream_pb2, track_pb2


async def count(
    requests: AsyncIterator[inference_service_pb2.EmbedRequest], context: object
) -> AsyncIterator[inference_service_pb2.EmbedResponse]:
    """Asks for all audio and answers with the number of samples it got."""
    del context
    size = 0
    async for request in requests:
        if request.HasField("config"):
            yield inference_service_pb2.EmbedResponse(accepted=stream_pb2.Accepted(audio_wanted=True))
        elif request.HasField("end"):
            break
        else:
            size += len(request.audio.data)
    yield inference_service_pb2.EmbedResponse(done=track_pb2.Track(sample_count=size // 2))


async def main() -> None:
    server = grpc.aio.server()
    handler = grpc.stream_stream_rpc_method_handler(
        count,
        inference_service_pb2.EmbedRequest.FromString,
        inference_service_pb2.EmbedResponse.SerializeToString,
    )
    service = "eightcut.inference.v1.InferenceService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Embed": handler}),))
    server.add_insecure_port(sys.argv[1])
    await server.start()
    print(json.dumps({"address": sys.argv[1]}), flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
