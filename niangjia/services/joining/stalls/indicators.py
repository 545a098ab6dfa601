"""The figures of talks and stalls, and how each opens down to the talks behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, declare
from niangjia.commons.ledger.units import PERSON_TIMES, PERSONS, SESSIONS, UNITS
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.services.joining.indicators import DRILL as APPLICATIONS
from niangjia.services.joining.indicators import PROGRAMME as JOINING
from niangjia.services.joining.records import JOINED
from niangjia.services.joining.stalls import policies
from niangjia.services.joining.stalls.queries import SUBJECT_TYPE
from niangjia.services.joining.stalls.records import ATTENDED, FOUNDED, TALK

PROGRAMME = _("双沟通")
"""The heading of these figures on the card."""


def _lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    rows = policies.visible_stalls(actor).filter(pk__in=ids).with_unions()
    return {
        row.pk: DrillLine(
            f"{row.talk_label} {row.place}",
            " · ".join(str(part) for part in (row.union.name, f"{row.day:%Y-%m-%d}", row.founded) if part),
            f"/console/joining/stalls/{row.public_id}/",
        )
        for row in rows
    }


_TALKS = Drill(SUBJECT_TYPE, policies.visible_stalls, _lines)


INDICATORS = (
    Indicator(
        code="talks",
        programme=PROGRAMME,
        label=_("双沟通场次"),
        definition=_("本期内举行并结束的职工沟通会和企业沟通会场数，按沟通会当天统计；取消的不算。"),
        unit=SESSIONS,
        kind=Kind.FLOW_QTY,
        measure=TALK,
        drill_level=DrillLevel.PERSONS,
        drill=_TALKS,
        order=50,
    ),
    Indicator(
        code="talks_workers",
        programme=PROGRAMME,
        label=_("其中：职工沟通会"),
        definition=_("双沟通场次中，与职工沟通的场数。"),
        unit=SESSIONS,
        kind=Kind.FLOW_QTY,
        measure=TALK,
        dims={"talk": "workers"},
        of="talks",
        drill_level=DrillLevel.PERSONS,
        drill=_TALKS,
        order=51,
    ),
    Indicator(
        code="talks_employer",
        programme=PROGRAMME,
        label=_("其中：企业沟通会"),
        definition=_("双沟通场次中，与企业沟通的场数。"),
        unit=SESSIONS,
        kind=Kind.FLOW_QTY,
        measure=TALK,
        dims={"talk": "employer"},
        of="talks",
        drill_level=DrillLevel.PERSONS,
        drill=_TALKS,
        order=52,
    ),
    Indicator(
        code="talks_attended",
        programme=PROGRAMME,
        label=_("双沟通参加人次"),
        definition=_("本期内沟通会结束时登记的参加人数之和，没有登记人数的不计。"),
        unit=PERSON_TIMES,
        kind=Kind.FLOW_QTY,
        measure=ATTENDED,
        drill_level=DrillLevel.PERSONS,
        drill=_TALKS,
        order=53,
    ),
    Indicator(
        code="joined_at_stall",
        programme=JOINING,
        label=_("其中：现场入会"),
        definition=_("发展会员中，扫现场码提交申请并通过的人数，无论由哪个工会办理。"),
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=JOINED,
        dims={"at": "stall"},
        of="joined",
        drill_level=DrillLevel.PERSONS,
        drill=APPLICATIONS,
        order=12,
    ),
    Indicator(
        code="founded_by_talk",
        programme=PROGRAMME,
        label=_("沟通促成建会"),
        definition=_("本期内登记的、由双沟通促成建立的工会数，按举行沟通会的工会统计。"),
        unit=UNITS,
        kind=Kind.FLOW_QTY,
        measure=FOUNDED,
        drill_level=DrillLevel.PERSONS,
        drill=_TALKS,
        order=54,
    ),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
