"""The Trainer as a service: its options, and how its parts are put together."""

from __future__ import annotations

import argparse
from pathlib import Path

import grpc
from eightcut.trainer.v1.trainer_service_pb2_grpc import add_TrainerServiceServicer_to_server
from eightcut_client.channels import open_aio_channel
from eightcut_client.errors import ConfigError
from eightcut_runtime import Service, ServiceSpec, StartError

from eightcut_trainer import __version__
from eightcut_trainer.examples.inspection import Inspector
from eightcut_trainer.peers.endpoints import add_peer_arguments, peer
from eightcut_trainer.peers.inference import InferenceClient
from eightcut_trainer.peers.patience import Patience
from eightcut_trainer.peers.store import StoreClient
from eightcut_trainer.runs.changes import Changes
from eightcut_trainer.runs.execution import Execution
from eightcut_trainer.runs.scheduler import Scheduler
from eightcut_trainer.runs.training import Training, remove_leftovers
from eightcut_trainer.servicer import TrainerServicer


class Trainer:
    """The running Trainer.

    Args:
        scheduler: Has the running work.
        channels: To the other services.
    """

    def __init__(self, scheduler: Scheduler, channels: list[grpc.aio.Channel]) -> None:
        self._scheduler = scheduler
        self._channels = channels

    async def aclose(self) -> None:
        """Stops the running fits, whose runs go on with the next start, and hangs up."""
        await self._scheduler.aclose()
        for channel in self._channels:
            await channel.close()


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data-dir", required=True, type=Path, metavar="DIR", help="folder for locks and temporary files")
    add_peer_arguments(parser)
    add("--parallel-runs", type=_count, default=1, metavar="N", help="trainings at once; more wait (default: 1)")
    add(
        "--peer-patience",
        type=_seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long a training waits for a service that is away (default: 600)",
    )


async def _create(server: grpc.aio.Server, service: Service) -> Trainer:
    arguments = service.arguments
    folder = Path(arguments.data_dir) / "runs"
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"Cannot use the data folder {arguments.data_dir}: {(error.strerror or '').lower()}."
        ) from error
    try:
        channels = [open_aio_channel(peer(arguments, name)) for name in ("store", "inference")]
    except ConfigError as error:
        raise StartError(error.message) from error
    store, inference = StoreClient(channels[0]), InferenceClient(channels[1])
    inspector, changes, patience = Inspector(store, inference), Changes(), Patience(arguments.peer_patience)
    await service.threads.run(remove_leftovers, folder)
    training = Training(store, inference, inspector, patience, folder)
    execution = Execution(store, changes, training, patience)
    scheduler = Scheduler(store, folder, execution, arguments.parallel_runs)
    servicer = TrainerServicer(store, inspector, scheduler, changes, service.stopping)
    add_TrainerServiceServicer_to_server(servicer, server)
    scheduler.start()
    return Trainer(scheduler, channels)


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 64:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 64")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 86400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400 seconds")
    return value


SPEC = ServiceSpec("trainer", __version__, _create, "8-cut Trainer: examples to classifiers.", _add_arguments)
