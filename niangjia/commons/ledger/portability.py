"""What the ledger counts somebody for, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.commons.ledger import queries
from niangjia.commons.ledger.indicators import all_indicators
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.models import Person
from niangjia.commons.unions.models import Union
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data.portability import Held, Holding, Subject


def collect(subject: Subject) -> Iterable[Holding]:
    """Every line that stands, the newest first; what was taken back is no longer counted and not told."""
    people = list(Person.objects.filter(public_id__in=subject.keys).values_list("pk", flat=True))
    rows = list(queries.received(people)) if people else []
    unions = dict(Union.objects.filter(pk__in={row.union_id for row in rows}).values_list("pk", "name"))
    labels = _labels()
    return [Holding("ledger", _("服务台账"), [_line(row, labels, unions) for row in rows])]


def _line(row: LedgerRow, labels: dict[str, Text], unions: dict[int, str]) -> list[Held]:
    return [
        Held("ledger.LedgerRow.day", _("日期"), row.day),
        Held("ledger.LedgerRow.measure", _("项目"), labels.get(row.measure, row.measure)),
        Held("ledger.LedgerRow.union_id", _("工会"), unions.get(row.union_id, "")),
        Held("ledger.LedgerRow.qty", _("数量"), row.qty),
        Held("ledger.LedgerRow.fen", _("金额"), yuan(row.fen) if row.fen else None),
    ]


def _labels() -> dict[str, Text]:
    """What a measure is called: as the figure that counts all of it, or else the first that counts some of it."""
    found: dict[str, Text] = {}
    for indicator in sorted(all_indicators(), key=lambda one: bool(one.dims)):
        if indicator.measure:
            found.setdefault(indicator.measure, indicator.label)
    return found
