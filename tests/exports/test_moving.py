"""Moving files: never over anything, also to another disk, also after a kill."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eightcut_client.exports import disk, move_file, moving, publish
from eightcut_client.exports.moving import finish_move


@pytest.fixture
def other_disk() -> Iterator[Path]:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        yield Path(folder)


def images(folder: Path) -> Path:
    folder.mkdir()
    for number in range(3):
        (folder / f"frame_{number:04d}.webp").write_bytes(b"image %d" % number)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Killed(BaseException):
    """Stands for a kill: nothing cleans up after it, as `stop_at` sees to."""


def test_a_file_and_a_folder_move(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "sub").mkdir()
    move_file(tmp_path / "a", tmp_path / "sub" / "b")
    assert (tmp_path / "sub" / "b").read_bytes() == b"content"
    move_file(images(tmp_path / "frames"), tmp_path / "sub" / "frames")
    assert len(names(tmp_path / "sub" / "frames")) == 3
    assert names(tmp_path) == ["sub"]


@pytest.mark.parametrize("kind", ["file", "folder", "empty folder", "link"])
@pytest.mark.parametrize("across", [False, True])
def test_nothing_is_ever_overwritten(tmp_path: Path, other_disk: Path, kind: str, *, across: bool) -> None:
    place = other_disk if across else tmp_path
    target = place / "target"
    if kind == "file":
        target.write_bytes(b"mine")
    elif kind == "link":
        target.symlink_to("nowhere")
    else:
        target.mkdir()
        if kind == "folder":
            (target / "x").touch()
    for source in (tmp_path / "file", images(tmp_path / "frames")):
        if source.name == "file":
            source.write_bytes(b"other")
        with pytest.raises(FileExistsError):
            move_file(source, target)
        assert source.exists()
    assert kind != "file" or target.read_bytes() == b"mine"
    assert not [name for name in names(place) if name.startswith(".")]


def test_to_another_disk(tmp_path: Path, other_disk: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(os.urandom(3_000_000))
    content, time = source.read_bytes(), source.stat().st_mtime_ns
    move_file(source, other_disk / "b.mp4")
    move_file(images(tmp_path / "frames"), other_disk / "frames")
    assert (other_disk / "b.mp4").read_bytes() == content
    assert (other_disk / "b.mp4").stat().st_mtime_ns == time
    assert names(other_disk) == ["b.mp4", "frames"]
    assert names(tmp_path) == []


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_copy_to_another_disk_that_fails_leaves_nothing_there(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    source = images(tmp_path / "clip") if kind == "folder" else tmp_path / "clip"
    if kind == "file":
        source.write_bytes(b"content")

    def full(_path: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        move_file(source, other_disk / "clip")
    assert names(other_disk) == []
    assert names(tmp_path) == ["clip"]


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("across", [False, True])
def test_a_move_that_was_killed_at_any_step_is_brought_to_its_end(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, across: bool
) -> None:
    for steps in range(1, 20):
        here = tmp_path / f"here {steps}"
        there = (other_disk if across else tmp_path) / f"there {steps}"
        here.mkdir()
        there.mkdir()
        source = images(here / "clip") if kind == "folder" else here / "clip"
        if kind == "file":
            source.write_bytes(b"content")
        left = [steps]

        def reached(_name: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(disk, "reached", reached)
            # After a kill nobody removes anything.
            patch.setattr(Path, "unlink", _unlink_unless_killed(left))
            patch.setattr(shutil, "rmtree", _rmtree_unless_killed(left))
            with contextlib.suppress(Killed):
                move_file(source, there / "clip")
        killed = left[0] <= 0
        assert finish_move(source, there / "clip")
        assert names(here) == []
        assert names(there) == ["clip"]
        assert len(names(there / "clip")) == 3 if kind == "folder" else (there / "clip").read_bytes() == b"content"
        if not killed:
            assert steps > (3 if across else 1) or kind == "folder"
            return


def _rmtree_unless_killed(left: list[int]) -> Callable[[Path], None]:
    real = shutil.rmtree

    def rmtree(path: Path) -> None:
        if left[0] > 0:
            real(path)

    return rmtree


def _unlink_unless_killed(left: list[int]) -> Callable[..., None]:
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if left[0] > 0:
            real(path, missing_ok)

    return unlink


def test_a_finished_move_with_something_else_at_both_ends_stops(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    with pytest.raises(FileExistsError):
        finish_move(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == ["a", "b"]
    assert not finish_move(tmp_path / "c", tmp_path / "d")


def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "a").write_bytes(b"one")
    move_file(tmp_path / "a", tmp_path / "b")
    (tmp_path / "c").write_bytes(b"two")
    with pytest.raises(FileExistsError):
        move_file(tmp_path / "c", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"one"


def test_publishing_takes_a_name_or_replaces_it(tmp_path: Path) -> None:
    for make in (lambda path: path.write_bytes(path.name.encode()), images):
        temporary, final = tmp_path / ".part", tmp_path / "final"
        make(temporary)
        publish(temporary, final)
        make(temporary)
        with pytest.raises(FileExistsError):
            publish(temporary, final)
        publish(temporary, final, replace=True)
        assert names(tmp_path) == ["final"]
        moving._remove(final)


def test_what_somebody_has_put_beside_images_stays_when_these_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for killed in ("", "publish: old folder aside", "publish: new folder in place"):
        place = tmp_path / f"killed {killed[9:]}"
        place.mkdir()
        temporary, final = place / ".part", images(place / "final")
        (final / "notes.txt").write_text("foreign")
        (images(temporary) / "frame_0001.webp").write_bytes(b"new")

        def stop(reached: str, killed: str = killed) -> None:
            if reached == killed:
                raise Killed

        with monkeypatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(disk, "reached", stop)
            publish(temporary, final, replace=True)
        # As healing does.
        if temporary.exists():
            publish(temporary, final, replace=True)
        moving.finish_replacing(final)
        assert names(place) == ["final"]
        assert names(final) == ["frame_0000.webp", "frame_0001.webp", "frame_0002.webp", "notes.txt"]
        assert (final / "frame_0001.webp").read_bytes() == b"new"
