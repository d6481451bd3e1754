"""What is said of hard negatives."""

from __future__ import annotations

from eightcut_qt.gateway import NegativeFilter


def hard_negatives(count: int) -> str:
    """Return ``1 hard negative``, ``12 hard negatives``."""
    return f"{count:,} hard negative{'' if count == 1 else 's'}"


def files(count: int) -> str:
    """Return ``1 file``, ``3 files``."""
    return f"{count:,} file{'' if count == 1 else 's'}"


def summary(shown: int, total: int, media: int) -> str:
    """Return what is shown of how many, such as ``12 of 340 hard negatives, in 3 files``."""
    if not total:
        return "There are no hard negatives yet."
    of_all = "" if shown == total else f"{shown:,} of "
    where = f", in {files(media)}" if shown else ""
    return f"{of_all}{hard_negatives(total)}{where}"


def clear_question(wanted: NegativeFilter, count: int) -> str:
    """Return the question which says exactly what will be deleted."""
    conditions = []
    if wanted.source_model is not None:
        one = "was" if count == 1 else "were"
        brought = f"that {wanted.source_model} brought" if wanted.source_model else f"that {one} marked by a person"
        conditions.append(brought)
    if wanted.text:
        whose = "whose file or model contains"
        conditions.append(f"{whose} “{wanted.text}”")
    if not conditions:
        what = "the only hard negative" if count == 1 else f"all {hard_negatives(count)}"
        return f"Delete {what} of this profile?"
    return f"Delete the {hard_negatives(count)} {' and '.join(conditions)}?"


def clear_consequence(count: int, total: int, undo_key: str) -> str:
    """Return what happens to the others, and how it can be taken back."""
    others = total - count
    stay = {0: "None are left then.", 1: "The other one stays."}.get(others, f"The other {others:,} stay.")
    back = f" You can undo this ({undo_key})." if undo_key else " You can undo this."
    return stay + back
