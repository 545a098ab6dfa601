"""Offices: who gives them, which exclude each other, how long they count."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from niangjia.commons.unions import grants, queries, testing
from niangjia.commons.unions.actions import appoint, close_union, end_appointment, move_union
from niangjia.commons.unions.models import Appointment
from niangjia.commons.unions.roles import APPOINTABLE, EXCLUDED_PAIRS, ROLE_LABELS, Role
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry

TODAY = date(2026, 3, 4)
EASTER = date(2026, 4, 6)
MAY = date(2026, 5, 1)

PAIRS = [pair for pairs in EXCLUDED_PAIRS for pair in permutations(sorted(pairs))]


@pytest.fixture
def city(clock, tree_of):
    return tree_of


@pytest.fixture
def user(db):
    return testing.a_user("wang")


def give(user, union, role, actor=testing.SYSTEM, **rest):
    return appoint(actor=actor, user_id=user.pk, union_id=union.pk, role=role, **rest)


def test_an_office_reaches_its_union_and_all_below(city, user):
    give(user, city["EAST"], Role.UNION_OFFICER)
    (grant,) = grants.of_user(user.pk)
    assert (grant.role, grant.node_id, grant.deputy_for) == ("union_officer", city["EAST"].pk, None)
    assert grant.reaches(f"{grant.path}{city['EAST-1'].pk}.")
    assert not grant.reaches(f"{city['CITY'].pk}.{city['WEST'].pk}.")


def test_grants_take_one_query(city, user):
    for code in ("EAST", "WEST", "FIRM"):
        give(user, city[code], Role.UNION_OFFICER)
    with CaptureQueriesContext(connection) as asked:
        assert len(grants.of_user(user.pk)) == 3
    assert len(asked) == 1


def test_grants_follow_a_move_at_once(city, user):
    give(user, city["FIRM"], Role.UNION_OFFICER)
    move_union(actor=testing.SYSTEM, union_id=city["FIRM"].pk, parent_id=city["WEST-1"].pk)
    (grant,) = grants.of_user(user.pk)
    assert grant.path == "".join(f"{city[code].pk}." for code in ("CITY", "WEST", "WEST-1", "FIRM"))


def test_an_office_counts_from_its_first_day_until_before_its_last(city, user, clock):
    give(user, city["EAST"], Role.UNION_OFFICER, valid_from=EASTER, valid_to=MAY)
    held = []
    for day in (TODAY, date(2026, 4, 5), EASTER, date(2026, 4, 30), MAY):
        clock.set(day)
        held.append(bool(grants.of_user(user.pk)))
    assert held == [False, False, True, True, False]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_excluded_roles_never_meet_in_one_user(city, user, first, second):
    give(user, city["EAST"], first)
    with pytest.raises(RuleBroken, match="ROLES_EXCLUDE") as refused:
        give(user, city["WEST-1"], second)
    assert str(ROLE_LABELS[first]) in str(refused.value.message)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_database_itself_keeps_excluded_roles_apart(city, user, first, second):
    give(user, city["EAST"], first)
    clash = Appointment(user=user, union=city["WEST"], role=second, valid_from=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        clash.save()
    harmless = give(user, city["WEST"], Role.UNION_OFFICER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=harmless.pk).update(role=second)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_excluded_roles_may_follow_each_other(city, user, first, second):
    give(user, city["EAST"], first, valid_to=MAY)
    assert give(user, city["EAST"], second, valid_from=MAY).role == second
    with pytest.raises(RuleBroken, match="ROLES_EXCLUDE"):
        give(user, city["WEST"], first, valid_from=EASTER)


def test_the_excluded_pairs_are_finance_and_the_three_administrators():
    assert {tuple(sorted(pair)) for pair in EXCLUDED_PAIRS} == {
        ("finance_preparer", "finance_releaser"),
        ("audit_admin", "security_admin"),
        ("audit_admin", "system_admin"),
        ("security_admin", "system_admin"),
    }


def test_a_deputy_is_held_to_the_excluded_pairs_too(city, user):
    releaser = testing.a_user("releaser")
    give(releaser, city["EAST"], Role.FINANCE_RELEASER)
    give(user, city["EAST"], Role.FINANCE_PREPARER)
    with pytest.raises(RuleBroken, match="ROLES_EXCLUDE"):
        give(user, city["EAST"], Role.FINANCE_RELEASER, deputy_for_id=releaser.pk, valid_to=MAY)


def test_a_deputy_holds_the_office_of_the_one_stood_in_for(city, user):
    chair = testing.a_user("chair")
    own = give(chair, city["EAST"], Role.UNION_OFFICER)
    give(user, city["EAST"], Role.UNION_OFFICER, deputy_for_id=chair.pk, valid_to=MAY)
    assert [(grant.role, grant.deputy_for) for grant in grants.of_user(user.pk)] == [("union_officer", chair.pk)]
    end_appointment(actor=testing.SYSTEM, public_id=own.public_id)
    assert grants.of_user(user.pk) == ()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"role": Role.REVIEWER, "valid_to": MAY}, "DEPUTY_OF_NOBODY"),
        ({"role": Role.UNION_OFFICER}, "DEPUTY_WITHOUT_END"),
        ({"role": Role.UNION_OFFICER, "valid_to": date(2026, 12, 1)}, "DEPUTY_OF_NOBODY"),
    ],
    ids=["another role", "no end", "longer than the office"],
)
def test_a_deputy_stands_in_only_for_what_is_held(city, user, options, code):
    chair = testing.a_user("chair")
    give(chair, city["EAST"], Role.UNION_OFFICER, valid_to=date(2026, 6, 1))
    with pytest.raises(RuleBroken, match=code):
        give(user, city["EAST"], deputy_for_id=chair.pk, **options)


def test_nobody_is_ones_own_deputy(city, user):
    give(user, city["EAST"], Role.UNION_OFFICER)
    with pytest.raises(RuleBroken, match="DEPUTY_SELF"):
        give(user, city["EAST"], Role.UNION_OFFICER, deputy_for_id=user.pk, valid_to=MAY)


def test_a_deputy_of_a_deputy_there_is_not(city, user):
    chair, second = testing.a_user("chair"), testing.a_user("second")
    give(chair, city["EAST"], Role.UNION_OFFICER)
    give(second, city["EAST"], Role.UNION_OFFICER, deputy_for_id=chair.pk, valid_to=MAY)
    with pytest.raises(RuleBroken, match="DEPUTY_OF_NOBODY"):
        give(user, city["EAST"], Role.UNION_OFFICER, deputy_for_id=second.pk, valid_to=MAY)


@pytest.mark.parametrize("role", ["", "king", "member", "UNION_OFFICER"])
def test_a_role_that_is_none_is_refused(city, user, role):
    with pytest.raises(RuleBroken, match="ROLE_UNKNOWN"):
        give(user, city["EAST"], role)


@pytest.mark.parametrize("role", sorted(APPOINTABLE))
def test_the_security_administrator_gives_every_office(city, user, role):
    security = testing.an_officer([(city["CITY"], Role.SECURITY_ADMIN)])
    give(user, city["EAST"], role, actor=security)
    entry = AuditEntry.objects.get(action="unions.appointment.given", after=role, user_id=security.user_id)
    assert entry.ground == f"security_admin@{city['CITY'].pk}"


@pytest.mark.parametrize(
    "role",
    [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.FINANCE_PREPARER, Role.FINANCE_RELEASER],
)
def test_a_union_officer_gives_offices_of_daily_work_only(city, user, role):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    with pytest.raises(NotAllowed, match="NO_OFFICE_HERE"):
        give(user, city["EAST-1"], role, actor=officer)
    assert give(user, city["EAST-1"], Role.SITE_KEEPER, actor=officer).role == Role.SITE_KEEPER


def test_nobody_gives_oneself_an_office(city, user):
    security = testing.an_officer([(city["CITY"], Role.SECURITY_ADMIN)])
    with pytest.raises(NotAllowed, match="OWN_OFFICE"):
        appoint(actor=security, user_id=security.user_id, union_id=city["EAST"].pk, role=Role.UNION_OFFICER)


@pytest.mark.parametrize("code", ["WEST", "CITY"])
def test_offices_beyond_ones_reach_do_not_exist(city, user, code, unchanged):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    with unchanged(), pytest.raises(NotFound):
        give(user, city[code], Role.REVIEWER, actor=officer)
    given = give(user, city[code], Role.REVIEWER)
    with pytest.raises(NotFound):
        end_appointment(actor=officer, public_id=given.public_id)


def test_the_same_office_is_given_once(city, user):
    give(user, city["EAST"], Role.UNION_OFFICER, valid_to=MAY)
    with pytest.raises(Conflict, match="ALREADY_APPOINTED"):
        give(user, city["EAST"], Role.UNION_OFFICER, valid_from=EASTER)
    assert give(user, city["EAST"], Role.UNION_OFFICER, valid_from=MAY).valid_to is None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"valid_from": MAY, "valid_to": MAY}, "TERM_INVALID"),
        ({"valid_from": MAY, "valid_to": EASTER}, "TERM_INVALID"),
        ({"valid_from": date(2019, 1, 1)}, "BEFORE_FOUNDING"),
    ],
)
def test_a_term_ends_after_it_begins(city, user, options, code):
    with pytest.raises(RuleBroken, match=code):
        give(user, city["EAST"], Role.REVIEWER, **options)


def test_people_do_not_appoint_into_the_past(city, user):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    with pytest.raises(RuleBroken, match="TERM_PAST"):
        give(user, city["EAST"], Role.REVIEWER, actor=officer, valid_from=date(2026, 3, 3))
    given = give(user, city["EAST"], Role.REVIEWER, actor=officer)
    with pytest.raises(RuleBroken, match="TERM_PAST"):
        end_appointment(actor=officer, public_id=given.public_id, day=date(2026, 3, 3))


def test_a_closed_union_and_a_user_that_is_gone_get_no_office(city, user):
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        give(user, city["SHOP"], Role.UNION_OFFICER)
    user.is_active = False
    user.save()
    with pytest.raises(NotFound):
        give(user, city["EAST"], Role.UNION_OFFICER)
    with pytest.raises(NotFound):
        appoint(actor=testing.SYSTEM, user_id=2**62, union_id=city["EAST"].pk, role=Role.REVIEWER)


def test_an_office_ends_today_and_not_twice(city, user):
    given = give(user, city["EAST"], Role.UNION_OFFICER)
    assert end_appointment(actor=testing.SYSTEM, public_id=given.public_id, reason="离任").valid_to == TODAY
    assert grants.of_user(user.pk) == ()
    with pytest.raises(Conflict, match="ALREADY_ENDED"):
        end_appointment(actor=testing.SYSTEM, public_id=given.public_id)


def test_an_office_taken_back_before_it_began_excludes_nothing(city, user):
    given = give(user, city["EAST"], Role.FINANCE_PREPARER, valid_from=EASTER)
    end_appointment(actor=testing.SYSTEM, public_id=given.public_id)
    assert give(user, city["EAST"], Role.FINANCE_RELEASER).role == Role.FINANCE_RELEASER


def test_the_offices_of_a_union_are_listed(city, user):
    give(user, city["EAST"], Role.UNION_OFFICER)
    give(testing.a_user("li"), city["EAST"], Role.REVIEWER, valid_from=MAY)
    assert [office.user for office in queries.offices_at(city["EAST"].pk)] == [user]
