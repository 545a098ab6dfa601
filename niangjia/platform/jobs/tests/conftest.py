"""The work of these tests, and the table of its effects."""

from __future__ import annotations

import pytest

from niangjia.platform.jobs import registry
from niangjia.platform.jobs.tests import works as works_module
from niangjia.platform.notices.tests.database import in_a_file

in_a_file()

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
