"""Installs the command line alone into a fresh virtual environment, as a laptop would, and weighs it.

    python -m benchmarks.thin_client

The reference is the environment this runs in, which holds everything.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from benchmarks.support import table

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "sklearn", "sqlalchemy", "scipy", "alembic", "transformers")


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        python = Path(scratch) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        packages = Path(
            subprocess.check_output(
                [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
            ).strip()
        )
        bare = size(packages)
        install = [str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), "./clients/cli"]
        subprocess.run(install, cwd=ROOT, check=True)
        found = [name for name in HEAVY if (packages / name).exists()]
        subprocess.run([str(python), "-m", "eightcut_cli", "--version"], check=True)
        thin, full = size(packages) - bare, size(Path(sysconfig.get_path("purelib")))
        parts = sorted(((size(part), part.name) for part in packages.iterdir() if part.is_dir()), reverse=True)
    mib = 1024 * 1024
    table(
        "The thin client",
        ["what", "MiB"],
        [
            ["site-packages of `pip install ./clients/cli`, without pip itself", f"{thin / mib:.0f}"],
            *([f"- of it {name}", f"{bytes_ / mib:.0f}"] for bytes_, name in parts[:5] if name != "pip"),
            ["site-packages of the development environment (reference)", f"{full / mib:.0f}"],
            ["ratio", f"{thin / full:.2f}"],
        ],
    )
    print(f"\nHeavy packages in it: {', '.join(found) or 'none'} (looked for {', '.join(HEAVY)})")
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
