"""The plans with their versions, and everybody's enrolment: by a rule, renewed, and newly by a rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.jobs import worker
from niangjia.services.protection import actions, six
from niangjia.services.protection.catalogue import PlanKind
from niangjia.services.protection.enrolment import actions as lists
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Plan
from niangjia.services.protection.terms import Terms
from niangjia.shells.replay import years
from niangjia.shells.replay.cast import SYSTEM, Cast

AHEAD = timedelta(days=10)
"""A list is brought so long before its first day."""


def publish(cast: Cast) -> dict[str, Plan]:
    """The free plan of the city with five covers in 2021 and six from 2022 on, and the district's general plan."""
    six_gifts = _plan(cast.city, years.SIX, "六送保障", PlanKind.FREE, "protection.free.six", "city_union")
    _version(six_gifts, six.six_gifts(5), date(2021, 1, 1), date(2021, 12, 31))
    _version(six_gifts, six.six_gifts(6), date(2022, 1, 1), None)
    general = _plan(
        cast.district, years.GENERAL, "职工互助保障", PlanKind.PAID, "protection.group.general", "mutual_aid"
    )
    _version(general, six.general_plan(), date(2021, 1, 1), None)
    return {years.SIX: six_gifts, years.GENERAL: general}


def _plan(union: Union, code: str, name: str, kind: PlanKind, programme: str, fund: str) -> Plan:
    return actions.found_plan(
        union_id=union.pk, code=code, name=name, kind=kind.value, programme=programme, fund=fund, actor=SYSTEM
    )


def _version(plan: Plan, terms: Terms, valid_from: date, valid_to: date | None) -> None:
    drawn = actions.draw_up(plan_id=plan.pk, terms=terms, valid_from=valid_from, valid_to=valid_to, actor=SYSTEM)
    actions.publish(public_id=drawn.public_id, actor=SYSTEM)


def entitled(cast: Cast, union: Union, plan: str, from_day: date, rule: Sequence[dict[str, Any]]) -> Roster:
    """Enrol everybody of a union and below whom a rule names."""
    with clock.travelling(from_day - AHEAD):
        roster = lists.upload_entitled(
            rule=list(rule), union_code=union.code, plan_code=plan, from_day=from_day, actor=cast.bringer
        )
        return _through(roster, cast)


def renewed(cast: Cast, union: Union, plan: str, from_day: date) -> Roster:
    """Renew everybody whose protection ends the day before ``from_day``."""
    until = from_day - timedelta(days=1)
    with clock.travelling(from_day - AHEAD):
        roster = lists.upload_renewal(union_code=union.code, plan_code=plan, until=until, actor=cast.bringer)
        return _through(roster, cast)


def _through(roster: Roster, cast: Cast) -> Roster:
    """From the check to the enrolment: confirmed by one, decided by another."""
    worker.drain()
    roster.refresh_from_db()
    if lists.MOVES.wants_second_eyes(roster):
        lists.confirm_roster(public_id=roster.public_id, actor=cast.bringer)
    deciding: Actor = cast.officer
    lists.apply_roster(public_id=roster.public_id, actor=deciding)
    worker.drain()
    roster.refresh_from_db()
    return roster
