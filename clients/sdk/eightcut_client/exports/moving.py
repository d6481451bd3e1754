"""Moving files and folders of images: never over anything, complete or not at all, also to another disk."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import hashlib
import os
import shutil
import sys
from pathlib import Path

from eightcut_client.exports.disk import step, sync_folder, sync_tree
from eightcut_client.exports.names import is_image
from eightcut_client.locks import drop_lock, take_lock

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL, errno.EACCES}
_BLOCK = 1 << 20


def move_file(source: Path, target: Path, *, sync: bool = True) -> None:
    """Move a file, or a folder of images; when this returns, both folders are on the disk.

    A kill leaves it at the one place or at the other, or, complete, at both: `finish_move` tidies that up.

    Args:
        source: Where it is.
        target: Where it goes; the folder is there.
        sync: Bring both folders to the disk; whoever moves many does so at the end.

    Raises:
        FileExistsError: There is something at the target; nothing was changed.
        OSError: The disk does not do it; the source is as it was.
    """
    if not os.path.lexists(source):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))
    _refuse_taken(target)
    try:
        rename_new(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(source, target)
    if sync:
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)


def finish_move(source: Path, target: Path, *, sync: bool = True) -> bool:
    """Bring a move to its end, whether it was not begun, begun, or over when its process died; arguments as above.

    Returns:
        Whether the file is at the target now; False: it is at neither place.

    Raises:
        FileExistsError: Something else is at the target, and the source still at its place.
        OSError: The disk does not do it.
    """
    there, here = os.path.lexists(target), os.path.lexists(source)
    if there and here:
        if not _same(source, target):
            _refuse_taken(target)
        _remove(source)
        if sync:
            sync_folder(source.parent)
    elif here:
        move_file(source, target, sync=sync)
    if target.parent.is_dir():
        _tidy(source, target)
    return there or here


def publish(temporary: Path, final: Path, *, replace: bool = False) -> None:
    """Give a complete file, or folder of images, its final name in the same folder; brought to the disk first.

    Args:
        temporary: What it is called now.
        final: What it is to be called.
        replace: Take the place of what has that name.

    Raises:
        FileExistsError: The name is taken, and ``replace`` was not asked for.
        OSError: The disk does not do it.
    """
    sync_tree(temporary)
    if not replace:
        _refuse_taken(final)
        rename_new(temporary, final)
    elif temporary.is_dir() or final.is_dir():
        _replace_folder(temporary, final)
    else:
        temporary.replace(final)


def rename_new(source: Path, target: Path) -> None:
    """Rename within a disk, never over anything.

    Raises:
        FileExistsError: The name is taken.
        OSError: EXDEV, and whatever the disk says.
    """
    if sys.platform == "win32":
        source.rename(target)  # never overwrites there
        return
    if source.is_dir() and not source.is_symlink():
        # A folder takes the place of nothing but an empty folder; there is no call without even that.
        _refuse_taken(target)
        _rename_folder(source, target)
        return
    try:
        os.link(source, target, follow_symlinks=os.link not in os.supports_follow_symlinks)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _refuse_taken(target)
        source.rename(target)
        return
    step("move: linked")
    source.unlink()


def _rename_folder(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.ENOTDIR):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        raise


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _replace_folder(temporary: Path, final: Path) -> None:
    """A folder cannot be replaced in one step: the old one gets out of the way first; the journal knows of both."""
    if os.path.lexists(final):
        finish_replacing(final)
        final.rename(_aside(final))
        step("publish: old folder aside")
    temporary.rename(final)
    step("publish: new folder in place")
    finish_replacing(final)


def finish_replacing(final: Path) -> None:
    """Remove the images that a folder of images had before; what somebody has put beside them comes along.

    Raises:
        OSError: The disk does not do it.
    """
    old = _aside(final)
    if old.is_symlink() or not old.is_dir():
        old.unlink(missing_ok=True)
        return
    for path in old.iterdir():
        if is_image(path.name):
            path.unlink()
        elif final.is_dir() and not os.path.lexists(final / path.name):
            path.rename(final / path.name)
    with contextlib.suppress(OSError):
        old.rmdir()


def _aside(final: Path) -> Path:
    return final.with_name(f".{final.name}.old")


def _move_across(source: Path, target: Path) -> None:
    """Copy to a hidden name on the other disk, give the copy its name when it is complete, then remove the source."""
    hidden = _hidden(source, target, "part")
    if source.is_dir() and not source.is_symlink():
        _remove(hidden)
        try:
            shutil.copytree(source, hidden, symlinks=True)
            sync_tree(hidden)
            _finish_copy(source, target, hidden)
        except BaseException:
            with contextlib.suppress(OSError):
                _remove(hidden)
            raise
        return
    # Locked while it is written: nobody else may take it for what a dead process left.
    descriptor = take_lock(hidden)
    try:
        _copy(source, descriptor)
        shutil.copystat(source, hidden)
        _finish_copy(source, target, hidden)
    except BaseException:
        with contextlib.suppress(OSError):
            hidden.unlink(missing_ok=True)
        raise
    finally:
        drop_lock(descriptor)


def _copy(source: Path, descriptor: int) -> None:
    with source.open("rb") as reader, os.fdopen(os.dup(descriptor), "wb") as writer:
        writer.truncate(0)
        shutil.copyfileobj(reader, writer, _BLOCK)
        writer.flush()
        os.fsync(writer.fileno())
        if writer.tell() != os.fstat(reader.fileno()).st_size:
            raise OSError(errno.EIO, "it changed while it was copied", str(source))


def _finish_copy(source: Path, target: Path, hidden: Path) -> None:
    step("move: copied")
    rename_new(hidden, target)
    sync_folder(target.parent)
    step("move: copy named")
    if source.is_dir() and not source.is_symlink():
        # Out of sight first: a kill in the middle of removing leaves no half folder under its name.
        gone = _hidden(source, target, "gone", beside=source)
        source.rename(gone)
        step("move: source aside")
        _remove(gone)
    else:
        source.unlink()


def _tidy(source: Path, target: Path) -> None:
    """Remove what an interrupted copy between disks left under hidden names."""
    part = _hidden(source, target, "part")
    if os.path.lexists(part):
        with contextlib.suppress(BlockingIOError):
            if not part.is_dir():
                drop_lock(take_lock(part))
            _remove(part)
    if source.parent.is_dir():
        _remove(_hidden(source, target, "gone", beside=source))


def _hidden(source: Path, target: Path, ending: str, *, beside: Path | None = None) -> Path:
    """A name that the same move always gets, so that the next try finds what was left, and that no other one has."""
    mark = hashlib.sha256(os.fsencode(source) + b"\0" + os.fsencode(target)).hexdigest()[:12]
    at = beside or target
    return at.with_name(f".{mark}.{ending}")


def _same(source: Path, target: Path) -> bool:
    """Whether both are the same file, or have the same content."""
    if source.is_symlink() or target.is_symlink() or source.is_dir() != target.is_dir():
        return False
    if source.samefile(target):
        return True
    if not source.is_dir():
        return filecmp.cmp(source, target, shallow=False)
    names = sorted(path.name for path in source.iterdir())
    if names != sorted(path.name for path in target.iterdir()):
        return False
    return all(_same(source / name, target / name) for name in names)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
