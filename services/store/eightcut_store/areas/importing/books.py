"""Profiles and media that rows refer to; made when the first row needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.importing.rows import MediaRow, media_text, stand_in
from eightcut_store.areas.media import register_media
from eightcut_store.areas.media_adoption import take_over
from eightcut_store.areas.profiles import DEFAULT_KEEP, create_profile
from eightcut_store.tables import AdoptedMedia, Media, Profile

_CHUNK = 1000


class ProfileBook:
    """Ids of profiles by name, and names by id."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.made: list[str] = []
        for number, name in session.execute(select(Profile.id, Profile.name)):
            self._note(name, number)

    def ids(self, names: Iterable[str]) -> Mapping[str, int]:
        """Returns the ids of all profiles; these are made where they are not there.

        Raises:
            InvalidArgument: A name cannot be shown in a line.
        """
        for name in names:
            if name not in self._ids:
                self._note(name, create_profile(self._session, name, DEFAULT_KEEP).id)
                self.made.append(name)
        return self._ids

    def _note(self, name: str, number: int) -> None:
        self._ids[name] = number
        self.names[number] = name


class MediaBook:
    """Ids of media by their number in the stream.

    Media that were located since they were imported are found under what stood for them. Media that are found now are
    put in the place of what stood for them, and are found under what would stand for them by an import that has not
    their file.
    """

    def __init__(self, session: Session, rows: Mapping[int, MediaRow]) -> None:
        self._session = session
        self._rows = rows
        self._keys: dict[str, list[int]] = {}
        for key, row in rows.items():
            # Media that come twice, as copies under two names, are one.
            self._keys.setdefault(row.digest, []).append(key)
        self._ids: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self.made = 0
        self._note(self._find(self._keys))
        self._locate()

    def ids(self, keys: Collection[int]) -> Mapping[int, int]:
        """Returns the ids of all media; these are made where they are not there."""
        wanted = {self._rows[key].digest for key in keys if key not in self._ids}
        if wanted:
            now = now_us()
            firsts = sorted(self._keys[digest][0] for digest in wanted)
            values = [_new_media(self._rows[key], now) for key in firsts]
            self._session.execute(insert(Media), values)
            self.made += len(values)
            self._note(self._find(wanted))
        return self._ids

    def text(self, key: int, media_id: int) -> str:
        """Returns what stands in lines for media of the Store: as it came, where it is the media with this number."""
        return self._rows[key].text if self._ids.get(key) == media_id else self._stored_text(media_id)

    def name(self, key: int) -> str:
        """Returns the name of media, for a sentence."""
        return self._rows[key].filename

    def finish(self) -> None:
        """Remembers the names and places of media whose file is there now, for when it is not."""
        digests: dict[str, int] = {}
        for key, row in self._rows.items():
            if not row.unlocated and key in self._ids:
                digests[stand_in(row.filename, row.path_hint)] = self._ids[key]
        known = self._find(digests)
        new = [{"digest": digest, "media_id": number} for digest, number in digests.items() if digest not in known]
        if new:
            self._session.execute(insert(AdoptedMedia), new)

    def _stored_text(self, media_id: int) -> str:
        if media_id not in self._texts:
            columns = select(Media.digest, Media.unlocated, Media.filename, Media.path_hint)
            self._texts[media_id] = media_text(*self._session.execute(columns.where(Media.id == media_id)).one())
        return self._texts[media_id]

    def _locate(self) -> None:
        located = {stand_in(row.filename, row.path_hint): row for row in self._rows.values() if not row.unlocated}
        for waiting in self._session.scalars(select(Media).where(Media.unlocated)).all():
            row = located.get(waiting.digest)
            if row is None:
                continue
            # Of the rows of one file the first says what it is called and where it is.
            row = self._rows[self._keys[row.digest][0]]
            found = register_media(
                self._session,
                row.digest,
                filename=row.filename,
                path_hint=row.path_hint,
                size_bytes=row.size_bytes,
                duration_us=row.duration_us,
            )
            digests = (waiting.digest, row.digest)
            number = found.id
            take_over(self._session, waiting, found)
            self._note(dict.fromkeys(digests, number))

    def _note(self, found: Mapping[str, int]) -> None:
        for digest, number in found.items():
            self._ids |= dict.fromkeys(self._keys.get(digest, ()), number)

    def _find(self, digests: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        wanted = sorted(digests)
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            adopted = select(AdoptedMedia.digest, AdoptedMedia.media_id).where(AdoptedMedia.digest.in_(part))
            found |= dict(self._session.execute(adopted).all())
            media = select(Media.digest, Media.id).where(Media.digest.in_(part))
            found |= dict(self._session.execute(media).all())
        return found


def _new_media(row: MediaRow, now: int) -> dict[str, object]:
    return {
        "digest": row.digest,
        "filename": row.filename,
        "path_hint": row.path_hint,
        "size_bytes": row.size_bytes,
        "duration_us": row.duration_us,
        "create_us": now,
        "unlocated": row.unlocated,
    }
