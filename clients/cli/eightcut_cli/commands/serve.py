"""`8cut serve`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from eightcut_client.inference_options import (
    COMPILE_MODES,
    DTYPES,
    InferenceOptions,
    check_choice,
    check_device,
    check_embedder_option,
)

from eightcut_cli.failures import UsageMistake
from eightcut_cli.options import Call, command

if TYPE_CHECKING:
    from eightcut_client.endpoints import ServiceName

app = typer.Typer(rich_markup_mode=None, add_completion=False)


def _checked(option: str, check: Callable[[str], str]) -> Callable[[str], str]:
    """What reads an option with a function of the library, whose sentence is shown.

    Raises:
        UsageMistake: The function refuses.
    """

    def parse(text: str) -> str:
        try:
            return check(text)
        except ValueError as error:
            raise UsageMistake(f"{option}: {error}") from None

    return parse


def _dtype(text: str) -> str:
    return check_choice(text, DTYPES)


def _mode(text: str) -> str:
    return check_choice(text, COMPILE_MODES)


Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        parser=_checked("--device", check_device),
        help="Where networks run: auto, cpu, mps, cuda (all), or cuda:0,cuda:1.",
    ),
]
Dtype = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        metavar="TYPE",
        parser=_checked("--dtype", _dtype),
        help="Arithmetic of networks: auto, float32, bfloat16. Each makes vectors of its own.",
    ),
]
Compile = Annotated[
    str | None,
    typer.Option(
        "--compile",
        metavar="MODE",
        parser=_checked("--compile", _mode),
        help="Mode of torch.compile: off, default, reduce-overhead, max-autotune.",
    ),
]
MaxBatch = Annotated[int | None, typer.Option("--max-batch", metavar="N", min=1, help="Windows in one batch, at most.")]
EmbedderOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--embedder-option",
        metavar="ID.NAME=VALUE",
        parser=_checked("--embedder-option", check_embedder_option),
        help="Such as EAT.frames=800; more than once: all.",
    ),
]
WeightsDir = Annotated[
    Path | None,
    typer.Option("--weights-dir", metavar="W", help="Folder of the weights. Default: weights in the data folder."),
]
MetricsListen = Annotated[
    str | None,
    typer.Option("--metrics-listen", metavar="HOST:PORT", help="Serve metrics for Prometheus there."),
]


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
    device: Device = None,
    dtype: Dtype = None,
    compile_: Compile = None,
    max_batch: MaxBatch = None,
    embedder_option: EmbedderOptions = None,
    weights_dir: WeightsDir = None,
    metrics_listen: MetricsListen = None,
) -> None:
    """Run the three services until Ctrl+C. Other commands on the same data folder find and use them.

    --token-file names the token that clients must show; --ca the authority that signed the certificate. What is not
    said of devices, weights and embedders is taken from the configuration file.
    """
    if call.settings.server is not None:
        raise UsageMistake("serve runs services itself: say with --listen where, not with --server.")
    token_file = _token_file(call)
    from eightcut_client.config import load_config
    from eightcut_client.serve import ServeSettings
    from eightcut_client.serve import serve as run_services

    config = load_config()
    options = InferenceOptions(
        device, dtype, compile_, max_batch, tuple(embedder_option or ()), weights_dir, metrics_listen
    )
    settings = ServeSettings(
        listen=listen,
        token_file=token_file,
        tls_cert=tls_cert,
        tls_key=tls_key,
        peer_ca=call.settings.ca,
        media_roots=tuple(media_root or ()),
        inference=options.over(config.inference),
    )

    def ready(addresses: Mapping[ServiceName, str]) -> None:
        def show() -> None:
            for name, address in addresses.items():
                call.out.line(f"{name:<10} {address}")
            call.out.line("serving until Ctrl+C")

        call.out.emit({"services": [{"name": name, "address": address} for name, address in addresses.items()]}, show)

    data_dir = call.settings.data_dir or config.data_dir
    run_services(data_dir, settings, on_ready=ready, on_event=call.out.note)


def _token_file(call: Call) -> Path | None:
    """The file with the token that clients must show.

    Raises:
        UsageMistake: The token was given otherwise: the services would ask for none, and nobody would notice.
    """
    named = os.environ.get("EIGHTCUT_TOKEN_FILE")
    token_file = call.settings.token_file or (Path(named) if named else None)
    if call.settings.token is not None or (token_file is None and os.environ.get("EIGHTCUT_TOKEN")):
        raise UsageMistake("serve takes the token from a file: --token-file or EIGHTCUT_TOKEN_FILE.")
    return token_file
