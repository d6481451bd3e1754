"""Certificates for tests of TLS."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificate(NamedTuple):
    """PEM files of a self-signed certificate."""

    cert: Path
    key: Path


def make_certificate(folder: Path, name: str = "localhost") -> Certificate:
    """Makes a self-signed certificate that is valid for a name; skips the test where openssl is not installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    whose = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    files = ["-keyout", str(made.key), "-out", str(made.cert)]
    command = [openssl, "req", "-x509", *curve, "-days", "2", *whose, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return made
