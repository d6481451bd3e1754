"""What arrived of an import, checked and complete."""

from __future__ import annotations

from dataclasses import dataclass, field

from eightcut_runtime import Cancelled

from eightcut_store.areas.importing.rows import ClipRow, HiddenRow, MediaRow, NegativeRow, RegionRow, ScanRow, Table
from eightcut_store.areas.importing.spool import Spool
from eightcut_store.areas.importing.sums import LineSum, Sum


@dataclass
class Received:
    """Rows of all kinds, and what they sum up to.

    Marked clips come before those that were exported from scans: where both are one clip, it is a marked one.
    """

    media: dict[int, MediaRow] = field(default_factory=dict)
    marked: Spool[ClipRow] = field(default_factory=lambda: Spool(ClipRow))
    exported: Spool[ClipRow] = field(default_factory=lambda: Spool(ClipRow))
    scans: Spool[ScanRow] = field(default_factory=lambda: Spool(ScanRow))
    regions: Spool[RegionRow] = field(default_factory=lambda: Spool(RegionRow))
    negatives: Spool[NegativeRow] = field(default_factory=lambda: Spool(NegativeRow))
    hidden: Spool[HiddenRow] = field(default_factory=lambda: Spool(HiddenRow))
    lines: dict[Table, LineSum] = field(default_factory=lambda: {table: LineSum() for table in Table})
    sums: dict[Table, Sum] = field(default_factory=dict)
    abandoned: bool = False

    def finish(self) -> None:
        """Sums up; nothing can be added after."""
        self.sums = {table: lines.result() for table, lines in self.lines.items()}

    def check(self) -> None:
        """Ends an import that nobody waits for any more.

        Raises:
            Cancelled: The rows were forgotten.
        """
        if self.abandoned:
            raise Cancelled("The import was cancelled; nothing of it was kept.")

    def close(self) -> None:
        """Forgets the rows."""
        self.abandoned = True
        for spool in (self.marked, self.exported, self.scans, self.regions, self.negatives, self.hidden):
            spool.close()
