"""A death that was recorded wrongly is undone by two: membership, card, account and figures are as before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.ledger.checks import differences
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import family, officers
from niangjia.commons.people.models import Card, Membership, MembershipStay, WrongDeath
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.people.wrong_deaths import actions
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import erasure
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import testing
from niangjia.services.joining.transfers import actions as transfers
from niangjia.services.joining.transfers.models import Transfer

WHY = "本人到服务站办事，当面核对"


class Alive:
    """A member at EAST-1 with a phone and a wife, whose death somebody recorded, and two officers."""

    def __init__(self, world):
        self.world = world
        self.person, self.wife = (
            a_person(name, user_id=testing.applicant(serial).user_id) for serial, name in ((180, "柳健"), (181, "柳妻"))
        )
        self.membership = a_member(world.street, person=self.person, day=clock.today() - timedelta(days=40))
        with transaction.atomic():
            family.state_kinship(person=self.person, relative=self.wife, relation="spouse", actor=world.officer)
        self.first, self.second = world.officer, an_officer([(world.tree["EAST"], "union_officer")], "second")

    def dies(self, days_ago=3):
        day = clock.today() - timedelta(days=days_ago)
        key = self.membership.public_id
        officers.end_membership(public_id=key, cause="record_death", day=day, actor=self.first)

    def proposed(self):
        return actions.propose(person=self.person.public_id, reason=WHY, actor=self.first).public_id

    def undone(self):
        actions.approve(public_id=self.proposed(), actor=self.second)

    def stands(self):
        return Membership.objects.get(pk=self.membership.pk)

    def account_is_open(self):
        return User.objects.get(pk=self.person.user_id).is_active


@pytest.fixture
def alive(world):
    return Alive(world)


def code_of(act, **said):
    with pytest.raises(DomainError) as refused:
        act(**said)
    return refused.value.code


def stock_on(union, day):
    rows = LedgerRow.objects.filter(measure="people.members", union_id=union.pk, day__lte=day)
    return sum(rows.values_list("qty", flat=True))


def told(person, kind):
    return Message.objects.filter(user=person.user_id, kind=kind).count()


def test_everything_is_as_it_was(alive):
    before = alive.stands()
    alive.dies()
    assert (alive.stands().state, alive.account_is_open()) == ("ended", False)
    assert stock_on(alive.world.street, clock.today()) == 0
    alive.undone()
    after = alive.stands()
    assert (after.state, after.until, after.ended_by, after.number) == ("active", None, "", before.number)
    assert after.counted_as == before.counted_as
    assert MembershipStay.objects.get(membership=after, until=None).union == alive.world.street
    assert Card.objects.live().filter(person=alive.person).count() == 1
    assert member_client(signed_in(alive.person)).get("/mine/").status_code == 200
    assert [told(alive.person, "people.death_undone"), told(alive.wife, "people.death_undone_family")] == [1, 1]


def test_the_ledger_is_reversed_on_the_day_of_the_death_and_no_day_shows_one_too_few(alive):
    alive.dies()
    day = alive.stands().until
    alive.undone()
    rows = LedgerRow.objects.filter(measure="people.members", person_id=alive.person.pk).order_by("pk")
    assert [(row.day, row.qty, bool(row.reverses)) for row in rows[1:]] == [(day, -1, False), (day, 1, True)]
    assert rows[1].reversed_by == rows[2].pk
    assert [stock_on(alive.world.street, day - timedelta(days=one)) for one in (-1, 0, 1)] == [1, 1, 1]
    assert not list(differences())


def test_the_stock_is_right_too_where_the_facts_changed_meanwhile(alive):
    alive.dies()
    officers.change_category(public_id=alive.membership.public_id, category="truck_driver", actor=alive.first)
    alive.undone()
    assert alive.stands().counted_as["category"] == "truck_driver"
    assert stock_on(alive.world.street, clock.today()) == 1
    assert not list(differences())


def test_a_retained_membership_is_retained_again(alive):
    officers.retain(
        public_id=alive.membership.public_id,
        day=clock.today() - timedelta(days=9),
        reason="已经退休",
        actor=alive.first,
    )
    alive.dies()
    alive.undone()
    assert alive.stands().state == "retained"
    assert alive.stands().counted_as["standing"] == "retained"


def test_a_transfer_under_way_is_over_and_can_be_asked_for_anew(alive):
    me = signed_in(alive.person)
    key = transfers.request_transfer(union_code="EAST-2", actor=me).public_id
    alive.dies(days_ago=0)
    alive.undone()
    assert (alive.stands().state, Transfer.objects.get(public_id=key).state) == ("active", "closed")
    assert transfers.request_transfer(union_code="EAST-2", actor=me).state == "requested"


def test_it_takes_two_and_neither_is_the_person_or_kin(alive):
    alive.dies()
    key = alive.proposed()
    assert alive.stands().state == "ended", "nothing changes before a second officer agrees"
    assert code_of(actions.approve, public_id=key, actor=alive.first) == "OWN_PROPOSAL"
    assert code_of(actions.approve, public_id=key, actor=alive.world.agent) == "NOT_FOUND"
    assert code_of(actions.approve, public_id=key, actor=alive.world.other_officer) == "NOT_FOUND"
    alive.wife.user_id = alive.second.user_id
    alive.wife.save(update_fields=["user"])
    assert code_of(actions.approve, public_id=key, actor=alive.second) == "OWN_CASE"
    with pytest.raises(IntegrityError), transaction.atomic():
        WrongDeath.objects.filter(public_id=key).update(decided_by=alive.first.user_id)


def test_what_cannot_be_undone_is_said(alive):
    said = {"person": alive.person.public_id, "actor": alive.first}
    assert code_of(actions.propose, reason=WHY, **said) == "NO_DEATH"
    alive.dies()
    assert code_of(actions.propose, reason="人在", **said) == "REASON_NEEDED"
    assert code_of(actions.propose, reason="电话 15400000009 核对过", **said) == "REASON_PERSONAL"
    key = alive.proposed()
    assert code_of(actions.propose, reason=WHY, **said) == "WRONG_DEATH_OPEN"
    a_member(alive.world.tree["EAST-2"], person=alive.person)
    assert code_of(actions.approve, public_id=key, actor=alive.second) == "ALREADY_MEMBER"
    actions.refuse(public_id=key, reason="本人已在别处入会", actor=alive.second)
    assert code_of(actions.approve, public_id=key, actor=alive.second) == "MOVE_NOT_ALLOWED"


def test_an_account_that_was_closed_for_another_reason_stays_closed(alive):
    users.disable(User.objects.get(pk=alive.person.user_id), actor=alive.second, reason="misuse")
    alive.dies()
    alive.undone()
    assert not alive.account_is_open()


def test_who_is_erased_takes_the_proposal_with_them(alive):
    alive.dies()
    key = alive.proposed()
    erasure.erase(alive.person.public_id, actor=alive.second, reason="会籍终止满保存期限")
    case = WrongDeath.objects.get(public_id=key)
    assert (case.state, case.reason) == ("withdrawn", "")


def test_from_the_persons_page_to_the_second_officers_desk(alive):
    first, second = staff_client(alive.first), staff_client(alive.second)
    address = f"/console/people/{alive.person.public_id}/"
    assert "提出撤销" not in first.get(address).text
    alive.dies()
    assert "提出撤销" in first.get(address).text
    form = f"/console/deaths/new/{alive.person.public_id}/"
    assert first.get(form).status_code == 200
    assert first.post(form, {"reason": ""}).status_code == 422
    page = first.post(form, {"reason": WHY})
    assert page.status_code == 302
    assert "待同事复核" in first.get(page.url).text
    assert "看撤销去世登记" in first.get(address).text
    assert first.post(f"{page.url}approve_alive/").status_code == 403
    assert WHY in second.get(page.url).text
    assert "马上恢复" in second.get(f"{page.url}approve_alive/").text
    assert second.post(f"{page.url}approve_alive/").status_code == 302
    assert alive.stands().state == "active"
    assert "撤销终止，恢复会籍" in second.get(address).text
    assert "柳" in second.get("/console/deaths/?state=undone").text
