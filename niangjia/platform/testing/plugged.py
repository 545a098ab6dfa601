"""A process of its own in which a package from elsewhere is installed as a room, by its entry point alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings


def install(folder: Path, package: str) -> None:
    """Put beside ``package`` in ``folder`` what ``pip install`` would: its metadata with the entry point."""
    info = folder / f"{package}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[niangjia.rooms]\n{package} = {package}\n")


def run(folder: Path, *command: str, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a Python command (``-m pytest …``) that finds the packages installed in ``folder``; data goes there too."""
    root = str(settings.PACKAGE.parent)
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTEST_CURRENT_TEST", "NIANGJIA_VAR")}
    env = {**kept, "PYTHONPATH": os.pathsep.join([str(folder), root]), "NIANGJIA_VAR": str(folder / "var")}
    env |= {"DJANGO_SETTINGS_MODULE": "niangjia.settings", "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})}
    arguments: Sequence[str] = (sys.executable, *command)
    return subprocess.run(arguments, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
