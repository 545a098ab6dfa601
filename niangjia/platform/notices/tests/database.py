"""A test database in a file, for threads and processes that need connections of their own to the same data."""

from __future__ import annotations

import tempfile

from django.conf import settings

_folder = tempfile.TemporaryDirectory(prefix="niangjia-tests-")


def in_a_file() -> None:
    """Give SQLite a file, if it has none yet. It is read when the first test makes its database."""
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        tests = database.setdefault("TEST", {})
        tests["NAME"] = tests.get("NAME") or f"{_folder.name}/test.sqlite3"
