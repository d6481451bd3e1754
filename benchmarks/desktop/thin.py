"""What the client alone weighs: `pip install ./clients/qt` into a fresh environment, and what its modules load.

It needs a package index. The reference is the environment this runs in, which holds everything.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from benchmarks.thin_client import HEAVY, ROOT, size

_MIB = 1024 * 1024

_LOADED = """
import pkgutil, sys
import eightcut_qt.app
for module in pkgutil.walk_packages(eightcut_qt.__path__, "eightcut_qt."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def run() -> bool:
    """Print the figures and tell whether nothing heavy came along."""
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        python = str(Path(scratch) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
        where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        packages = Path(subprocess.check_output(where, text=True).strip())
        bare = size(packages)
        install = [python, "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), "./clients/qt"]
        subprocess.run(install, cwd=ROOT, check=True)
        loaded = set(subprocess.check_output([python, "-c", _LOADED], cwd=scratch, text=True).split())
        installed = [name for name in HEAVY if (packages / name).exists()]
        weight, full = size(packages) - bare, size(Path(sysconfig.get_path("purelib")))
        parts = sorted(((size(part), part.name) for part in packages.iterdir() if part.is_dir()), reverse=True)
    print("the desktop client alone: site-packages of `pip install ./clients/qt`, without pip itself")
    print(f"  {weight / _MIB:8.0f} MiB   ({full / _MIB:.0f} MiB with everything: {full / weight:.1f} times as much)")
    for bytes_, name in [part for part in parts if part[1] != "pip"][:5]:
        print(f"  {bytes_ / _MIB:8.0f} MiB of it {name}")
    heavy = sorted(set(installed) | (loaded & set(HEAVY)))
    print(f"  heavy packages in it: {', '.join(heavy) or 'none'} (looked for {', '.join(HEAVY)})")
    return not heavy


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
