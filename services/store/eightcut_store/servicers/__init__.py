"""The services of eightcut.store.v1: from messages to the areas and back."""

from __future__ import annotations

import grpc
from eightcut.store.v1 import (
    classifier_service_pb2_grpc,
    clip_service_pb2_grpc,
    export_service_pb2_grpc,
    hard_negative_service_pb2_grpc,
    import_service_pb2_grpc,
    media_service_pb2_grpc,
    profile_service_pb2_grpc,
    scan_service_pb2_grpc,
    training_run_service_pb2_grpc,
)

from eightcut_store.servicers.calls import Calls
from eightcut_store.servicers.classifiers import Classifiers
from eightcut_store.servicers.clips import Clips
from eightcut_store.servicers.exports import Exports
from eightcut_store.servicers.hard_negatives import HardNegatives
from eightcut_store.servicers.imports import Imports
from eightcut_store.servicers.media import MediaFiles
from eightcut_store.servicers.profiles import Profiles
from eightcut_store.servicers.scans import Scans
from eightcut_store.servicers.training_runs import TrainingRuns


def add_servicers(server: grpc.aio.Server, calls: Calls) -> None:
    """Adds all services of the Store to a server."""
    profile_service_pb2_grpc.add_ProfileServiceServicer_to_server(Profiles(calls), server)
    media_service_pb2_grpc.add_MediaServiceServicer_to_server(MediaFiles(calls), server)
    clip_service_pb2_grpc.add_ClipServiceServicer_to_server(Clips(calls), server)
    export_service_pb2_grpc.add_ExportServiceServicer_to_server(Exports(calls), server)
    hard_negative_service_pb2_grpc.add_HardNegativeServiceServicer_to_server(HardNegatives(calls), server)
    import_service_pb2_grpc.add_ImportServiceServicer_to_server(Imports(calls), server)
    classifier_service_pb2_grpc.add_ClassifierServiceServicer_to_server(Classifiers(calls), server)
    scan_service_pb2_grpc.add_ScanServiceServicer_to_server(Scans(calls), server)
    training_run_service_pb2_grpc.add_TrainingRunServiceServicer_to_server(TrainingRuns(calls), server)


__all__ = ["Calls", "add_servicers"]
