"""What a clip's folder, label and category may be."""

from __future__ import annotations

MAX_FOLDER, MAX_LABEL, MAX_CATEGORY = 200, 1000, 200
"""Characters; the API's limits."""


def folder_problem(folder: str) -> str:
    """Return what is wrong with the name of a folder as one sentence; empty: nothing."""
    if not folder.strip():
        return "Give the clips a folder first."
    if len(folder) > MAX_FOLDER:
        return f"The name of a folder has at most {MAX_FOLDER} characters."
    if any(char in "/\\\x7f" or char < " " for char in folder):
        return "The name of a folder has no slashes and no line breaks."
    return ""
