import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from niangjia.platform.jobs import worker
from niangjia.shells.host import backup as backups
from niangjia.shells.host.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stored(settings, tmp_path):
    """The folder of files, with one in it."""
    folder = tmp_path / "stored"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "x", "OPTIONS": {"location": str(folder)}}}
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "one").write_bytes(b"\x00\x01 cipher")
    return folder


@pytest.fixture
def made(stored, tmp_path):
    worker.beat("backup-test", [])
    target = tmp_path / "backup"
    backups.backup(target)
    return target


def restore_elsewhere(source: Path, var: Path, url: str = "") -> subprocess.CompletedProcess:
    """Restore in a process of its own, into an empty installation."""
    env = {**os.environ, "NIANGJIA_VAR": str(var)}
    env.pop("DATABASE_URL", None)
    if url:
        env["DATABASE_URL"] = url
    command = [sys.executable, "-m", "niangjia.cli", "restore", str(source)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def workers(var: Path, url: str = "") -> str:
    env = {**os.environ, "NIANGJIA_VAR": str(var)}
    env.pop("DATABASE_URL", None)
    if url:
        env["DATABASE_URL"] = url
    code = "from niangjia.platform.jobs.models import Worker as W; print(*W.objects.values_list('name', flat=True))"
    command = [sys.executable, "-m", "niangjia.cli", "manage", "shell", "-v", "0", "-c", code]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.sqlite
def test_a_backup_of_sqlite_comes_back_with_its_files(made, tmp_path):
    done = restore_elsewhere(made, tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "backup-test" in workers(tmp_path / "new")
    assert (tmp_path / "new/files/ab/one").read_bytes() == b"\x00\x01 cipher"


@pytest.mark.postgresql
def test_a_backup_of_postgresql_comes_back_with_its_files(made, tmp_path):
    from niangjia.platform.testing.postgres import throwaway

    with throwaway() as url:
        done = restore_elsewhere(made, tmp_path / "new", url)
        assert done.returncode == 0, done.stderr
        assert "backup-test" in workers(tmp_path / "new", url)
        again = restore_elsewhere(made, tmp_path / "newer", url)
        assert (again.returncode, again.stderr) == (2, "The database is not empty; restore into a new one.\n")
    assert (tmp_path / "new/files/ab/one").read_bytes() == b"\x00\x01 cipher"


def test_a_backup_says_what_it_holds(made):
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["vendor"] == connection.vendor
    assert set(manifest["files"]) == {backups.DATABASES[connection.vendor], "files/ab/one"}
    assert made.stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_one_changed_byte_is_found_before_anything_is_written(made, tmp_path):
    (made / "files/ab/one").write_bytes(b"\x00\x02 cipher")
    done = restore_elsewhere(made, tmp_path / "new")
    assert (done.returncode, done.stderr) == (2, "The backup is damaged: files/ab/one has changed.\n")
    assert not (tmp_path / "new").exists()


def test_a_missing_and_an_added_file_are_found(made):
    (made / "files/ab/two").write_bytes(b"")
    with pytest.raises(Refused, match="files/ab/two is missing or was added"):
        backups.verify(made)
    (made / "files/ab/two").unlink()
    (made / "files/ab/one").unlink()
    with pytest.raises(Refused, match="files/ab/one is missing or was added"):
        backups.verify(made)


def test_a_backup_without_its_manifest_is_no_backup(made):
    (made / "manifest.json").unlink()
    with pytest.raises(Refused, match="no complete backup"):
        backups.verify(made)


def test_a_backup_overwrites_nothing(made):
    with pytest.raises(Refused, match="not empty"):
        backups.backup(made)


def test_nothing_is_restored_over_data(made):
    with pytest.raises(Refused, match="not empty"):
        backups.restore(made)
