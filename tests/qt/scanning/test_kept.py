"""Whether a file needs a scan (the sdk's `kept`)."""

from __future__ import annotations

from pathlib import Path

from eightcut.common.v1.region_pb2 import REGION_BOUNDS_TRIMMED, REGION_BOUNDS_UNION, RegionOptions
from eightcut.store.v1.classifier_service_pb2 import ActiveModel, GetClassifierRequest
from eightcut_client.connection import Connection
from eightcut_client.kept import find_kept, was_scanned
from eightcut_client.times import to_duration
from eightcut_qt.gateway import Gateway

from tests.qt.scanning.material import scanned, train_again


def test_a_kept_scan_is_found_if_it_was_made_in_just_this_way(
    services: Connection, gateway: Gateway, files: list[Path]
) -> None:
    profile = gateway.profile
    active = ActiveModel(profile=profile, model="LOGMEL")
    classifier = services.classifiers.GetClassifier(GetClassifierRequest(active=active)).classifier
    assert not was_scanned(services, profile=profile, media="e" * 64, classifier_id=classifier.id)
    scan = scanned(gateway, files[0])

    def kept(threshold: float | None = None, options: RegionOptions | None = None) -> str:
        found = find_kept(
            services,
            profile=profile,
            media=scan.media,
            classifier=classifier,
            threshold=threshold,
            region_options=options or RegionOptions(),
        )
        return "" if found is None else found.id

    assert kept() == scan.id
    assert kept(classifier.threshold, RegionOptions(bounds=REGION_BOUNDS_TRIMMED)) == scan.id
    assert kept(classifier.threshold / 2) == ""
    assert kept(options=RegionOptions(bounds=REGION_BOUNDS_UNION)) == ""
    assert kept(options=RegionOptions(fuse_gap=to_duration(3))) == ""
    assert was_scanned(services, profile=profile, media=scan.media, classifier_id=classifier.id)
    newer = train_again(services, profile)
    assert not was_scanned(services, profile=profile, media=scan.media, classifier_id=newer)
