"""Lints the API with buf and looks for changes that would break clients of an earlier commit.

buf gets images instead of the .proto files, because the validation rules that they import come from an installed
package (see protos/generate.py) and not from this tree.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def image(out: Path, source: Path) -> Path:
    """Writes the API below source as one image."""
    command = [
        sys.executable,
        str(ROOT / "protos" / "generate.py"),
        "image",
        str(out),
        "--source",
        str(source),
    ]
    subprocess.run(command, check=True)
    return out


def buf(*arguments: str) -> None:
    """Runs buf; ends the program with its status when it finds something."""
    program = shutil.which("buf", path=str(Path(sys.executable).parent)) or shutil.which("buf")
    if program is None:
        raise SystemExit("buf is not installed: pip install buf-bin")
    status = subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode
    if status:
        raise SystemExit(status)


def checkout(commit: str, folder: Path) -> bool:
    """Unpacks the protos of a commit into folder; False when there is no such commit or it has none."""
    command = ["git", "archive", "--format=tar", commit, "protos/eightcut"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if result.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(result.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return True


def main() -> None:
    """Runs both checks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", default="main", help="commit whose clients must go on working (default: main)")
    against = parser.parse_args().against
    with tempfile.TemporaryDirectory() as scratch:
        present = image(Path(scratch) / "present.binpb", ROOT / "protos")
        buf("lint", str(present))
        before = Path(scratch) / "before"
        if not checkout(against, before):
            print(f"buf breaking: nothing to compare with, {against!r} has no protos")
            return
        buf(
            "breaking",
            str(present),
            "--against",
            str(image(Path(scratch) / "before.binpb", before / "protos")),
        )


if __name__ == "__main__":
    main()
