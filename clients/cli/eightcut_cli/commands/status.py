"""`8cut status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from eightcut_cli.failures import CommandError
from eightcut_cli.options import Call, command

if TYPE_CHECKING:
    from eightcut.inference.v1.inference_service_pb2 import GetDeviceStatusResponse
    from eightcut_client.endpoints import ServiceName

    from eightcut_cli.session import Session

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_SERVING = "serving"


@command(app, "status")
def status(call: Call) -> None:
    """Show which services answer, their versions, the devices, and which embedders are ready."""
    from eightcut_client.endpoints import SERVICE_NAMES

    from eightcut_cli.devices import device_document, device_status, platform_document
    from eightcut_cli.models import embedder_document, embedder_rows, list_embedders

    with call.session(*SERVICE_NAMES) as session:
        services = [_service(session, name) for name in SERVICE_NAMES]
        reachable = {service["name"]: service["status"] == _SERVING for service in services}
        embedders = list_embedders(session) if reachable["inference"] else []
        devices = device_status(session) if reachable["inference"] else None
        mode, data_dir = session.connection.mode, session.connection.data_dir

    def show() -> None:
        rows = [(s["name"], s["status"], s["version"], s["address"]) for s in services]
        call.out.table(("service", "status", "version", "address"), rows)
        if devices is not None:
            _show_devices(call, devices)
        if embedders:
            call.out.line("")
            call.out.table(("embedder", "dim", "state", "device", ""), embedder_rows(embedders), right=("dim",))
            call.out.line("")
        if data_dir is not None:
            running = "8cut serve" if mode == "served" else "the services of each command"
            call.out.line(f"data folder: {data_dir} ({running})")

    call.out.emit(
        {
            "services": services,
            "embedders": [embedder_document(embedder) for embedder in embedders],
            "devices": [device_document(device) for device in devices.devices] if devices is not None else [],
            "platform": platform_document(devices.platform) if devices is not None else None,
            "mode": mode,
            "data_dir": str(data_dir) if data_dir is not None else None,
            "profile": session.profile,
        },
        show,
    )
    missing = [name for name, serving in reachable.items() if not serving]
    if missing:
        raise CommandError(f"not serving: {', '.join(missing)}.")


def _show_devices(call: Call, found: GetDeviceStatusResponse) -> None:
    from eightcut_cli.devices import COLUMNS, NUMBERS, device_row, platform_line, stage_line

    if found.devices:
        call.out.line("")
        call.out.table(COLUMNS, [device_row(device) for device in found.devices], right=NUMBERS)
    lines = [*(stage_line(device) for device in found.devices), platform_line(found.platform), found.platform.advice]
    for line in filter(None, lines):
        call.out.line(line)


def _service(session: Session, name: ServiceName) -> dict[str, str]:
    from eightcut_client.errors import EightcutError

    found = {"name": name, "address": "", "status": "unreachable", "version": ""}
    try:
        found["address"] = session.connection.address(name)
        found["status"] = session.connection.health(name)
        if found["status"] == _SERVING:
            found["version"] = session.connection.server_info(name).version
    except EightcutError as error:
        found["status"] = str(error)
    return found
