"""Backup and restore: the database at one moment, the stored files, and a list of checksums.

A backup holds ciphertext where the database does; the master key is not in it and must be kept elsewhere. Files are
only ever added and have names of their own, so those copied after the database are a superset of what it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from niangjia.kernel import clock
from niangjia.shells.host.refusals import Refused
from niangjia.shells.host.version import version

MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: ``files`` maps each path to its SHA-256, ``size`` is in bytes."""

    vendor: str
    version: str
    made_at: str
    size: int
    files: dict[str, str]


def backup(target: Path) -> Manifest:
    """Write a backup into the new folder ``target``. It only gets its manifest when everything else is complete.

    Raises Refused when ``target`` holds anything, or a program is missing or fails.
    """
    if target.exists() and any(target.iterdir()):
        raise Refused(f"{target} is not empty; name a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)
    _dump(target / DATABASES[connection.vendor])
    if _stored().exists():
        shutil.copytree(_stored(), target / "files")
    names = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    manifest = Manifest(
        vendor=connection.vendor,
        version=version(),
        made_at=clock.now().isoformat(timespec="seconds"),
        size=sum((target / name).stat().st_size for name in names),
        files={name: _sha256(target / name) for name in names},
    )
    (target / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def restore(source: Path) -> Manifest:
    """Read the backup in ``source`` into the empty database and the empty folder of files of this installation.

    Raises Refused when a checksum differs, a file is missing or too many, or the target is not empty; nothing has
    been written then.
    """
    manifest = verify(source)
    settings.VAR.mkdir(parents=True, exist_ok=True)
    if manifest.vendor != connection.vendor:
        raise Refused(f"This backup is of {manifest.vendor}, but DATABASE_URL names {connection.vendor}.")
    _require_empty()
    _load(source / DATABASES[manifest.vendor])
    if (source / "files").exists():
        shutil.copytree(source / "files", _stored(), dirs_exist_ok=True)
    return manifest


def verify(source: Path) -> Manifest:
    """Read the manifest and compare every checksum; raises Refused with the first difference."""
    try:
        manifest = Manifest(**json.loads((source / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError):
        raise Refused(f"{source} holds no complete backup.") from None
    present = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()} - {MANIFEST}
    if odd := sorted(present ^ set(manifest.files)):
        raise Refused(f"The backup is not as it was made: {odd[0]} is missing or was added.")
    for name, digest in manifest.files.items():
        if _sha256(source / name) != digest:
            raise Refused(f"The backup is damaged: {name} has changed.")
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored() -> Path:
    storages: Any = settings.STORAGES
    return Path(storages["default"]["OPTIONS"]["location"])


def _require_empty() -> None:
    if _stored().exists() and any(_stored().iterdir()):
        raise Refused(f"{_stored()} is not empty; restore into a new installation.")
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise Refused(f"The database does not answer: {error}") from error
    if tables:
        raise Refused("The database is not empty; restore into a new one.")


def _dump(target: Path) -> None:
    if connection.vendor == "postgresql":
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _load(source: Path) -> None:
    if connection.vendor == "postgresql":
        _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source))
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        copy.backup(connection.connection)
    connection.close()


def _run(program: str, *arguments: str) -> None:
    """Run a PostgreSQL program against our database; the password goes by the environment, not by the command line."""
    found = shutil.which(program)
    if found is None:
        raise Refused(f"{program} is missing: apt-get install postgresql-client")
    place = dict(_place())
    name = ["--dbname", place.pop("PGDATABASE")]
    done = subprocess.run(
        [found, *name, *arguments], env={**os.environ, **place}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()[-1000:]}")


def _place() -> Iterator[tuple[str, str]]:
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    for ours, theirs in names.items():
        if value := connection.settings_dict.get(ours):
            yield theirs, str(value)
