"""A server that speaks as much of the hub's protocol as downloads need."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.weights.small import REPO, REVISION


class Hub:
    """One repository with one revision.

    Attributes:
        repo: Its name.
        revision: Of it.
        files: Its files by name.
        asked: The requests for files: name, and the Range header.
        tokens: The Authorization headers that came.
        cut_after: Bytes after which the answer to a request breaks off; None: never.
        stall: Answers stop after some bytes until this is set.
        status: Given to every request, when it is no 200.
    """

    def __init__(self) -> None:
        self.repo, self.revision = REPO, REVISION
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.tokens: list[str | None] = []
        self.cut_after: int | None = None
        self.stall: threading.Event | None = None
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def publish(self, folder: Path) -> None:
        """Takes the files of a folder."""
        self.files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stall is not None:
            self.stall.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.tokens.append(self.headers.get("Authorization"))
            if hub.status != 200:
                self._answer(hub.status, b"{}", [("X-Error-Code", "RepoNotFound")] if hub.status == 404 else [])
            elif self.path.split("?")[0].startswith("/api/models/"):
                self._info()
            else:
                self._file()

        def _info(self) -> None:
            if hub.repo not in self.path:
                self._answer(404, b"{}", [("X-Error-Code", "RepoNotFound")])
                return
            siblings = []
            for name, data in hub.files.items():
                described: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": "0"}
                if not name.endswith(".json"):
                    digest = hashlib.sha256(data).hexdigest()
                    described["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
                siblings.append(described)
            info = {"_id": "0", "id": hub.repo, "sha": hub.revision, "private": False, "siblings": siblings}
            self._answer(200, json.dumps(info).encode())

        def _file(self) -> None:
            name = self.path.rpartition("/")[2]
            asked = self.headers.get("Range")
            hub.asked.append((name, asked))
            data = hub.files[name]
            begin = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            headers = [("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")] if asked else []
            self._answer(206 if asked else 200, data[begin:], headers)

        def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
            self.send_response(status)
            for header in [("Content-Length", str(len(body))), ("Content-Type", "application/json"), *(headers or [])]:
                self.send_header(*header)
            self.end_headers()
            if status in (200, 206) and hub.stall is not None and "resolve" in self.path:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                hub.stall.wait(60)
                self.close_connection = True
                return
            if status in (200, 206) and hub.cut_after is not None and "resolve" in self.path:
                self.wfile.write(body[: hub.cut_after])
                hub.cut_after = None
                self.close_connection = True
                return
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the interface's name
            return

    return Handler
