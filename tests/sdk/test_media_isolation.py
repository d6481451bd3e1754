"""A file that is decoded cannot make the decoder read another file, or the network."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from eightcut_client import media
from eightcut_client.media import container
from eightcut_client.media.container import FORMATS

from tests.support.media import tone, write_media

NAMES = ["list", "list.m3u8", "list.mp4", "list.ffconcat", "list.wav", "list.mkv"]


class Trap:
    """A TCP server that only remembers whether anybody came."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                visitor, _ = self.socket.accept()
            except TimeoutError:
                continue
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.socket.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Another real media file, which the list wants to be read."""
    return write_media(tmp_path / "secret.wav", tone(1.0, 16_000), 16_000)


def refuse(path: Path, text: str) -> None:
    """Write the text and check that it is not opened; in this process, where it is quicker."""
    path.write_text(text)
    with path.open("rb", buffering=0) as file, pytest.raises(media.NotMediaError):
        container.open_media(path, file, path.stat().st_size)


def assert_refused(path: Path) -> None:
    with media.decode(path) as audio, pytest.raises(media.NotMediaError, match="is not an audio or video"):
        list(audio)


def test_the_trap_would_be_seen(trap: Trap) -> None:
    """Plain FFmpeg does follow an address: the tests below could fail."""
    with pytest.raises(av.error.FFmpegError):
        av.open(f"http://127.0.0.1:{trap.port}/a.wav", timeout=5)
    assert trap.visits > 0


def test_an_ffconcat_list_would_be_followed_by_plain_ffmpeg(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "list.ffconcat"
    path.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    with av.open(path) as opened:
        assert opened.streams.audio


@pytest.mark.parametrize("name", NAMES)
def test_ffconcat(tmp_path: Path, secret: Path, trap: Trap, name: str) -> None:
    for entry in (secret.name, str(secret), f"file:{secret}", f"http://127.0.0.1:{trap.port}/a.wav"):
        refuse(tmp_path / name, f"ffconcat version 1.0\nfile '{entry}'\nduration 1\n")
    assert_refused(tmp_path / name)
    assert trap.visits == 0


@pytest.mark.parametrize("name", NAMES)
def test_hls(tmp_path: Path, secret: Path, trap: Trap, name: str) -> None:
    for entry in (secret.name, f"file://{secret}", f"http://127.0.0.1:{trap.port}/a.ts"):
        refuse(
            tmp_path / name,
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
            f"#EXTINF:1.0,\n{entry}\n#EXT-X-ENDLIST\n",
        )
    assert_refused(tmp_path / name)
    assert trap.visits == 0


@pytest.mark.parametrize("name", ["a.mpd", "a.mp4"])
def test_dash(tmp_path: Path, trap: Trap, name: str) -> None:
    (tmp_path / name).write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1000"><BaseURL>'
        f"http://127.0.0.1:{trap.port}/a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    assert_refused(tmp_path / name)
    assert trap.visits == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"),
        ("a.m3u", "http://127.0.0.1:{port}/a.mp3\n"),
        ("a.pls", "[playlist]\nFile1=http://127.0.0.1:{port}/a.mp3\nNumberOfEntries=1\n"),
        ("a.asx", '<asx version="3"><entry><ref href="http://127.0.0.1:{port}/a"/></entry></asx>\n'),
        ("a.ram", "http://127.0.0.1:{port}/a.rm\n"),
        ("a.txt", "[Reference]\nRef1=http://127.0.0.1:{port}/a.asf\n"),
    ],
)
def test_playlists_and_session_descriptions(tmp_path: Path, trap: Trap, name: str, text: str) -> None:
    (tmp_path / name).write_text(text.format(port=trap.port))
    assert_refused(tmp_path / name)
    assert trap.visits == 0


def test_an_image_pattern_is_a_plain_name(tmp_path: Path) -> None:
    for index in range(3):
        (tmp_path / f"{index:03d}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(media.MediaNotFoundError):
        media.probe(tmp_path / "%03d.png")


def test_a_quicktime_file_with_its_sound_in_another_file(tmp_path: Path, secret: Path) -> None:
    """The data reference of a MOV may name another file ('alis', 'url '): it must not be opened."""
    whole = write_media(tmp_path / "a.mov", tone(1.0, 16_000, frequency=300), 16_000)
    data = bytearray(whole.read_bytes())
    at = data.index(b"dref")
    # Clear the flag "in this same file" of the only entry, which has no name in it: 'url ' of size 12.
    entry = at + 4 + 8
    assert bytes(data[entry + 4 : entry + 8]) in (b"url ", b"alis")
    data[entry + 8 : entry + 12] = struct.pack(">I", 0)
    name = str(secret).encode() + b"\0"
    new = struct.pack(">I4sI", 12 + len(name), b"url ", 0) + name
    grown = len(new) - int.from_bytes(data[entry : entry + 4], "big")
    data[entry : entry + int.from_bytes(data[entry : entry + 4], "big")] = new
    for box in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        size = data.index(box) - 4
        data[size : size + 4] = struct.pack(">I", int.from_bytes(data[size : size + 4], "big") + grown)
    path = tmp_path / "b.mov"
    path.write_bytes(data)
    # The reference is ignored: what comes is the file's own sound, not the other's.
    with media.decode(path) as audio:
        found = b"".join(audio)
    with media.decode(whole) as audio:
        assert found == b"".join(audio)
    with media.decode(secret) as audio:
        assert found != b"".join(audio)


def test_no_demuxer_that_reads_other_files_is_on_the_list() -> None:
    allowed = set(FORMATS.split(","))
    known = {name for group in av.formats_available for name in group.split(",")}
    assert allowed <= known, allowed - known
    following = (
        "hls,applehttp,dash,concat,concatf,sdp,rtsp,rtp,sap,image2,image2pipe,imf,vobsub,lavfi,mpjpeg,hds,data,tty,"
        "webm_dash_manifest,fbdev,x11grab,alsa,v4l2,video4linux2,s16le"
    )
    assert not allowed & set(following.split(","))


@pytest.mark.parametrize(
    "lock",
    [
        {"format_whitelist": FORMATS, "protocol_whitelist": "file,http,tcp,crypto,data"},
        {"format_whitelist": f"{FORMATS},hls,concat,dash,sdp", "protocol_whitelist": "none"},
    ],
    ids=["formats", "protocols"],
)
def test_each_whitelist_holds_alone(
    tmp_path: Path, secret: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch, lock: dict[str, str]
) -> None:
    monkeypatch.setattr(container, "_OPTIONS", lock | {"safe": "0", "allowed_extensions": "ALL"})
    path = tmp_path / "list.mp4"
    for text in (
        f"ffconcat version 1.0\nfile '{secret.name}'\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"ffconcat version 1.0\nfile 'http://127.0.0.1:{trap.port}/a.wav'\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{trap.port}/a.ts\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    ):
        path.write_text(text)
        with path.open("rb", buffering=0) as file, pytest.raises(media.MediaError):
            container.open_media(path, file, path.stat().st_size)
    assert trap.visits == 0
