"""`8cut train`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from eightcut_cli.failures import UsageMistake
from eightcut_cli.options import JOBS, Call, command
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut.store.v1.training_run_pb2 import TrainingEvent
    from eightcut_client.progress import Progress
    from eightcut_client.train import MissingMedia

    from eightcut_cli.progress import Board

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@command(app, "train")
def train(
    call: Call,
    more: Annotated[list[str] | None, typer.Argument(metavar="F…", help="More folders.", show_default=False)] = None,
    *,
    folder: Annotated[
        list[str], typer.Option("--folder", metavar="F", help="Folder of the sound; more than once: all.")
    ],
    model: Annotated[str, typer.Option("--model", metavar="M", help="Embedder (LOGMEL), or ID_name.")],
    negative_folder: Annotated[
        str, typer.Option("--negative-folder", metavar="G", help="Folder of clips that do not hold the sound.")
    ] = "",
    name: Annotated[
        str | None, typer.Option("--name", metavar="N", help="Tells several classifiers on one embedder apart.")
    ] = None,
    no_hard_negatives: Annotated[
        bool, typer.Option("--no-hard-negatives", help="Leave hard negatives out (and where they are).")
    ] = False,
    include_scan_exports: Annotated[
        bool, typer.Option("--include-scan-exports", help="Also learn from clips that were exported from scans.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(
            "--margin", metavar="S", parser=parse_seconds, help="Nearer to a clip than this nothing is a negative."
        ),
    ] = 30.0,
    jobs: Annotated[int | None, JOBS] = None,
) -> None:
    """Train a classifier from clips and make it the active one of its model."""
    from eightcut.common.v1.training_pb2 import TrainingSpec
    from eightcut_client.times import to_duration
    from eightcut_client.train import train as run_training

    from eightcut_cli.models import split_model
    from eightcut_cli.progress import shown
    from eightcut_cli.report import classifier_lines
    from eightcut_cli.shapes import classifier_document

    folders = list(dict.fromkeys([*folder, *(more or [])]))
    if negative_folder in folders:
        raise UsageMistake(f"the folder {negative_folder} cannot be both the sound and not the sound.")
    with call.session("trainer", "inference", "store") as session, shown() as board:
        embedder, model_name = split_model(session, model, name)
        spec = TrainingSpec(
            profile=session.profile,
            positive_folders=folders,
            negative_folder=negative_folder,
            embedder=embedder,
            name=model_name,
            use_hard_negatives=not no_hard_negatives,
            include_scan_exports=include_scan_exports,
            margin=to_duration(margin),
        )
        view = _View(board)
        result = run_training(
            session.connection,
            spec,
            on_event=view.event,
            on_missing=view.begin,
            on_embed=view.embed,
            on_embedded=view.embedded,
            jobs=jobs,
        )

    def print_report() -> None:
        for line in classifier_lines(result.classifier):
            call.out.line(line)

    call.out.emit({"classifier": classifier_document(result.classifier), "run": result.run.id}, print_report)


class _View:
    """Shows what a training is at."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._titles: dict[str, str] = {}
        self._step = ""

    def begin(self, missing: Sequence[MissingMedia]) -> None:
        many = len(missing) > 1
        for number, media in enumerate(missing, start=1):
            self._titles[media.digest] = f"[{number}/{len(missing)}] {media.filename}" if many else media.filename
        self._board.expect(len(missing))

    def embed(self, media: MissingMedia, progress: Progress) -> None:
        self._board(self._titles[media.digest], progress)

    def embedded(self, media: MissingMedia) -> None:
        self._board.done(self._titles[media.digest])

    def event(self, event: TrainingEvent) -> None:
        from eightcut_client.progress import Progress, Stage

        if event.HasField("progress"):
            step = event.progress
            title = f"training: {step.stage}"
            if title != self._step:
                self._board.forget(self._step)
                self._step = title
            self._board(title, Progress(Stage.SCORING, step.done, step.total))
