"""Copying a profile with all it holds, by the database itself: no row passes through Python without need."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, insert, literal, select, update
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, aliased

from eightcut_store.areas.lookups import find_profile
from eightcut_store.areas.profiles import ACTIVE_STATES, create_profile
from eightcut_store.tables import (
    Classifier,
    ClassifierWeights,
    Clip,
    ClipFile,
    HardNegative,
    HiddenMedia,
    Label,
    ModelCounter,
    Profile,
    Region,
    Scan,
    ScoreChunk,
    TrainingEvent,
    TrainingRun,
)

Values = dict[str, Any]


def duplicate_profile(session: Session, source: str, name: str) -> Profile:
    """Copies everything but training runs that are still active, which belong to where they were started.

    Times of creation, numbers of versions and the order of versions stay; ids are new.

    Raises:
        AlreadyExists: DUPLICATE: the name is taken.
        NotFound: PROFILE_UNKNOWN.
    """
    old = find_profile(session, source)
    new = create_profile(session, name, old.keep_versions)
    for table in (Clip, Label, HardNegative, HiddenMedia, ModelCounter):
        _copy(session, table, {"profile_id": literal(new.id)}, table.profile_id == old.id)
    _copy_clip_files(session, old.id, new.id)
    _copy_classifiers(session, old.id, new.id)
    _copy_scans(session, old.id, new.id)
    _copy_runs(session, old.id, new.id)
    return new


def _copy_clip_files(session: Session, old: int, new: int) -> None:
    """Lets both profiles have the files: they lie on the disk once."""
    copy = aliased(Clip)
    same = (copy.media_id == Clip.media_id) & (copy.start_us == Clip.start_us)
    same &= (copy.duration_us == Clip.duration_us) & (copy.folder == Clip.folder)
    changed: Values = {"profile_id": literal(new), "clip_id": copy.id}
    names = [name for name in _columns(ClipFile) if name != "id"]
    query: Select[Any] = select(*(changed.get(name, getattr(ClipFile, name)) for name in names))
    query = query.join(Clip, Clip.id == ClipFile.clip_id).join(copy, (copy.profile_id == new) & same)
    _insert(session, ClipFile, names, query.where(ClipFile.profile_id == old).order_by(ClipFile.id))


def _copy_classifiers(session: Session, old: int, new: int) -> None:
    changed: Values = {"profile_id": literal(new), "copied_from": Classifier.id}
    _copy(session, Classifier, changed, Classifier.profile_id == old)
    _copy_parts(session, ClassifierWeights.classifier_id, Classifier, new)


def _copy_scans(session: Session, old: int, new: int) -> None:
    _copy(session, Scan, {"profile_id": literal(new), "copied_from": Scan.id}, Scan.profile_id == old)
    _copy_parts(session, ScoreChunk.scan_id, Scan, new)
    parents = select(Region.merged_into).where(Region.merged_into.is_not(None))
    plain = Region.merged_into.is_(None) & Region.id.not_in(parents)
    _copy_parts(session, Region.scan_id, Scan, new, plain)
    _copy_merged_regions(session, new)
    _renumber_classifiers(session, Scan, new)


def _copy_merged_regions(session: Session, new: int) -> None:
    """Copies regions that were merged, and what they were merged into: few, and their ids refer to each other."""
    parents = select(Region.merged_into).where(Region.merged_into.is_not(None))
    query = (
        select(Region, Scan.id)
        .join(Scan, Scan.copied_from == Region.scan_id)
        .where(Scan.profile_id == new, Region.merged_into.is_not(None) | Region.id.in_(parents))
        .order_by(Region.id)
    )
    numbers: dict[int, Region] = {}
    originals: list[tuple[Region, Region]] = []
    for region, scan_id in session.execute(query).all():
        columns = {name: getattr(region, name) for name in _columns(Region) if name not in ("id", "merged_into")}
        copy = Region(**(columns | {"scan_id": scan_id}))
        session.add(copy)
        numbers[region.id] = copy
        originals.append((region, copy))
    session.flush()
    for region, copy in originals:
        if region.merged_into is not None:
            copy.merged_into = numbers[region.merged_into].id
    session.flush()


def _copy_runs(session: Session, old: int, new: int) -> None:
    ended = (TrainingRun.profile_id == old) & TrainingRun.state.not_in(ACTIVE_STATES)
    _copy(session, TrainingRun, {"profile_id": literal(new), "copied_from": TrainingRun.id}, ended)
    _copy_parts(session, TrainingEvent.run_id, TrainingRun, new)
    _renumber_classifiers(session, TrainingRun, new)


def _renumber_classifiers(session: Session, table: type[Scan] | type[TrainingRun], new: int) -> None:
    """Points the copies at the copied classifiers; at none where the original is gone."""
    copied = select(Classifier.id).where(Classifier.profile_id == new, Classifier.copied_from == table.classifier_id)
    session.execute(
        update(table)
        .where(table.profile_id == new, table.classifier_id.is_not(None))
        .values(classifier_id=copied.scalar_subquery()),
        execution_options={"synchronize_session": False},
    )


def _copy(session: Session, table: type[DeclarativeBase], changed: Values, condition: ColumnElement[bool]) -> None:
    names = [name for name in _columns(table) if name != "id"]
    query = select(*(changed.get(name, getattr(table, name)) for name in names)).where(condition)
    if "id" in _columns(table):
        # New ids in the order of the old ones: the order of versions stays.
        query = query.order_by(table.__table__.c.id)
    _insert(session, table, names, query)


def _copy_parts(
    session: Session,
    owner: InstrumentedAttribute[int],
    whole: type[Scan] | type[Classifier] | type[TrainingRun],
    new: int,
    condition: ColumnElement[bool] | None = None,
) -> None:
    """Copies what belongs, by the column ``owner``, to the things that were copied into the profile ``new``."""
    table: type[DeclarativeBase] = owner.parent.class_
    copy = aliased(whole)
    names = [name for name in _columns(table) if name != "id"]
    columns = [copy.id if name == owner.key else getattr(table, name) for name in names]
    query = select(*columns).join(copy, copy.copied_from == owner).where(copy.profile_id == new)
    if condition is not None:
        query = query.where(condition)
    _insert(session, table, names, query)


def _insert(session: Session, table: type[DeclarativeBase], names: list[str], query: Select[Any]) -> None:
    session.execute(insert(table).from_select(names, query), execution_options={"synchronize_session": False})


def _columns(table: type[DeclarativeBase]) -> list[str]:
    return [column.key for column in table.__table__.columns]
