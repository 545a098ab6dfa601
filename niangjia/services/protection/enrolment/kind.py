"""What the house must know about lists of enrolment, in one value."""

from __future__ import annotations

from datetime import date

from niangjia.commons.people.models import Membership
from niangjia.commons.rosters.kind import Kind
from niangjia.commons.unions import tree
from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection.enrolment import parameters, policies, rules, sheets
from niangjia.services.protection.enrolment.models import Roster, RosterRow, RosterSerial
from niangjia.services.protection.enrolment.states import GIVEN_BACK, OUTCOME_LABELS, ROSTER, TAKEN, Outcome


def _obstacle(roster: Roster, day: date) -> RuleBroken | None:
    return rules.nobody(roster.counts) or _too_few(roster, day)


def _too_few(roster: Roster, day: date) -> RuleBroken | None:
    """Staff are the members who stand in the unit, as far as the house knows."""
    version = roster.version
    if not version.share_percent:
        return None
    staff = Membership.objects.current().filter(union__in=tree.below(roster.union_id, day)).count()
    insured = sum(roster.count_of(outcome) for outcome in (*TAKEN, Outcome.COVERED))
    share, everyone = version.share_percent, version.everyone_under
    return rules.too_few(insured, staff, share=share, everyone_under=everyone)


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
    second_eyes=lambda roster, _day: roster.version.four_eyes or roster.office_id != roster.plan.union_id,
    reset=lambda roster: {"office_id": roster.home_id, "forwarded_by_id": None},
    kept_days=lambda roster, day: parameters.days("roster_kept_days", roster.union_id, day),
)
