"""What two hands can do at once, on PostgreSQL: first that it goes wrong without the guard, then that it does not."""

from __future__ import annotations

from contextvars import ContextVar

import pytest
from django.db import connection

from niangjia.commons.people.models import Membership
from niangjia.kernel.errors import Conflict, DomainError
from niangjia.platform.testing.races import two_connections
from niangjia.services.joining import actions, intake, testing
from niangjia.services.joining.models import Application

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def outcomes(results) -> list[str]:
    return sorted("done" if result.error is None else type(result.error).__name__ for result in results)


@pytest.fixture
def meeting(monkeypatch):
    """Both callers have read, and looked for an open application, before either of them writes."""
    numbered = intake.next_number

    def number(year):
        MEET.get()()
        return numbered(year)

    monkeypatch.setattr(intake, "next_number", number)


MEET: ContextVar = ContextVar("meet")


def submit(serial, world, actor):
    def call(meet):
        MEET.set(meet)
        return actions.submit(answers=testing.answers(serial, world.street), actor=actor)

    return call


CONSTRAINTS = ("joining_one_open_application_per_user", "joining_one_open_application_per_id_number")


@pytest.fixture
def without_the_constraints():
    """Take the unique indexes away for one test and put them back."""
    kept = []
    with connection.cursor() as cursor:
        for name in CONSTRAINTS:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
            kept.append(cursor.fetchone()[0])
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM desk_duechange; DELETE FROM desk_deskitem; DELETE FROM joining_application")
        for definition in kept:
            cursor.execute(definition)


def test_without_the_constraints_one_worker_has_two_open_applications(world, meeting, without_the_constraints):
    actor = testing.applicant(1)
    two_connections(submit(1, world, actor), submit(1, world, actor))
    assert Application.objects.open().count() == 2


def test_two_taps_at_once_leave_one_application(world, meeting):
    actor = testing.applicant(1)
    results = two_connections(submit(1, world, actor), submit(1, world, actor))
    assert outcomes(results) == ["Conflict", "done"]
    assert Application.objects.open().count() == 1


def test_one_number_from_two_phones_at_once_is_open_once_without_doubt(world, meeting):
    one, two = testing.applicant(1), testing.applicant(2)
    results = two_connections(submit(1, world, one), submit(1, world, two))
    assert all(result.error is None or isinstance(result.error, DomainError) for result in results)
    assert Application.objects.open().filter(identity_check=False).count() == 1


def test_two_officers_at_once_make_one_member(world):
    application, _applicant = testing.application(1, world.street)

    def approve(gate):
        gate()
        return actions.approve(public_id=application.public_id, actor=world.officer)

    results = two_connections(approve, approve)
    assert sum(result.error is None for result in results) == 1
    assert Membership.objects.count() == 1


def test_approval_and_withdrawal_at_once_end_in_one_of_the_two(world):
    application, applicant = testing.application(1, world.street)

    def approve(gate):
        gate()
        return actions.approve(public_id=application.public_id, actor=world.officer)

    def withdraw(gate):
        gate()
        return actions.withdraw(public_id=application.public_id, actor=applicant)

    results = two_connections(approve, withdraw)
    assert sum(result.error is None for result in results) == 1
    state = Application.objects.get().state
    assert (state == "approved") == Membership.objects.exists()
    assert state in ("approved", "withdrawn")


def test_applications_at_once_get_different_numbers(world, meeting):
    one, two = testing.applicant(1), testing.applicant(2)
    results = two_connections(submit(1, world, one), submit(2, world, two))
    assert [result.error for result in results] == [None, None]
    assert len(set(Application.objects.values_list("number", flat=True))) == 2
    assert not isinstance(results[0].error, Conflict)
