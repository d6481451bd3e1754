"""Recordings with beeps, and a profile in which a classifier was trained on them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from eightcut.common.v1 import training_pb2
from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest, DuplicateProfileRequest
from eightcut_client import identify_file, scan_file
from eightcut_client.connection import Connection
from eightcut_client.times import to_duration
from eightcut_client.train import train
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.gateway import Gateway, NewClip

from tests.qt.world import FixedServices
from tests.support.media import noise, tone, write_media

RATE = 16_000
BEEPS = (15.0, 60.0, 95.0)


def recording(path: Path, beeps: Sequence[float], *, duration: float = 60.0, seed: int = 0) -> Path:
    """Writes noise with a 2-second beep at each of these times."""
    signal = noise(duration, RATE, amplitude=0.05, seed=seed)
    beep = tone(2.0, RATE, frequency=1000.0, amplitude=0.5)
    for start in beeps:
        at = round(start * RATE)
        signal[at : at + len(beep)] += beep[: len(signal) - at]
    return write_media(path, signal.astype(np.float32), RATE)


def train_beeps(connection: Connection, folder: Path) -> str:
    """Makes a profile with clips of beeps and a classifier LOGMEL, version 1, and returns its name."""
    profile = f"trained-{uuid.uuid4().hex[:12]}"
    connection.profiles.CreateProfile(CreateProfileRequest(profile=profile))
    gateway = Gateway(FixedServices(connection, profile))
    local = identify_file(recording(folder / "train.wav", BEEPS, duration=120.0, seed=5))
    gateway.media.register(local)
    gateway.clips.create([NewClip(local.digest, beep - 1, 4.0, "beep") for beep in BEEPS])
    train_again(connection, profile)
    return profile


def train_again(connection: Connection, profile: str) -> str:
    """Makes one more version, and returns its id."""
    spec = training_pb2.TrainingSpec(
        profile=profile,
        positive_folders=["beep"],
        embedder="LOGMEL",
        margin=to_duration(5),
        use_hard_negatives=True,
    )
    return train(connection, spec).classifier.id


def copy_of(connection: Connection, profile: str) -> str:
    """Makes a profile of the test's own that holds the same, and returns its name."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    connection.profiles.DuplicateProfile(DuplicateProfileRequest(source_profile=profile, profile=name))
    return name


def scanned(gateway: Gateway, path: Path) -> ScanRecord:
    """Scans a file with the active version."""
    return ScanRecord.of(scan_file(gateway.connection(), path, profile=gateway.profile, model="LOGMEL"))
