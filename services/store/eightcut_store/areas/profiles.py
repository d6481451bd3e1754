"""Profiles: listing, making, changing, deleting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eightcut_runtime import AlreadyExists, FailedPrecondition, InvalidArgument
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import check_etag, find_profile
from eightcut_store.areas.paging import bad_token
from eightcut_store.tables import (
    Classifier,
    Clip,
    HardNegative,
    HiddenMedia,
    Label,
    Profile,
    Region,
    Scan,
    TrainingRun,
)

DEFAULT_NAME = "default"
DEFAULT_KEEP = 5
ACTIVE_STATES = (1, 2)
"""QUEUED and RUNNING."""


class Contents(NamedTuple):
    """How much a profile holds."""

    clips: int
    hard_negatives: int
    scans: int
    regions: int
    classifiers: int
    training_runs: int
    hidden_media: int


def list_profiles(session: Session, after_id: int | None, limit: int) -> Sequence[Profile]:
    """Returns profiles by name, those after the one with the id ``after_id``.

    Raises:
        InvalidArgument: That one is gone.
    """
    query = select(Profile).order_by(Profile.name).limit(limit)
    if after_id is not None:
        last = session.get(Profile, after_id)
        if last is None:
            raise bad_token()
        query = query.where(Profile.name > last.name)
    return session.scalars(query).all()


def contents_of(session: Session, profile: Profile) -> Contents:
    """Counts what a profile holds."""

    def count(condition: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(condition)) or 0

    regions = select(func.count()).select_from(Region).join(Scan, Scan.id == Region.scan_id).where(~Region.deleted)
    return Contents(
        clips=count(Clip.profile_id == profile.id),
        hard_negatives=count(HardNegative.profile_id == profile.id),
        scans=count(Scan.profile_id == profile.id),
        regions=session.scalar(regions.where(Scan.profile_id == profile.id)) or 0,
        classifiers=count(Classifier.profile_id == profile.id),
        training_runs=count(TrainingRun.profile_id == profile.id),
        hidden_media=count(HiddenMedia.profile_id == profile.id),
    )


def create_profile(session: Session, name: str, keep_versions: int) -> Profile:
    """Makes an empty profile.

    Raises:
        AlreadyExists: DUPLICATE: the name is taken.
        InvalidArgument: The name cannot be shown in a line.
    """
    _check_name(session, name, "profile")
    profile = Profile(name=name, keep_versions=keep_versions, create_us=now_us(), revision=1)
    session.add(profile)
    session.flush()
    return profile


def update_profile(
    session: Session, name: str, *, new_name: str | None, keep_versions: int | None, etag: str
) -> Profile:
    """Changes what is not None.

    Raises:
        AlreadyExists: DUPLICATE: the new name is taken.
        EtagMismatch: Somebody changed it since.
        FailedPrecondition: "default" keeps its name.
        NotFound: PROFILE_UNKNOWN.
    """
    profile = find_profile(session, name)
    check_etag("profile", profile.name, etag, profile.revision)
    before = (profile.name, profile.keep_versions)
    if new_name is not None and new_name != profile.name:
        if profile.name == DEFAULT_NAME:
            raise FailedPrecondition(f'The profile "{DEFAULT_NAME}" keeps its name; duplicate it instead.')
        _check_name(session, new_name, "name")
        profile.name = new_name
    if keep_versions is not None:
        profile.keep_versions = keep_versions
    if (profile.name, profile.keep_versions) != before:
        profile.revision += 1
    session.flush()
    return profile


def delete_profile(session: Session, name: str, *, validate_only: bool) -> Contents:
    """Deletes a profile with all it holds, or only counts it; "default" is emptied.

    Raises:
        FailedPrecondition: RUN_STATE: a training run in it is active.
        NotFound: PROFILE_UNKNOWN.
    """
    profile = find_profile(session, name)
    active = select(TrainingRun.id, TrainingRun.state).where(
        TrainingRun.profile_id == profile.id, TrainingRun.state.in_(ACTIVE_STATES)
    )
    run = session.execute(active.limit(1)).first()
    if run is not None:
        raise FailedPrecondition(
            f'The training run {run.id} in the profile "{name}" is active: cancel it or wait for its end.',
            reason="RUN_STATE",
            subject=f"training_run {run.id}",
            metadata={"state": {1: "QUEUED", 2: "RUNNING"}[run.state]},
        )
    contents = contents_of(session, profile)
    if validate_only:
        return contents
    scans = select(Scan.id).where(Scan.profile_id == profile.id)
    session.execute(delete(Region).where(Region.scan_id.in_(scans)), execution_options={"synchronize_session": False})
    # The foreign keys take weights, score tracks, events and counters along.
    for table in (Clip, Label, HardNegative, Scan, Classifier, TrainingRun, HiddenMedia):
        statement = delete(table).where(table.profile_id == profile.id)
        session.execute(statement, execution_options={"synchronize_session": False})
    if profile.name == DEFAULT_NAME:
        profile.keep_versions = DEFAULT_KEEP
        profile.revision += 1
    else:
        session.delete(profile)
    return contents


def _check_name(session: Session, name: str, field: str) -> None:
    if not name.strip() or not name.isprintable():
        raise InvalidArgument("The name of a profile needs a visible character and no control characters.", field=field)
    taken = session.scalar(select(Profile.id).where(Profile.name == name))
    if taken is not None:
        raise AlreadyExists(
            f'There is a profile "{name}" already.',
            resource_type="profile",
            resource_name=name,
            metadata={"type": "profile", "id": name},
        )
