"""An empty database is migrated once for a given code; test runs after that begin with a copy of it.

The copy lies in ``.cache/`` of the project's folder under a digest of all migrations and of what they call, so that
another database needs another copy. Migrating goes on from the copy, so what happens after every migration happens.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

from niangjia.platform.testing import postgres

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = _ROOT / ".cache" / "databases"


def copies_are_used() -> None:
    """From now on a test database is made from the copy where there is one."""
    creation: Any = connection.creation
    create = creation._create_test_db

    def create_and_fill(verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name: str = create(verbosity, autoclobber, keepdb)
        if _copy().exists() and not keepdb:
            _lay(name)
        return name

    creation._create_test_db = create_and_fill


def copy_is_kept() -> None:
    """Keep the test database of this connection, just migrated, for the next run; older copies go."""
    if _copy().exists():
        return
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for old in _FOLDER.glob(f"*{_copy().suffix}"):
        old.unlink(missing_ok=True)
    handle, written = tempfile.mkstemp(dir=_FOLDER)
    os.close(handle)
    if connection.vendor == "sqlite":
        _save_sqlite(Path(written))
    else:
        _run("pg_dump", f"--file={written}", "--no-owner", "--no-privileges", name=connection.settings_dict["NAME"])
    Path(written).replace(_copy())


def sqlite_copy() -> Path | None:
    """The migrated SQLite file, when there is one: for tests that start a whole installation of their own."""
    found = _FOLDER / f"{_digest()}.sqlite3"
    return found if found.exists() else None


def _copy() -> Path:
    return _FOLDER / f"{_digest()}.{'sqlite3' if connection.vendor == 'sqlite' else 'sql'}"


@cache
def _digest() -> str:
    """Of the installed packages, of all migrations, and of the modules that migrations import."""
    migrations = sorted((_ROOT / "niangjia").rglob("migrations/*.py"))
    called = {path for one in migrations for path in _imported(one.read_text(encoding="utf-8"))}
    return digest_of([*migrations, *sorted(called)])


def digest_of(files: Iterable[Path]) -> str:
    """Of the installed packages and of these files of the project with their names."""
    whole = hashlib.sha256((_ROOT / "requirements" / "run.txt").read_bytes())
    for path in files:
        whole.update(str(path.relative_to(_ROOT)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:32]


def _imported(source: str) -> Iterator[Path]:
    """The files of the house that a migration names in its imports, as module or as something in one."""
    for name in re.findall(r"^(?:from|import) (niangjia[\w.]*)", source, re.MULTILINE):
        path = _ROOT / name.replace(".", "/")
        yield from (found for found in (path.with_suffix(".py"), *path.glob("*.py")) if found.is_file())


def _lay(name: str) -> None:
    if connection.vendor == "sqlite":
        shutil.copyfile(_copy(), name)
    else:
        _run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--file={_copy()}", name=name)


def _save_sqlite(target: Path) -> None:
    import sqlite3

    connection.ensure_connection()
    with sqlite3.connect(target) as copy:
        connection.connection.backup(copy)
    copy.close()


def _run(program: str, *arguments: str, name: str) -> None:
    settings: dict[str, Any] = connection.settings_dict
    where = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    given = {variable: str(settings[key]) for variable, key in where.items() if settings[key]}
    environment = {**os.environ, **given, "PGDATABASE": name}
    command = [str(postgres.programs() / program), *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
