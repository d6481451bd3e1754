"""Old classifiers: they are listed, never opened (a .joblib file can execute anything), with what makes each anew."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.ancestor.rows import OldClipFile
from eightcut_client.exports.names import DISABLED

EMBEDDERS = (
    "LOGMEL",
    "HUBERT_BASE",
    "HUBERT_LARGE",
    "HUBERT_XLARGE",
    "WAV2VEC2_BASE",
    "WAV2VEC2_LARGE",
    "WAV2VEC2_LARGE_LV60K",
    "AST",
    "EAT",
    "EAT_LARGE",
    "BEATS",
    "HUBERT_BASE_ML",
    "HUBERT_LARGE_ML",
    "HUBERT_XLARGE_ML",
    "WAV2VEC2_BASE_ML",
    "AST_ML",
)
"""Ids of embedders that an old model may be named after."""

FALLBACK = "LOGMEL"
"""The embedder that needs no weights."""

_MOST_FILES = 1000
# Older versions were kept under the time at which they were replaced.
_STAMP = re.compile(r"[_.-]?(?<!\d)\d{8}_\d{6}(?:_\d{1,6})?(?!\d)")
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class OldClassifier:
    """A classifier of the old program.

    Attributes:
        file: Where it lies; empty: only scans tell of it.
        profile: Whose it probably is.
        model: Embedder and name, as `8cut train --model` takes it.
        folders: Folders of marked clips that it is made from anew; empty: the profile has none.
        guessed: The embedder or the folder is a guess: the name of the file does not say it.
        command: What makes it anew; empty where there is nothing to learn from.
    """

    file: str
    profile: str
    model: str
    folders: tuple[str, ...]
    guessed: bool
    command: str


def list_classifiers(library: OldLibrary, folders: Sequence[str | os.PathLike[str]] = ()) -> list[OldClassifier]:
    """List the classifiers that lie in folders, and those that scans were made with; no file is opened.

    Args:
        library: What they would be trained from.
        folders: Where to look, besides ``models`` beside the database.
    """
    marked = _marked(library)
    found: list[OldClassifier] = []
    made: set[tuple[str, str]] = set()
    for file in _files([library.path.parent / "models", *map(Path, folders)]):
        one = _from_file(file, library, marked)
        found.append(one)
        made.add((one.profile, one.model))
    for profile, model in sorted({(region.profile, region.model) for region in library.regions}):
        one = _suggest("", profile, model, marked)
        if (one.profile, one.model) not in made and one.command:
            found.append(one)
            made.add((one.profile, one.model))
    return found


def _files(folders: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for folder in folders:
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".joblib")
        except OSError:
            continue
        found.update(dict.fromkeys(path.absolute() for path in files[:_MOST_FILES]))
    return list(found)


def _marked(library: OldLibrary) -> dict[str, list[str]]:
    """Return the folders of marked clips of each profile, those with most clips first."""

    def counts(row: OldClipFile) -> bool:
        return not row.scan_export and not row.folder.endswith(DISABLED)

    clips = {(row.profile, row.folder, row.filename, row.start_us) for row in library.files if counts(row)}
    counted = Counter((profile, folder) for profile, folder, _, _ in clips)
    folders: dict[str, list[str]] = {}
    for (profile, folder), _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        folders.setdefault(profile, []).append(folder)
    return folders


def _from_file(file: Path, library: OldLibrary, marked: dict[str, list[str]]) -> OldClassifier:
    stem = _STAMP.sub("", file.stem)
    profiles = sorted((name for name in library.profiles if _holds(stem, name)), key=len, reverse=True)
    profile = profiles[0] if profiles else "default" if "default" in marked or not marked else next(iter(marked))
    rest = re.sub(rf"(?i)(^|[_\W]){re.escape(profile)}(?=$|[_\W])", "_", stem) if profiles else stem
    return _suggest(str(file), profile, rest, marked)


def _suggest(file: str, profile: str, model: str, marked: dict[str, list[str]]) -> OldClassifier:
    embedder = next((name for name in sorted(EMBEDDERS, key=len, reverse=True) if _holds(model, name)), "")
    rest = re.sub(re.escape(embedder), "_", model, flags=re.IGNORECASE) if embedder else model
    name = _NO_NAME.sub("_", rest).strip("_.-")[:64]
    folders = marked.get(profile, [])
    named = [folder for folder in sorted(folders, key=len, reverse=True) if _holds(model, folder)]
    chosen = tuple(named[:1] or folders[:1])
    full = f"{embedder or FALLBACK}_{name}" if name else embedder or FALLBACK
    guessed = not embedder or (len(folders) > 1 and not named)
    return OldClassifier(file, profile, full, chosen, guessed, _command(profile, full, chosen))


def _command(profile: str, model: str, folders: Sequence[str]) -> str:
    if not folders:
        return ""
    words = ["8cut train", _option("--folder", folders[0]), _option("--model", model)]
    if profile != "default":
        words.append(_option("--profile", profile))
    return " ".join(words)


def _option(name: str, value: str) -> str:
    # A value that begins with a dash would be taken for an option itself.
    return f"{name}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"


def _holds(text: str, word: str) -> bool:
    """Whether a name holds a word that nothing but punctuation or an underscore parts from the rest."""
    return bool(word) and re.search(rf"(?i)(?<![^\W_]){re.escape(word)}(?![^\W_])", text) is not None
