"""A room from elsewhere: installed by its entry point alone, without a change to the house."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from niangjia.platform.testing import plugged

HERE = Path(__file__).parent
PROBE = ("-m", "pytest", str(HERE / "probe.py"), "-q", "--no-header", "-p", "no:cacheprovider", "-o", "addopts=",
         "-p", "niangjia.platform.testing.plugin", "--rootdir", str(HERE))  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(HERE / "bulletin", tmp_path / "bulletin", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_room_from_elsewhere_works_when_it_is_installed(folder):
    plugged.install(folder, "bulletin")
    done = plugged.run(folder, *PROBE)
    assert "6 passed" in done.stdout, done.stdout[-4000:] + done.stderr[-2000:]


def test_without_the_entry_point_it_is_not_there(folder):
    done = plugged.run(folder, *PROBE)
    assert done.returncode == 1, done.stdout[-4000:] + done.stderr[-2000:]
    assert "5 failed, 1 passed" in done.stdout, "only what it does not touch still passes"


def test_its_project_file_names_the_entry_point_that_was_tested():
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["niangjia.rooms"] == {"bulletin": "bulletin"}
