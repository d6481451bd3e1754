"""Finding what a request names, and the errors when it is not there or was changed."""

from __future__ import annotations

from collections.abc import Collection

from eightcut_runtime import EtagMismatch, InvalidArgument, NotFound
from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.tables import Media, Profile

_END_SLACK_US = 10_000


def find_profile(session: Session, name: str) -> Profile:
    """Returns the profile of this name.

    Raises:
        NotFound: PROFILE_UNKNOWN.
    """
    profile = session.scalar(select(Profile).where(Profile.name == name))
    if profile is None:
        raise NotFound(
            f'There is no profile "{name}".',
            resource_type="profile",
            resource_name=name,
            reason="PROFILE_UNKNOWN",
            metadata={"profile": name},
        )
    return profile


def find_media(session: Session, digest: str) -> Media:
    """Returns the media of this digest.

    Raises:
        NotFound: MEDIA_UNKNOWN.
    """
    return find_all_media(session, [digest])[digest]


def find_all_media(session: Session, digests: Collection[str]) -> dict[str, Media]:
    """Returns media by digest.

    Raises:
        NotFound: MEDIA_UNKNOWN, naming the first that is not registered.
    """
    wanted = list(dict.fromkeys(digests))
    found = {media.digest: media for media in session.scalars(select(Media).where(Media.digest.in_(wanted)))}
    for digest in wanted:
        if digest not in found:
            raise NotFound(
                f"No media with the digest {digest} is registered.",
                resource_type="media",
                resource_name=digest,
                reason="MEDIA_UNKNOWN",
                metadata={"media": digest},
            )
    return found


def unknown(kind: str, number: int | str) -> NotFound:
    """Returns the error RESOURCE_UNKNOWN for a thing with an id."""
    return NotFound(
        f"There is no {kind.replace('_', ' ')} {number}.",
        resource_type=kind,
        resource_name=str(number),
        reason="RESOURCE_UNKNOWN",
        metadata={"type": kind, "id": str(number)},
    )


def etag_of(revision: int) -> str:
    """Returns the etag of a revision."""
    return f"r{revision}"


def check_etag(kind: str, number: int | str, given: str, revision: int) -> None:
    """Compares the etag that a change is based on; an empty one fits always.

    Raises:
        EtagMismatch: Somebody changed it since; the current etag is in the metadata.
    """
    current = etag_of(revision)
    if given and given != current:
        raise EtagMismatch(
            f"The {kind.replace('_', ' ')} {number} was changed by somebody else: read it again.",
            metadata={"type": kind, "id": str(number), "etag": current},
        )


def check_within(media: Media, place_us: int, field: str, *, inclusive: bool = False) -> None:
    """Checks that a place lies before the end of the media; with ``inclusive``, at its end at the latest.

    How long unlocated media are nobody knows.

    Raises:
        InvalidArgument: BEYOND_END.
    """
    if media.unlocated:
        return
    # An end as a person reads it off, to the hundredth, may lie a little behind the last sample.
    slack = _END_SLACK_US if inclusive else -1
    if place_us > media.duration_us + slack:
        duration = f"{media.duration_us / 1e6:.6f}".rstrip("0").rstrip(".")
        place = f"{place_us / 1e6:.6f}".rstrip("0").rstrip(".")
        what = field.rpartition(".")[2]
        raise InvalidArgument(
            f"The {what} at {place} s lies beyond the end of the media, which is {media.duration_us / 1e6:.3f} s long.",
            field=field,
            reason="BEYOND_END",
            metadata={"duration": duration},
        )
