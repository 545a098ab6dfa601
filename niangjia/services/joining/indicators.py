"""The figures of this room: what each means, and how it opens down to the applications behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, Part, declare
from niangjia.commons.ledger.units import CASES, PERCENT, PERSONS
from niangjia.commons.people.records import MEMBERS
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.services.joining import policies, queries
from niangjia.services.joining.records import ANSWERED, APPLIED, JOINED

PROGRAMME = _("入会和会籍")
"""The heading of these figures on the card."""


def _lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    rows = policies.visible_applications(actor).filter(pk__in=ids).select_related("home")
    return {
        row.pk: DrillLine(
            f"{row.number} {masks.mask_name(row.name)}",
            f"{row.home.name} · {row.category_label} · {clock.day_of(row.state_since):%Y-%m-%d}",
            f"/console/joining/{row.public_id}/",
        )
        for row in rows
    }


DRILL = Drill(queries.SUBJECT_TYPE, policies.visible_applications, _lines)


INDICATORS = (
    Indicator(
        code="joined",
        programme=PROGRAMME,
        label=_("发展会员"),
        definition=_("本期内入会申请获得通过、成为会员的人数。会籍转移、恢复不算发展。"),
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=JOINED,
        drill_level=DrillLevel.PERSONS,
        drill=DRILL,
        order=10,
    ),
    Indicator(
        code="joined_new_form",
        programme=PROGRAMME,
        label=_("其中：新就业形态劳动者"),
        definition=_("发展会员中，入会当时职业为快递员、网约送餐员、货车司机、网约车司机、保安员、房产中介员的人数。"),
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=JOINED,
        dims={"new_form": "yes"},
        of="joined",
        drill_level=DrillLevel.PERSONS,
        drill=DRILL,
        order=11,
    ),
    Indicator(
        code="members",
        programme=PROGRAMME,
        label=_("会员总数"),
        definition=_("期末在册会员人数，含保留会籍。"),
        unit=PERSONS,
        kind=Kind.STOCK,
        measure=MEMBERS,
        order=20,
    ),
    Indicator(
        code="applied",
        programme=PROGRAMME,
        label=_("收到入会申请"),
        definition=_("本期内收到的网上入会申请份数，按首先负责的工会统计。"),
        unit=CASES,
        kind=Kind.FLOW_QTY,
        measure=APPLIED,
        drill_level=DrillLevel.PERSONS,
        drill=DRILL,
        order=30,
    ),
    Indicator(
        code="answered_in_time",
        programme=PROGRAMME,
        label=_("入会申请按时办结率"),
        definition=_("本期内答复的入会申请中，在承诺期限内答复的占比。分母是本期答复的全部申请。"),
        unit=PERCENT,
        kind=Kind.RATE,
        numerator=Part(ANSWERED, dims={"in_time": "yes"}),
        denominator=Part(ANSWERED),
        order=40,
    ),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
