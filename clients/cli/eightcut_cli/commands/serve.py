"""`8cut serve`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.options import Call, command

if TYPE_CHECKING:
    from eightcut_client.endpoints import ServiceName

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "serve")
def serve(
    call: Call,
    *,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="ADDR",
            help="host:port (and the next two ports), or unix:FOLDER. Default: found through the data folder only.",
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate (PEM); with --tls-key.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key (PEM).")] = None,
    media_root: Annotated[
        list[Path] | None,
        typer.Option("--media-root", metavar="D", help="Folder from which media are read without an upload."),
    ] = None,
) -> None:
    """Run the three services until Ctrl+C. Other commands on the same data folder find and use them.

    --token-file names the token that clients must show; --ca the authority that signed the certificate.
    """
    if call.settings.server is not None:
        raise UsageMistake("serve runs services itself: say with --listen where, not with --server.")
    named = os.environ.get("EIGHTCUT_TOKEN_FILE")
    token_file = call.settings.token_file or (Path(named) if named else None)
    if call.settings.token is not None or (token_file is None and os.environ.get("EIGHTCUT_TOKEN")):
        # Else the services would ask for no token, and nobody would notice.
        raise UsageMistake("serve takes the token from a file: --token-file or EIGHTCUT_TOKEN_FILE.")
    from eightcut_client.config import load_config
    from eightcut_client.serve import ServeSettings
    from eightcut_client.serve import serve as run_services

    settings = ServeSettings(
        listen=listen,
        token_file=token_file,
        tls_cert=tls_cert,
        tls_key=tls_key,
        peer_ca=call.settings.ca,
        media_roots=tuple(media_root or ()),
    )

    def ready(addresses: Mapping[ServiceName, str]) -> None:
        def show() -> None:
            for name, address in addresses.items():
                call.out.line(f"{name:<10} {address}")
            call.out.line("serving until Ctrl+C")

        call.out.emit({"services": [{"name": name, "address": address} for name, address in addresses.items()]}, show)

    data_dir = call.settings.data_dir or load_config().data_dir
    run_services(data_dir, settings, on_ready=ready, on_event=call.out.note)
