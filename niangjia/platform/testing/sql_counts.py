"""How many SQL statements a page or an action may take: measured, written down, compared.

Baselines lie beside the tests in ``sql_counts.json``. Run the tests once with ``NIANGJIA_WRITE_SQL_COUNTS=1`` to write
them, look at the difference, and commit it with the change that caused it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

_FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET CONSTRAINTS")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of the block, without those that only open and close transactions."""
    collected: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield collected
    collected += [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(_FRAME)]


class Baselines:
    """The baselines of one folder of tests."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "sql_counts.json"

    @contextmanager
    def expect(self, name: str) -> Iterator[None]:
        """Fail when the block takes another number of statements than the baseline ``name`` says."""
        with statements() as made:
            yield
        if os.environ.get("NIANGJIA_WRITE_SQL_COUNTS"):
            self._write(name, len(made))
            return
        known = self._read()
        if name not in known:
            raise AssertionError(f"{self.file} has no baseline {name!r}; it took {len(made)} statements")
        if known[name] != len(made):
            listing = "\n".join(f"  {number}. {sql}" for number, sql in enumerate(made, 1))
            raise AssertionError(f"{name}: {len(made)} statements instead of {known[name]}:\n{listing}")

    def _read(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(self.file.read_text()) if self.file.exists() else {}
        return counts

    def _write(self, name: str, count: int) -> None:
        counts = self._read() | {name: count}
        self.file.write_text(json.dumps(dict(sorted(counts.items())), indent=2, ensure_ascii=False) + "\n")
