"""Weights from the hub: downloaded at a pinned revision, resumed where a download was cut off, then imported."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, cast

from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.weights.errors import WeightsError, reason
from eightcut_inference.weights.folder import WeightsFolder, verify
from eightcut_inference.weights.importing import Imported, OnProgress, Origin, WrongDigestError, import_weights
from eightcut_inference.weights.sources import INDEX

DOWNLOADS = ".downloads"
_REVISION = re.compile(r"[0-9a-f]{40}")
_OTHERS = ("model.safetensors", f"model.safetensors{INDEX}", "pytorch_model.bin", f"pytorch_model.bin{INDEX}")
_SHARD = re.compile(r"(model|pytorch_model)-\d{5}-of-\d{5}\.(safetensors|bin)")
_PAUSE = 1.0  # seconds before a lost connection is made again

Say = Callable[[str], None]
"""Called with a sentence for the person."""


class _LostConnectionError(WeightsError):
    """The hub cannot be reached, or not any more."""


@dataclass(frozen=True)
class Listing:
    """What a repository holds.

    Attributes:
        revision: 40 hex digits.
        sizes: Bytes of its files, by name.
        sha256: Of those files whose digest the hub knows.
    """

    revision: str
    sizes: Mapping[str, int]
    sha256: Mapping[str, str]


def pull(folder: WeightsFolder, spec: NetworkSpec, on_progress: OnProgress, say: Say) -> Imported:
    """Brings the published weights. What is here already is not fetched again.

    Args:
        folder: Where to.
        spec: Whose.
        on_progress: See `OnProgress`.
        say: Told what is worth knowing.

    Raises:
        WeightsError: The hub cannot be reached or has not got them, the disk is full, or they are not what was
            published. What was downloaded stays for the next time, unless it is wrong.
    """
    published = spec.published
    here = _here(folder, spec)
    if here is not None:
        return here
    listing = _listing(spec)
    if not published.revision:
        say(f"No revision of {published.repo} is pinned: its newest, {listing.revision}, is taken.")
    names = _names(spec, listing)
    target = folder.root / DOWNLOADS / spec.weights / listing.revision
    try:
        _clear(target)
        _check_space(folder.root, sum(listing.sizes[name] for name in names))
        _download(spec, listing, names, target, on_progress)
        digests = dict(listing.sha256)
        if published.sha256:
            digests[published.file] = published.sha256
        imported = import_weights(folder, spec, target, on_progress, Origin(published.repo, listing.revision, digests))
    except WrongDigestError:
        shutil.rmtree(target, ignore_errors=True)
        raise
    except OSError as error:
        raise WeightsError(f"{error.filename or target}: {reason(error)}.") from error
    shutil.rmtree(target.parent, ignore_errors=True)
    return imported


def _here(folder: WeightsFolder, spec: NetworkSpec) -> Imported | None:
    """The weights, when they came from this repository at this revision and are undamaged."""
    try:
        found = folder.find(spec.weights)
        source = found.manifest.source
        if found.manifest.family != spec.family or source.repo != spec.published.repo:
            return None
        if spec.published.revision not in ("", source.revision):
            return None
        verify(found)
    except WeightsError:
        return None
    return Imported(found.manifest, changed=False)


def _names(spec: NetworkSpec, listing: Listing) -> list[str]:
    """Which files are fetched: the weights, and the settings beside them."""
    chosen = next((name for name in (spec.published.file, *_OTHERS) if name in listing.sizes), None)
    if chosen is None:
        raise WeightsError(f"The repository {spec.published.repo} holds no weights at {listing.revision}.")
    names = [chosen]
    if chosen.endswith(INDEX):
        stem, _, kind = chosen.removesuffix(INDEX).rpartition(".")
        names += sorted(
            name
            for name in listing.sizes
            if (shard := _SHARD.fullmatch(name)) is not None and (shard[1], shard[2]) == (stem, kind)
        )
    return [*names, "config.json"] if "config.json" in listing.sizes else names


def _clear(target: Path) -> None:
    """Makes the folder of the download, and removes those of other revisions."""
    target.mkdir(parents=True, exist_ok=True)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other, ignore_errors=True)


def _check_space(root: Path, size: int) -> None:
    """Sees that download and converted weights fit, before gigabytes are fetched in vain."""
    free = shutil.disk_usage(root).free
    if free < 2 * size:
        raise WeightsError(
            f"The disk of {root} has {free / 1e9:,.1f} GB free, and {2 * size / 1e9:,.1f} GB are needed: "
            "the weights are there twice while they are converted."
        )


def _listing(spec: NetworkSpec) -> Listing:
    hub = _hub()
    published = spec.published
    try:
        info = hub.HfApi(endpoint=_endpoint()).model_info(
            published.repo, revision=published.revision or None, files_metadata=True, timeout=30
        )
    except Exception as error:
        # The hub's library, and the one below it, have dozens of kinds, other ones in other versions.
        raise WeightsError(_sentence(error, spec)) from error
    revision = str(info.sha or "")
    if not _REVISION.fullmatch(revision) or published.revision not in ("", revision):
        raise WeightsError(f"The hub answered with another revision of {published.repo} than was asked for.")
    files = info.siblings or []
    return Listing(
        revision,
        {file.rfilename: file.size or 0 for file in files},
        {file.rfilename: file.lfs.sha256 for file in files if file.lfs is not None},
    )


def _download(spec: NetworkSpec, listing: Listing, names: list[str], target: Path, on_progress: OnProgress) -> None:
    total = sum(listing.sizes[name] for name in names)
    before = 0
    for name in names:
        size = listing.sizes[name]
        whole, part = target / name, target / f"{name}.part"
        if not whole.exists():
            with part.open("ab") as file:
                _fetch(spec, listing.revision, name, Counted(file, size, before, total, on_progress))
            part.rename(whole)
        before += size
        on_progress("download", before, total)


class Counted:
    """A file that tells how much of it is there. The hub's library writes to it.

    Args:
        file: Open for appending.
        size: What it will have.
        before: Bytes of the files before it.
        total: Bytes of all files.
        on_progress: Told.
    """

    def __init__(self, file: BinaryIO, size: int, before: int, total: int, on_progress: OnProgress) -> None:
        self._file = file
        self.size = size
        self._before = before
        self._total = total
        self._on_progress = on_progress
        if file.tell() > size:
            # No beginning of this file.
            file.truncate(0)
            file.seek(0)

    def write(self, data: bytes) -> int:
        """Appends."""
        count = self._file.write(data)
        self._on_progress("download", min(self._before + self._file.tell(), self._total), self._total)
        return count

    def tell(self) -> int:
        """Bytes that are there."""
        return self._file.tell()

    def seek(self, position: int) -> int:
        """Goes back, to begin again."""
        return self._file.seek(position)

    def truncate(self) -> int:
        """Cuts it off where it stands."""
        return self._file.truncate()


def _fetch(spec: NetworkSpec, revision: str, name: str, file: Counted) -> None:
    """Downloads what is missing of a file; a connection that is lost on the way is made again."""
    while True:
        before = file.tell()
        try:
            _fetch_rest(spec, revision, name, file)
        except _LostConnectionError:
            if file.tell() <= before:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _fetch_rest(spec: NetworkSpec, revision: str, name: str, file: Counted) -> None:
    """Asks once for what is missing of a file.

    The hub's own `hf_hub_download` removes what it has of a file when it is cut off (since 1.x), so that a lost
    connection would cost gigabytes; what it is made of can go on.
    """
    _hub()
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined] # documented there, not exported

    try:
        http_get(
            hf_hub_url(spec.published.repo, name, revision=revision, endpoint=_endpoint()),
            cast(BinaryIO, file),
            resume_size=file.tell(),
            headers=build_hf_headers(library_name="8cut"),
            expected_size=file.size,
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            # The disk's, not the network's.
            raise
        refused = getattr(error, "response", None) is not None
        raise (WeightsError if refused else _LostConnectionError)(_sentence(error, spec)) from error


def _hub() -> ModuleType:
    """The hub's library, told to say nothing by itself."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    try:
        import huggingface_hub
    except ImportError as error:
        raise WeightsError(
            'huggingface_hub is not installed: pip install "eightcut-inference[networks]" brings what networks need.'
        ) from error
    return huggingface_hub


def _endpoint() -> str | None:
    """Another hub than the public one (a mirror), as its library names it."""
    return os.environ.get("HF_ENDPOINT") or None


def _sentence(error: Exception, spec: NetworkSpec) -> str:
    """What an error of the hub's library means to a person."""
    repo = spec.published.repo
    status = getattr(getattr(error, "response", None), "status_code", None)
    sentences = {
        "GatedRepoError": f"The repository {repo} wants its terms accepted on the hub, and HF_TOKEN set.",
        "RepositoryNotFoundError": f"The hub has no repository {repo}, or wants HF_TOKEN set for it.",
        "RevisionNotFoundError": f"The repository {repo} has no revision {spec.published.revision} (any more).",
        "EntryNotFoundError": f"The repository {repo} has lost a file that it had.",
        "RemoteEntryNotFoundError": f"The repository {repo} has lost a file that it had.",
        "OfflineModeIsEnabled": "The hub is not asked: HF_HUB_OFFLINE is set.",
    }
    known = sentences.get(type(error).__name__)
    if known is not None:
        return known
    if status is not None:
        return f"The hub refused to give {repo} (HTTP {status}); doing the same again later may help."
    said = str(error).strip().splitlines()
    why = said[0].rstrip(".") if said else type(error).__name__
    return (
        f"The hub cannot be reached ({why[:160]}); doing the same again goes on where it stopped. On a machine without "
        f"a network, `8cut models import {spec.id} PATH` takes files that were brought."
    )
