"""The figures of transfers, and how each opens down to the transfers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, declare
from niangjia.commons.ledger.units import PERSONS
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.services.joining.indicators import PROGRAMME
from niangjia.services.joining.transfers import policies
from niangjia.services.joining.transfers.queries import SUBJECT_TYPE
from niangjia.services.joining.transfers.records import CAME, GONE


def _lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    rows = policies.visible_transfers(actor).filter(pk__in=ids).with_unions()
    return {
        row.pk: DrillLine(
            f"{row.number} {masks.mask_name(row.person.name)}",
            f"{row.old.name} → {row.new.name}",
            f"/console/joining/transfers/{row.public_id}/",
        )
        for row in rows
    }


_DRILL = Drill(SUBJECT_TYPE, policies.visible_transfers, _lines)

INDICATORS = (
    Indicator(
        code="transferred_in",
        programme=PROGRAMME,
        label=_("会籍转入"),
        definition=_("本期内接收会籍的人数，按接收的工会统计；同一上级之内的接转也算。转入不算发展会员。"),
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=CAME,
        drill_level=DrillLevel.PERSONS,
        drill=_DRILL,
        order=21,
    ),
    Indicator(
        code="transferred_out",
        programme=PROGRAMME,
        label=_("会籍转出"),
        definition=_("本期内会籍被其他工会接收的人数，按原工会统计；同一上级之内的接转也算。"),
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=GONE,
        drill_level=DrillLevel.PERSONS,
        drill=_DRILL,
        order=22,
    ),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
