from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from niangjia.commons.people import reach, timeline
from niangjia.commons.unions import testing as unions
from niangjia.platform.lifecycle import effects
from niangjia.platform.lifecycle.effects import Batch
from niangjia.platform.lifecycle.records import Record
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.kept import kept


@dataclass
class Booked:
    """What went to the ledger slot, in order."""

    records: list[Record] = field(default_factory=list)

    def __call__(self, batch: Batch) -> None:
        self.records += [record for moved in batch.items for record in moved.records]

    def stock(self, *facts: str) -> dict[tuple, int]:
        """The sum of all records by union and the named facts, without those that came to nothing."""
        sums: dict[tuple, int] = {}
        for record in self.records:
            if record.kind == "stock":
                key = (record.node_id, *(record.dims[fact] for fact in facts))
                sums[key] = sums.get(key, 0) + record.qty
        return {key: qty for key, qty in sums.items() if qty}


@pytest.fixture
def booked(monkeypatch):
    """Listens at the ledger slot."""
    listener = Booked()
    monkeypatch.setitem(effects._handlers, "ledger", [*effects._handlers["ledger"], listener])
    return listener


@pytest.fixture
def tree(db, clock):
    """The small tree by code, on Wednesday, 4 March 2026."""
    return kept(unions.small_tree)


@pytest.fixture
def looks():
    """The looks so far, as (subject key, kind)."""

    def read() -> list[tuple[str, str]]:
        return list(Look.objects.order_by("id").values_list("subject_key", "kind"))

    return read


@pytest.fixture(autouse=True)
def _without_rooms(monkeypatch):
    """What rooms above register is tested there."""
    monkeypatch.setattr(reach, "_rooms", {})
    monkeypatch.setattr(timeline, "_sources", {})
