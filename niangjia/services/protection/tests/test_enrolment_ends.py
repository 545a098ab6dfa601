"""An early end and a renewal of the same protection: whichever comes first, nobody is renewed over a gap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.services.protection import actions, testing
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.catalogue import EnrolmentSource
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.testing import SYSTEM

WHY = "已经离开单位"


@pytest.fixture
def expiring(world):
    """Two members protected until in ten days."""
    world.people = lists.members(world.firm, 2)
    until = clock.today() + timedelta(days=10)
    for person in world.people:
        made = testing.an_enrolment(
            world.second, person, world.firm, from_day=until - timedelta(days=364), protected_since=date(2025, 1, 1)
        )
        Enrolment.objects.filter(pk=made.pk).update(to_day=until)
    world.until = until
    return Enrolment.objects.get(person=world.people[0])


def test_a_list_is_checked_again_when_what_it_renews_ends_before_it_is_applied(world, expiring):
    rows = [lists.a_row(person) for person in world.people]
    roster = lists.checked(rows, world.firm, world.plan, world.unit, from_day=world.until + timedelta(days=1))
    assert roster.count_of("renewed") == 2
    actions.end_enrolment(public_id=expiring.public_id, day=clock.today(), reason=WHY, actor=SYSTEM)
    actions.confirm_roster(public_id=roster.public_id, actor=world.unit)
    actions.forward_roster(public_id=roster.public_id, actor=world.agency)
    actions.apply_roster(public_id=roster.public_id, actor=world.office)
    roster = lists.after_work(roster)
    assert (roster.state, roster.count_of("renewed"), roster.count_of("new")) == ("ready", 1, 1)
    assert not Enrolment.objects.filter(renewed=True).exists()


@pytest.mark.parametrize("act", ["end", "cancel"])
def test_what_was_renewed_stands_until_the_renewal_is_taken_back(world, expiring, act):
    renewal = actions.enrol(
        plan_code=world.plan.code, person_id=world.people[0].pk, from_day=world.until + timedelta(days=1),
        source=EnrolmentSource.COUNTER.value, actor=SYSTEM,
    )  # fmt: skip
    assert renewal.renewed

    def undo():
        given = {"public_id": expiring.public_id, "reason": WHY, "actor": SYSTEM}
        if act == "end":
            return actions.end_enrolment(day=clock.today(), **given)
        return actions.cancel_enrolment(**given)

    with pytest.raises(RuleBroken, match="RENEWED_ALREADY"):
        undo()
    actions.cancel_enrolment(public_id=renewal.public_id, reason=WHY, actor=SYSTEM)
    assert undo().state in ("ended", "cancelled")
