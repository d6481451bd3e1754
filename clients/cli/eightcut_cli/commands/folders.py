"""`8cut folders`."""

from __future__ import annotations

from typing import Annotated

import typer

from eightcut_cli.options import Call, command

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "folders")
def folders(
    call: Call,
    include_scan_exports: Annotated[
        bool, typer.Option("--include-scan-exports", help="Also folders that hold only clips exported from scans.")
    ] = False,
) -> None:
    """Show the folders that clips lie in, with counts."""
    from eightcut.store.v1.clip_service_pb2 import ListFoldersRequest

    with call.session("store") as session:
        answer = session.connection.clips.ListFolders(
            ListFoldersRequest(profile=session.profile, include_scan_exports=include_scan_exports)
        )
    found = [
        {
            "name": folder.name,
            "clips": folder.clips,
            "media": folder.media,
            "scan_exports": folder.scan_exports,
            "disabled": folder.disabled,
        }
        for folder in answer.folders
    ]

    def show() -> None:
        if not answer.folders:
            call.out.line("no folders yet: 8cut clips add FILE --start S --folder NAME makes one")
            return
        rows = [
            (f.name, str(f.clips), str(f.media), "takes no part in training" if f.disabled else "")
            for f in answer.folders
        ]
        call.out.table(("folder", "clips", "media", ""), rows, right=("clips", "media"))

    call.out.emit({"folders": found}, show)
