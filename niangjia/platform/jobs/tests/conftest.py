"""The work of these tests, and the table of its effects."""

from __future__ import annotations

import tempfile

import pytest
from django.conf import settings

from niangjia.platform.jobs import registry
from niangjia.platform.jobs.tests import works as works_module

_folder = tempfile.TemporaryDirectory(prefix="niangjia-jobs-tests-")
if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
    # Worker processes and threads need a database in a file; this is read before the first database is made.
    settings.DATABASES["default"].setdefault("TEST", {})
    settings.DATABASES["default"]["TEST"]["NAME"] = f"{_folder.name}/test.sqlite3"

_kinds_of_the_tests = [kind for kind in registry._tasks if kind.startswith("test.")]
_tasks_of_the_tests = {kind: registry._tasks.pop(kind) for kind in _kinds_of_the_tests}


@pytest.fixture
def works(monkeypatch):
    """Declare the tests' work, and no other, for the length of one test."""
    monkeypatch.setattr(registry, "_tasks", dict(_tasks_of_the_tests))
    return works_module


@pytest.fixture
def table(works, request):
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    works.create_table()
    yield works
    works.drop_table()
