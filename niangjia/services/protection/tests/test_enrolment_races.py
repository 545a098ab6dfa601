"""Who enrols the same people at once, on PostgreSQL: two lists, a list and a counter, a renewal and an early end. Each
is shown first without its guard; there both have judged before either writes."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from niangjia.commons.ledger.books import check_books
from niangjia.commons.rosters.states import RosterEvent
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.testing.races import two_connections
from niangjia.services.protection import actions, testing
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.catalogue import EnrolmentSource
from niangjia.services.protection.enrolment import applying, enrolling
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.testing import SYSTEM

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

MEET: ContextVar = ContextVar("meet")
ONCE = "protection_enrolment_once_from_each_day"
PEOPLE = 3


class Town:
    """Three members of a firm, the city's plan, its officers."""

    def __init__(self):
        tree = unions.small_tree()
        self.firm = tree["FIRM"]
        self.plan, _first, self.version = testing.six_gifts(tree["CITY"])
        self.unit = unions.an_officer([(self.firm, Role.UNION_OFFICER)], "unit")
        self.clerk = unions.an_officer([(tree["EAST-1"], Role.AGENCY_CLERK)], "clerk")
        self.people = lists.members(self.firm, PEOPLE)

    def a_list(self, from_day: date) -> Roster:
        """A list of everybody as its office sent it to be applied; the work itself is not done."""
        rows = [lists.a_row(person) for person in self.people]
        roster = lists.checked(rows, self.firm, self.plan, self.unit, from_day=from_day)
        with transaction.atomic():
            lifecycle.apply(roster, RosterEvent.APPLY, actor=SYSTEM, decision=allow("system"))
        return roster


@pytest.fixture
def town(transactional_db, clock):
    return Town()


def codes(outcomes):
    return sorted("done" if one.ok else getattr(one.error, "code", type(one.error).__name__) for one in outcomes)


def applies(roster):
    def call(meet):
        MEET.set(meet)
        return applying.apply(public_id=roster.public_id, actor=SYSTEM)

    return call


def at_counter(town, from_day):
    def call(meet):
        MEET.set(meet)
        return actions.enrol(
            plan_code=town.plan.code, person_id=town.people[0].pk, from_day=from_day,
            source=EnrolmentSource.COUNTER.value, actor=SYSTEM,
        )  # fmt: skip

    return call


def ends(enrolment, day):
    def call(meet):
        MEET.set(meet)
        return actions.end_enrolment(public_id=enrolment.public_id, day=day, reason="已经离开单位", actor=SYSTEM)

    return call


@pytest.fixture
def meeting(monkeypatch):
    """All have judged before anybody writes."""
    enrol_many, made, end = applying._enrol, enrolling._made, enrolling._require_not_renewed

    def met(then):
        def call(*given, **named):
            if (meet := MEET.get(None)) is not None:
                meet()
            return then(*given, **named)

        return call

    monkeypatch.setattr(applying, "_enrol", met(enrol_many))
    monkeypatch.setattr(enrolling, "_made", met(made))

    def judged(enrolment):
        end(enrolment)
        MEET.get()()

    monkeypatch.setattr(enrolling, "_require_not_renewed", judged)


@pytest.fixture
def without_the_plans_lock(monkeypatch):
    for module in (applying, enrolling):
        monkeypatch.setattr(module, "hold_plan", lambda *given, **named: None)


@pytest.fixture
def without_the_persons_lock(monkeypatch):
    """Nobody waits for the person: the row is read as it stands."""
    from niangjia.commons.people.models import PersonQuerySet

    monkeypatch.setattr(PersonQuerySet, "select_for_update", lambda rows, **named: rows)


@pytest.fixture
def without_the_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {ONCE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE protection_enrolment CASCADE")
        cursor.execute(
            f"CREATE UNIQUE INDEX {ONCE} ON protection_enrolment (person_id, plan_id, from_day)"
            " WHERE NOT (state = 'cancelled')"
        )


def doubled(town):
    """How many people are protected twice on the last day of the first enrolment."""
    day = Enrolment.objects.order_by("to_day").first().to_day
    covering = Enrolment.objects.covering(day).filter(plan=town.plan)
    return covering.count() - covering.values("person").distinct().count()


@pytest.fixture
def two_lists(town):
    """The same people on two lists, in two orders."""
    today = clock.today()
    first = town.a_list(today)
    town.people.reverse()
    return first, town.a_list(today)


def test_without_lock_and_constraint_two_lists_enrol_everybody_twice(
    town, two_lists, meeting, without_the_plans_lock, without_the_constraint
):
    assert codes(two_connections(*map(applies, two_lists))) == ["done", "done"]
    assert doubled(town) == PEOPLE


def test_without_the_lock_the_constraint_alone_lets_one_list_through(two_lists, meeting, without_the_plans_lock):
    assert codes(two_connections(*map(applies, two_lists))) == ["IntegrityError", "done"]
    assert Enrolment.objects.count() == PEOPLE


def test_of_two_lists_with_the_same_people_one_is_applied_and_the_other_checked_again(town, two_lists):
    assert codes(two_connections(*map(applies, two_lists))) == ["ROSTER_STALE", "done"]
    assert (Enrolment.objects.count(), doubled(town)) == (PEOPLE, 0)
    left = Roster.objects.get(state="applying")
    actions.recheck_roster(public_id=left.public_id, actor=SYSTEM)
    left = lists.after_work(left)
    assert (left.state, left.count_of("new")) == ("ready", 0), "everybody is protected already"
    assert not check_books()


def test_without_the_lock_a_list_and_a_counter_protect_one_person_twice(town, meeting, without_the_plans_lock):
    today = clock.today()
    outcomes = two_connections(applies(town.a_list(today)), at_counter(town, today + timedelta(days=1)))
    assert codes(outcomes) == ["done", "done"]
    assert doubled(town) == 1


def test_of_a_list_and_a_counter_at_once_one_protects_the_person(town):
    today = clock.today()
    roster = town.a_list(today)
    by_list, alone = two_connections(applies(roster), at_counter(town, today + timedelta(days=1)))
    assert by_list.ok != alone.ok
    assert (by_list.error or alone.error).code == ("COVERED" if by_list.ok else "ROSTER_STALE")
    assert (Enrolment.objects.count(), doubled(town)) == (PEOPLE if by_list.ok else 1, 0)
    assert not check_books()


@pytest.fixture
def expiring(town):
    """Everybody protected until in ten days; the enrolment of the first of them."""
    until = clock.today() + timedelta(days=10)
    for person in town.people:
        made = testing.an_enrolment(
            town.version, person, town.firm, from_day=until - timedelta(days=364), protected_since=date(2025, 1, 1)
        )
        Enrolment.objects.filter(pk=made.pk).update(to_day=until)
    return Enrolment.objects.get(person=town.people[0])


def by_list(town, first_day):
    return applies(town.a_list(first_day))


WAYS = {"a list": by_list, "a counter": at_counter}


def gaps():
    """Renewals that follow nothing: whoever is asked believes in protection that was not there."""
    renewed = Enrolment.objects.filter(renewed=True)
    return [
        one.person_id
        for one in renewed
        if not Enrolment.objects.filter(person=one.person_id, to_day=one.from_day - timedelta(days=1)).exists()
    ]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_without_the_locks_what_is_renewed_ends_meanwhile(
    town, expiring, meeting, without_the_plans_lock, without_the_persons_lock, way
):
    renews = WAYS[way](town, expiring.to_day + timedelta(days=1))
    outcomes = two_connections(renews, ends(expiring, clock.today()))
    assert codes(outcomes) == ["done", "done"]
    assert gaps() == [town.people[0].pk]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_of_a_renewal_and_an_early_end_at_once_nothing_is_renewed_over_a_gap(town, expiring, way):
    renews = WAYS[way](town, expiring.to_day + timedelta(days=1))
    renewal, end = two_connections(renews, ends(expiring, clock.today()))
    assert gaps() == []
    if not end.ok:
        assert (renewal.ok, end.error.code) == (True, "RENEWED_ALREADY")
    elif way == "a list":
        assert renewal.error.code == "ROSTER_STALE"
    else:
        assert not renewal.value.renewed, "protection begins anew"
    assert not check_books()
