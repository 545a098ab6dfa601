"""The years from August 2021 to December 2022, in the order of their days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from niangjia.commons.parameters import parameters
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _
from niangjia.platform.accounts.models import User
from niangjia.reports import refresh
from niangjia.services.protection import actions, six
from niangjia.services.protection.claim_models import Claim, Condolence
from niangjia.services.protection.models import Enrolment, Plan
from niangjia.services.protection.states import ClaimState, CondolenceState
from niangjia.services.protection.testing import a_card
from niangjia.services.reimbursement.models import Case
from niangjia.services.reimbursement.states import CaseState
from niangjia.shells.replay import claims, crowd, enrolments, money, reimbursements, years
from niangjia.shells.replay.beside import beside
from niangjia.shells.replay.cast import PLAYERS, Cast, gather

Say = Callable[[str, int, int], None]
"""Told what is done, how much of it, out of how much."""

NEW_COVER = date(2022, 3, 1)
NEW_STREETS = 12
"""So many streets take the members who come new in 2022."""

SQLITE_CACHE_KIB = 256 * 1024

EVERYTHING = 1_000_000
"""Changes of one measure that the report card takes up together: nobody waits to write meanwhile."""

_EMPLOYEES = ("enterprise_employee", "institution_employee")


def play(say: Say) -> None:
    """Play everything into an empty migrated database. Raises Conflict (NOT_EMPTY, PLAYED_BEFORE)."""
    _require_empty()
    _make_room()
    with clock.travelling(years.STANDING):
        cast = gather()
        plans = enrolments.publish(cast)
        money.open_funds(cast)
    with tree.remembered(), parameters.remembered():  # nobody moves a union or a rule from here on
        _play(cast, plans, say)


def _play(cast: Cast, plans: dict[str, Plan], say: Say) -> None:
    _gather_people(cast, say)
    _look_around()
    _enrol(cast, say)
    _look_around()
    with beside(lambda: _reimburse(cast, say)):
        _claim(cast, plans, say)
    _look_around()
    taken = refresh.follow(rest=timedelta(0), at_once=EVERYTHING)
    say("report card", taken, taken)


def played() -> dict[str, int]:
    """How much of each stands in the database, by the word that the command says."""
    paid = Claim.objects.filter(state=ClaimState.PAID).count()
    condoled = Condolence.objects.filter(state=CondolenceState.PAID).count()
    cases = dict(Case.objects.filter(state=CaseState.PAID).order_by().values_list("programme").annotate(Count("pk")))
    return {
        "members": Membership.objects.count(),
        "enrolments": Enrolment.objects.count(),
        "claims paid": paid,
        "condolences paid": condoled,
        **{f"reimbursements paid, {programme}": count for programme, count in sorted(cases.items())},
    }


def _require_empty() -> None:
    if User.objects.filter(sign_in_name__startswith=PLAYERS).exists():
        raise Conflict(
            "PLAYED_BEFORE",
            _("这个数据库里已经重演过，可能没有演完。请删掉它，建一个空的数据库，迁移以后从头再演。"),
        )
    if Union.objects.exists():
        raise Conflict("NOT_EMPTY", _("数据库里已经有工会，请用一个空的、迁移好的数据库。"))


def _make_room() -> None:
    """Let SQLite keep the ends of its indexes at hand; a third of a million random keys go everywhere."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")


def _look_around() -> None:
    """Let the database count what was written: nobody else does so in the midst of a play, and plans for empty tables
    are bad plans. A small sample tells enough of rows that one hand wrote."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET default_statistics_target = 10")
        cursor.execute("ANALYZE")


def _gather_people(cast: Cast, say: Say) -> None:
    """Members of the free plan outside the district, those of the general plan within it, and who comes new in 2022."""
    old, new = cast.elsewhere[NEW_STREETS:], cast.elsewhere[:NEW_STREETS]
    first, second = years.RENEWED, years.RENEWED + years.GENERAL_ENROLLED
    whole = second + years.NEW
    for unions, categories, serials, since in (
        (old, six.NEW_FORM, range(first), years.STANDING),
        (cast.district_streets, _EMPLOYEES, range(first, second), years.STANDING),
        (new, six.NEW_FORM, range(second, whole), date(2022, 1, 10)),
    ):
        with clock.travelling(since):
            places = [union.pk for union in unions]
            for done in crowd.admit(serials, union_ids=places, categories=categories, since=since):
                say("members", serials.start + done, whole)


def _enrol(cast: Cast, say: Say) -> None:
    new = [union.code for union in cast.elsewhere[:NEW_STREETS]]
    only_new: list[dict[str, Any]] = [{"is": "new_form"}, {"is": "union", "any_of": new}]
    whole = 2 * years.RENEWED + years.GENERAL_ENROLLED + years.NEW
    acts: tuple[Callable[[], object], ...] = (
        lambda: enrolments.entitled(cast, cast.city, years.SIX, years.FIRST_COVER, [{"is": "new_form"}]),
        lambda: enrolments.entitled(cast, cast.district, years.GENERAL, years.GENERAL_COVER, []),
        lambda: enrolments.entitled(cast, cast.city, years.SIX, NEW_COVER, only_new),
        lambda: enrolments.renewed(cast, cast.city, years.SIX, years.RENEWAL),
    )
    for act in acts:
        act()
        say("enrolments", Enrolment.objects.count(), whole)


def _reimburse(cast: Cast, say: Say) -> None:
    """File by file; out of another fund than claims, so that neither waits for the other."""
    for settlements in years.SETTLEMENTS:
        whole = settlements.persons * settlements.visits
        for through in reimbursements.play(cast, settlements):
            say(f"reimbursements, {settlements.programme}", through, whole)


def _claim(cast: Cast, plans: dict[str, Plan], say: Say) -> None:
    """Claims and condolences month by month; what was approved is paid at the end of each."""
    found, funds = claims.happenings(cast), {plan.fund for plan in plans.values()}
    done = 0
    for month in _MONTHS:
        for happening in found:
            if (happening.day.year, happening.day.month) == month:
                claims.play(cast, happening, plans[happening.events.plan])
                done += 1
        for condolences in years.CONDOLENCES:
            if (condolences.day.year, condolences.day.month) == month:
                _condole(cast, plans[years.SIX], condolences)
        if money.pay_all(cast, _after(*month), funds):
            say("claims", done, len(found))


_MONTHS = [(2021, month) for month in range(8, 13)] + [(2022, month) for month in range(1, 12)]


def _after(year: int, month: int) -> date:
    """A day on which all claims of events of that month have been answered: the 20th of the next."""
    return (date(year, month, 28) + timedelta(days=4)).replace(day=20)


def _condole(cast: Cast, plan: Plan, condolences: years.Condolences) -> None:
    people = _condoled(condolences)
    with clock.travelling(condolences.day):
        for person_id in people:
            proposed = actions.propose(
                plan_id=plan.pk, person_id=person_id, occasion=condolences.occasion, fen=condolences.fen,
                bank_account=a_card(person_id % 1_000_000), actor=cast.officer,
            )  # fmt: skip
            actions.grant(public_id=proposed.public_id, actor=cast.decider)


def _condoled(condolences: years.Condolences) -> Iterator[int]:
    """The last who were enrolled first; claims take them from the other end."""
    rows = Enrolment.objects.filter(plan__code=years.SIX, from_day=years.FIRST_COVER).order_by("-pk")
    skip = condolences.day.year % 2 * condolences.count
    return iter(list(rows.values_list("person_id", flat=True)[skip : skip + condolences.count]))
