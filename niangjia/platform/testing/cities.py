"""What begins with a whole installation begins with a copy of one that was made before by the same code.

A demonstration city is filled once for a given code and day, an empty database is migrated once for given migrations.
The first to need one makes it as everybody does, by the real commands; the copies lie in ``.cache/`` of the project's
folder under a digest of all that made them.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path

from niangjia.platform.testing import migrated

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = _ROOT / ".cache" / "cities"
DATABASE = "niangjia.sqlite3"
"""The embedded database's name in the folder of an installation."""

_OF_A_RUN = shutil.ignore_patterns(f"{DATABASE}*", "metrics", "log", "demo.*")
"""What belongs to running processes; the database is copied by itself."""


def lay_city(var: Path, day: date) -> bool:
    """Lay the kept city of ``day`` into the empty folder ``var``; whether there was one."""
    kept = _place(day)
    if not kept.is_dir() or (var / DATABASE).exists():
        return False
    shutil.copytree(kept, var, dirs_exist_ok=True)
    return True


def keep_city(var: Path, day: date) -> None:
    """Keep what stands in ``var``, which may be running, as the city of ``day``; older ones go."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for old in _FOLDER.glob("*-*-*-*"):
        shutil.rmtree(old, ignore_errors=True)
    written = Path(tempfile.mkdtemp(dir=_FOLDER))
    shutil.copytree(var, written, ignore=_OF_A_RUN, dirs_exist_ok=True)
    with closing(sqlite3.connect(var / DATABASE)) as running, closing(sqlite3.connect(written / DATABASE)) as copy:
        running.backup(copy)
    try:
        written.replace(_place(day))
    except OSError:  # another run has kept its own meanwhile
        shutil.rmtree(written)


def lay_migrated(database: Path) -> None:
    """Lay a migrated and otherwise empty file at ``database``, when one is kept. Migrating goes on from it."""
    kept = migrated.sqlite_copy()
    if kept is not None:
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, database)


def _place(day: date) -> Path:
    return _FOLDER / f"{_digest()}-{day}"


@cache
def _digest() -> str:
    """Of the installed packages and of everything in the package but its tests."""
    made_of = sorted((_ROOT / "niangjia").rglob("*"))
    return migrated.digest_of(
        path for path in made_of if path.is_file() and not {"tests", "__pycache__"} & set(path.parts)
    )
