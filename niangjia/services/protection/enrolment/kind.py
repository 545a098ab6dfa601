"""What the house must know about lists of enrolment, in one value."""

from __future__ import annotations

from datetime import date

from niangjia.commons.rosters.kind import Kind
from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection.enrolment import parameters, policies, rules, share, sheets
from niangjia.services.protection.enrolment.models import Roster, RosterRow, RosterSerial
from niangjia.services.protection.enrolment.states import GIVEN_BACK, OUTCOME_LABELS, ROSTER, TAKEN, Outcome


def _obstacle(roster: Roster, day: date) -> RuleBroken | None:
    return rules.nobody(roster.counts) or _too_few(roster, day)


def _too_few(roster: Roster, day: date) -> RuleBroken | None:
    """Too small a share of the unit would be insured; a purchase asks with the headcount that its buyer states."""
    return share.obstacle(roster.version, roster.union_id, insured_of(roster), day)


def insured_of(roster: Roster) -> int:
    """How many people of the list would be insured, with those who are."""
    return sum(roster.count_of(outcome) for outcome in (*TAKEN, Outcome.COVERED))


def standing_of(roster: Roster) -> int:
    """How many of the list stand in the unit as far as the house knows, whether they can be insured or not."""
    return sum(roster.count_of(outcome) for outcome in (*TAKEN, Outcome.COVERED, Outcome.OUTSIDE))


def _two(roster: Roster) -> bool:
    """Two people pass a list on its way, unless the plan's own office brought it and the plan asks for no more."""
    return bool(roster.version.four_eyes) or roster.office_id != roster.plan.union_id


KIND: Kind[Roster] = Kind(
    machine=ROSTER,
    roster=Roster,
    rows=RosterRow,
    serial=RosterSerial,
    prefix="CB",
    headings=sheets.HEADINGS,
    keys=sheets.KEYS,
    columns=sheets.COLUMNS,
    outcomes=OUTCOME_LABELS,
    taken=TAKEN,
    bad=GIVEN_BACK,
    visible=policies.visible_rosters,
    may_work=policies.may_work,
    may_apply=policies.may_apply,
    obstacle=_obstacle,
    second_eyes=lambda roster, _day: not roster.bought and _two(roster),
    reset=lambda roster: {"office_id": roster.home_id, "forwarded_by_id": None},
    kept_days=lambda roster, day: parameters.days("roster_kept_days", roster.union_id, day),
)
