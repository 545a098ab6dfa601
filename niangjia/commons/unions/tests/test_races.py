"""Two hands at the tree at once, each race after the proof that it happens without the lock."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.unions import spans, testing
from niangjia.commons.unions.actions import NewUnion, appoint, close_union, found_union, move_union
from niangjia.commons.unions.actions import appointments as appointment_actions
from niangjia.commons.unions.models import Appointment
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.tests import model
from niangjia.kernel.errors import Conflict, RuleBroken, Unavailable
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two():
    """Two associations side by side."""
    testing.small_tree()
    plans = [NewUnion(code, code, "association", "EAST-1") for code in ("A", "B")]
    return [found_union(actor=testing.SYSTEM, plan=plan) for plan in plans]


def moving(union, parent, meet_after_checks):
    """A move that waits for the other one between its checks and its writing."""

    def move(meet):
        meet_after_checks.append(meet)
        return move_union(actor=testing.SYSTEM, union_id=union.pk, parent_id=parent.pk)

    return move


@pytest.fixture
def meeting(monkeypatch):
    """Let both acts read and judge before either of them writes."""
    meets = []
    real = spans.graft

    def graft(*args):
        meets[0]()
        real(*args)

    monkeypatch.setattr(spans, "graft", graft)
    return meets


def test_without_the_lock_two_crossing_moves_close_a_cycle(two, meeting, monkeypatch):
    first, second = two
    monkeypatch.setattr(spans, "lock_tree", lambda: None)
    outcomes = two_connections(moving(first, second, meeting), moving(second, first, meeting))
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert any(str(first.pk) in wrong or str(second.pk) in wrong for wrong in model.broken_invariants())


def test_of_two_crossing_moves_one_wins(two):
    first, second = two
    outcomes = two_connections(
        lambda: move_union(actor=testing.SYSTEM, union_id=first.pk, parent_id=second.pk),
        lambda: move_union(actor=testing.SYSTEM, union_id=second.pk, parent_id=first.pk),
    )
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert len(refused) == 1
    assert isinstance(refused[0], RuleBroken)
    assert refused[0].code == "CYCLE"
    assert model.broken_invariants() == []


def founding_below(parent):
    def found():
        return found_union(actor=testing.SYSTEM, plan=NewUnion("NEW", "新", "primary", parent.code))

    return found


def test_without_the_lock_a_founding_under_a_moving_union_gets_the_old_path(two, monkeypatch):
    first, second = two
    monkeypatch.setattr(spans, "lock_tree", lambda: None)

    def found_and_commit_late(meet):
        with transaction.atomic():
            founding_below(first)()
            meet()
            meet()

    def move_meanwhile(meet):
        meet()
        move_union(actor=testing.SYSTEM, union_id=first.pk, parent_id=second.pk)
        meet()

    outcomes = two_connections(found_and_commit_late, move_meanwhile)
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert model.broken_invariants() != []


def test_a_founding_under_a_moving_union_goes_with_it(two):
    first, second = two
    outcomes = two_connections(
        lambda: move_union(actor=testing.SYSTEM, union_id=first.pk, parent_id=second.pk), founding_below(first)
    )
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert model.broken_invariants() == []


def test_moving_below_a_union_that_is_being_closed_leaves_no_open_child_there(two):
    first, second = two
    outcomes = two_connections(
        lambda: move_union(actor=testing.SYSTEM, union_id=first.pk, parent_id=second.pk),
        lambda: close_union(actor=testing.SYSTEM, union_id=second.pk),
    )
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert [type(error) for error in refused] == [Conflict]
    assert refused[0].code in {"UNION_CLOSED", "HAS_CHILDREN"}


def test_who_waits_too_long_for_the_tree_is_told_to_try_again(two):
    first, second = two

    def hold(meet):
        with transaction.atomic():
            spans.lock_tree()
            meet()
            meet()

    def late(meet):
        meet()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                return move_union(actor=testing.SYSTEM, union_id=first.pk, parent_id=second.pk)
        finally:
            meet()

    _held, waited = two_connections(hold, late)
    assert isinstance(waited.error, Unavailable)
    assert waited.error.code == "TREE_BUSY"
    assert model.broken_invariants() == []


# Offices


def giving(user, union, role):
    return lambda: appoint(actor=testing.SYSTEM, user_id=user.pk, union_id=union.pk, role=role)


def test_without_lock_and_trigger_excluded_roles_meet(two, monkeypatch):
    user = testing.a_user("both")
    monkeypatch.setattr(appointment_actions, "_lock_user", lambda user_id: None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE unions_appointment DISABLE TRIGGER unions_roles_exclude_each_other")
    real = appointment_actions._insert

    def both(role):
        def give(meet):
            monkeypatch.setattr(appointment_actions, "_insert", lambda appointment: (meet(), real(appointment)))
            return giving(user, two[role == Role.FINANCE_RELEASER], role)()

        return give

    try:
        outcomes = two_connections(both(Role.FINANCE_PREPARER), both(Role.FINANCE_RELEASER))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE unions_appointment ENABLE TRIGGER unions_roles_exclude_each_other")
    assert [outcome.ok for outcome in outcomes] == [True, True]
    assert Appointment.objects.filter(user=user).count() == 2


def test_of_two_excluded_roles_given_at_once_one_is_refused(two):
    user = testing.a_user("both")
    outcomes = two_connections(giving(user, two[0], Role.FINANCE_PREPARER), giving(user, two[1], Role.FINANCE_RELEASER))
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert [error.code for error in refused] == ["ROLES_EXCLUDE"]
    assert Appointment.objects.filter(user=user).count() == 1


def test_the_trigger_holds_even_when_nobody_locks(two):
    user = testing.a_user("both")

    def insert(union, role):
        def write(meet):
            with transaction.atomic():
                meet()
                Appointment.objects.create(user=user, union=union, role=role, valid_from=date(2026, 1, 1))

        return write

    outcomes = two_connections(insert(two[0], Role.SYSTEM_ADMIN), insert(two[1], Role.AUDIT_ADMIN))
    assert [type(outcome.error) for outcome in outcomes if not outcome.ok] == [IntegrityError]
    assert Appointment.objects.filter(user=user).count() == 1
