"""What the person has chosen to train, and whether it can be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eightcut.common.v1.training_pb2 import TrainingSpec
from eightcut_client.times import to_duration, to_seconds

if TYPE_CHECKING:
    from eightcut_qt.core.settings import SettingsStore, TrainSettings

_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")


@dataclass(frozen=True, slots=True)
class TrainChoice:
    """The values of the form; see eightcut.common.v1.TrainingSpec.

    Attributes:
        positive_folders: Folders of the sound.
        negative_folder: Empty: automatic negatives only.
        embedder: Its id.
        name: Tells several classifiers on one embedder apart; may be empty.
        margin: Seconds.
        video_folder: Where to look for files that are not where they were; empty: nowhere.
        include_scan_exports: Also learn from clips that were exported from scans.
        use_hard_negatives: Also learn from hard negatives.
    """

    positive_folders: tuple[str, ...]
    negative_folder: str
    embedder: str
    name: str
    margin: float
    video_folder: str
    include_scan_exports: bool
    use_hard_negatives: bool

    @property
    def model(self) -> str:
        """What the classifier will be called."""
        return f"{self.embedder}_{self.name}" if self.name else self.embedder

    def mistake(self) -> str:
        """Return in one sentence why this cannot be asked of the Trainer; empty: it can."""
        if not self.embedder:
            return "No embedder is ready; choose one when there is."
        if wrong := name_mistake(self.name):
            return wrong
        if not self.positive_folders:
            return "Choose at least one folder of the sound."
        if self.negative_folder in self.positive_folders:
            return f"The folder {self.negative_folder} cannot be both the sound and not the sound."
        return ""

    def spec(self, profile: str) -> TrainingSpec:
        """Return it as the Trainer takes it; the new version is not used until the person says so."""
        return TrainingSpec(
            profile=profile,
            positive_folders=self.positive_folders,
            negative_folder=self.negative_folder,
            embedder=self.embedder,
            name=self.name,
            use_hard_negatives=self.use_hard_negatives,
            include_scan_exports=self.include_scan_exports,
            margin=to_duration(self.margin),
            activate=False,
        )

    @classmethod
    def of_settings(cls, kept: TrainSettings) -> TrainChoice:
        """Return what was chosen last."""
        return cls(
            positive_folders=kept.positive_folders,
            negative_folder=kept.negative_folder,
            embedder=kept.embedder,
            name=kept.name,
            margin=kept.margin,
            video_folder=kept.video_folder,
            include_scan_exports=kept.include_scan_exports,
            use_hard_negatives=kept.use_hard_negatives,
        )

    def keep(self, settings: SettingsStore, folders: tuple[str, ...]) -> None:
        """Remember it, with all folders that were checked: also those that this profile does not have."""
        settings.update(
            "train",
            positive_folders=folders,
            negative_folder=self.negative_folder,
            embedder=self.embedder,
            name=self.name,
            margin=self.margin,
            video_folder=self.video_folder,
            include_scan_exports=self.include_scan_exports,
            use_hard_negatives=self.use_hard_negatives,
        )


def name_mistake(name: str) -> str:
    """Return in one sentence what is wrong with a name; empty: nothing."""
    if len(name) > 64:
        return "The name may have at most 64 characters."
    if not _NAME.fullmatch(name):
        return "The name may hold only letters without accents, digits, and . _ -."
    return ""


def model_of(spec: TrainingSpec) -> str:
    """Return what a classifier of a spec is called."""
    return f"{spec.embedder}_{spec.name}" if spec.name else spec.embedder


def spec_lines(spec: TrainingSpec) -> list[tuple[str, str]]:
    """Return what a classifier was made from, as titles and values."""
    uses = not spec.HasField("use_hard_negatives") or spec.use_hard_negatives
    margin = to_seconds(spec.margin) if spec.HasField("margin") else 30.0
    return [
        ("Folders of the sound", ", ".join(spec.positive_folders) or "none"),
        ("Negative folder", spec.negative_folder or "automatic only"),
        ("Margin", f"{margin:g} s"),
        ("Hard negatives", "used" if uses else "not used"),
        ("Scan-exported clips", "included" if spec.include_scan_exports else "left out"),
    ]
