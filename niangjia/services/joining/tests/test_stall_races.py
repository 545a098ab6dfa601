"""Two officers at one stall, on PostgreSQL: first that they lock each other out without the guard, then that they do
not."""

from __future__ import annotations

import pytest
from django.db import OperationalError, transaction

from niangjia.commons.people.models import Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.platform.testing.races import at_once, two_connections
from niangjia.services.joining import actions, testing
from niangjia.services.joining.models import Application
from niangjia.services.joining.stalls.queries import arrivals

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stander(world):
    return unions.an_officer([(world.street, Role.STALL_OFFICER)], "stander")


@pytest.fixture
def stall(world, stander):
    return testing.stall(world.street, stander)


def came(world, stall, number) -> list[str]:
    """Public ids in the order of their rows."""
    return [
        testing.application(serial + 1, world.street, stall=stall.public_id)[0].public_id for serial in range(number)
    ]


def test_without_the_locks_first_two_officers_lock_each_other_out(world, stall, stander):
    first, second = came(world, stall, 2)

    @transaction.atomic()
    def holds_the_counter(meet):
        actions.approve(public_id=first, actor=world.officer)
        meet()
        actions.approve(public_id=second, actor=world.officer)

    @transaction.atomic()
    def holds_the_application(meet):
        Application.objects.select_for_update(of=("self",)).get(public_id=second)
        meet()
        actions.approve(public_id=second, actor=stander)

    results = two_connections(holds_the_counter, holds_the_application)
    assert any(isinstance(result.error, OperationalError) for result in results)


def test_overlapping_lists_do_not_lock_each_other_out(world, stall, stander):
    ids = came(world, stall, 6)

    def approve(chosen, actor):
        def call(meet):
            meet()
            return actions.approve_many(public_ids=chosen, actor=actor)

        return call

    results = two_connections(approve(ids, world.officer), approve(ids[3:], stander))
    assert [result.error for result in results] == [None, None]
    assert Membership.objects.count() == 6


def test_twenty_who_send_at_the_same_moment_all_come_through(world, stall, stander):
    people = [testing.applicant(serial) for serial in range(1, 21)]

    def send(serial, actor):
        def call(meet):
            meet()
            return actions.submit(answers=testing.answers(serial, world.street, stall=stall.public_id), actor=actor)

        return call

    outcomes = at_once([send(serial, actor) for serial, actor in enumerate(people, start=1)])
    assert [outcome.error for outcome in outcomes] == [None] * 20
    assert Application.objects.filter(stall=stall).values("number").distinct().count() == 20
    assert len(arrivals(stander, stall).ready_ids.split()) == 20


def test_two_officers_approve_the_same_twenty_and_each_worker_joins_once(world, stall, stander):
    ids = came(world, stall, 20)

    def approve(actor):
        def call(meet):
            meet()
            return actions.approve_many(public_ids=ids, actor=actor)

        return call

    results = two_connections(approve(world.officer), approve(stander))
    assert [result.error for result in results] == [None, None]
    done = [result.value for result in results]
    assert sum(len(one.moved) for one in done) == 20
    assert sum(len(one.refused) for one in done) == 20
    assert Membership.objects.filter(origin="stall").count() == 20
    assert Application.objects.filter(state="approved").count() == 20
