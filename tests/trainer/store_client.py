"""Marks things in the real Store."""

from __future__ import annotations

import grpc
from eightcut.store.v1 import classifier_pb2, classifier_service_pb2, clip_pb2, clip_service_pb2, hard_negative_pb2
from eightcut.store.v1 import hard_negative_service_pb2 as hard_api
from eightcut.store.v1.classifier_service_pb2_grpc import ClassifierServiceStub
from eightcut.store.v1.clip_service_pb2_grpc import ClipServiceStub
from eightcut.store.v1.hard_negative_service_pb2_grpc import HardNegativeServiceStub
from eightcut.store.v1.media_service_pb2 import RegisterMediaRequest
from eightcut.store.v1.media_service_pb2_grpc import MediaServiceStub
from eightcut_client.times import to_duration


class StoreMarks:
    """Media, clips, hard negatives and classifiers of the profile ``default``."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._media = MediaServiceStub(channel)
        self._clips = ClipServiceStub(channel)
        self._hard = HardNegativeServiceStub(channel)
        self._classifiers = ClassifierServiceStub(channel)

    def register(self, media: str, seconds: float) -> None:
        duration = to_duration(seconds)
        self._media.RegisterMedia(RegisterMediaRequest(digest=media, filename="f.wav", size_bytes=1, duration=duration))

    def clip(self, media: str, *starts: float, folder: str = "door", origin: int = 0) -> None:
        clips = [
            clip_service_pb2.NewClip(
                media=media, start=to_duration(start), duration=to_duration(8), folder=folder, origin=origin
            )
            for start in starts
        ]
        self._clips.BatchCreateClips(clip_service_pb2.BatchCreateClipsRequest(profile="default", clips=clips))

    def clips(self) -> list[clip_pb2.Clip]:
        return list(self._clips.ListClips(clip_service_pb2.ListClipsRequest(profile="default")).clips)

    def hard_negative(self, media: str, *starts: float) -> None:
        places = [hard_api.NewHardNegative(media=media, start=to_duration(start)) for start in starts]
        request = hard_api.BatchCreateHardNegativesRequest(profile="default", hard_negatives=places)
        self._hard.BatchCreateHardNegatives(request)

    def hard_negatives(self) -> list[hard_negative_pb2.HardNegative]:
        return list(self._hard.ListHardNegatives(hard_api.ListHardNegativesRequest(profile="default")).hard_negatives)

    def classifiers(self) -> list[classifier_pb2.Classifier]:
        """The oldest first, with weights."""
        request = classifier_service_pb2.ListClassifiersRequest(profile="default")
        listed = self._classifiers.ListClassifiers(request).classifiers
        get = self._classifiers.GetClassifier
        full = classifier_service_pb2.GetClassifierRequest
        return [get(full(id=one.id, include_weights=True)).classifier for one in reversed(listed)]
