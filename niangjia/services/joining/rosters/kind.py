"""What the house must know about rosters of members, in one value."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.rosters.kind import Kind
from niangjia.kernel.errors import RuleBroken
from niangjia.platform.personal_data.models import DataKey
from niangjia.services.joining.rosters import parameters, policies, rules, sheets
from niangjia.services.joining.rosters.models import Roster, RosterRow, RosterSerial
from niangjia.services.joining.rosters.states import OUTCOME_LABELS, ROSTER, Outcome


def _obstacle(roster: Roster, day: date) -> RuleBroken | None:
    return rules.obstacle(roster.counts, parameters.duplicate_share(roster.union_id, day))


def _forget_keys(rows: Any) -> None:
    """The keys of people who never came to be."""
    unborn = rows.filter(outcome=Outcome.NEW, person=None).values("public_id")
    DataKey.objects.filter(subject_key__in=unborn).delete()


KIND: Kind[Roster] = Kind(
    machine=ROSTER,
    roster=Roster,
    rows=RosterRow,
    serial=RosterSerial,
    prefix="MD",
    headings=sheets.HEADINGS,
    keys=sheets.KEYS,
    columns=sheets.COLUMNS,
    outcomes=OUTCOME_LABELS,
    taken=(Outcome.NEW,),
    bad=(Outcome.ERROR, Outcome.DUPLICATE),
    visible=policies.visible_rosters,
    may_work=policies.may_work,
    may_apply=policies.may_apply,
    obstacle=_obstacle,
    second_eyes=lambda roster, day: parameters.second_eyes(roster.union_id, day),
    kept_days=lambda roster, day: parameters.kept_days(roster.union_id, day),
    forget=_forget_keys,
)
