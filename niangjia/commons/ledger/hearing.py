"""What the ledger hears: two entries of one human being became one, or were taken apart."""

from __future__ import annotations

from typing import Any

from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.commons.people.models import Person


def count_anew(*, merged: Person, **_arguments: Any) -> None:
    """Let the kept figures of distinct persons be counted again wherever the entry is named. No row changes."""
    cells = LedgerRow.objects.filter(person_id=merged.pk).values_list("measure", "union_id", "day").distinct()
    rows = [Touched(measure=measure, union_id=union_id, day=day) for measure, union_id, day in cells.order_by()]
    Touched.objects.bulk_create(rows, batch_size=1000)
