"""Two hands at one transfer: first that it goes wrong without the guard, then that it does not."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people import restoring
from niangjia.commons.people.models import Membership, MembershipStay
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, InvalidMove
from niangjia.kernel.policy import allow
from niangjia.platform.testing.races import two_connections
from niangjia.services.joining import testing
from niangjia.services.joining.transfers import actions, policies
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import Asked

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ONE_OPEN = "joining_one_open_transfer_for_each_person"


@pytest.fixture
def scene():
    tree = unions.small_tree()
    person = a_person("柳接转", user_id=testing.applicant(77).user_id)
    a_member(tree["EAST-1"], person=person)
    officer = unions.an_officer([(tree["EAST-2"], Role.UNION_OFFICER)], "new")
    old = unions.an_officer([(tree["EAST-1"], Role.UNION_OFFICER)], "old")
    return signed_in(person), old, officer


def asking(actor, code):
    """Look that none is open, meet the other, then open one."""

    def run(meet):
        with transaction.atomic():
            assert not Transfer.objects.open().exists()
            meet()
            membership = Membership.objects.select_related("person", "union").get()
            union = Union.objects.get(code=code)
            return actions.offer(membership, union, asked=Asked.UNION, actor=actor, decision=policies.may_ask(actor))

    return run


def test_without_the_constraint_one_member_is_on_the_way_to_two_unions(scene):
    me = scene[0]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {ONE_OPEN}")
    try:
        outcomes = two_connections(asking(me, "EAST-2"), asking(me, "WEST-1"))
        assert [outcome.error for outcome in outcomes] == [None, None]
        assert Transfer.objects.open().count() == 2
    finally:
        Transfer.objects.all().delete()
        with connection.schema_editor() as editor:
            constraint = next(one for one in Transfer._meta.constraints if one.name == ONE_OPEN)
            editor.add_constraint(Transfer, constraint)


def test_with_it_one_of_two_is_opened_and_the_other_is_told(scene):
    outcomes = two_connections(asking(scene[0], "EAST-2"), asking(scene[0], "WEST-1"))
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [type(error) for error in errors] == [Conflict]
    assert errors[0].code == "TRANSFER_OPEN"
    assert Transfer.objects.open().count() == 1


def test_accepted_and_withdrawn_at_once_end_in_one_of_the_two(scene):
    me, old, new = scene
    key = actions.request_transfer(union_code="EAST-2", actor=me).public_id
    actions.release_transfer(public_id=key, actor=old)

    def accept(meet):
        meet()
        return actions.accept_transfer(public_id=key, actor=new)

    def withdraw(meet):
        meet()
        return actions.withdraw_transfer(public_id=key, actor=me)

    outcomes = two_connections(accept, withdraw)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [type(error) for error in errors] == [InvalidMove]
    membership, transfer = Membership.objects.get(), Transfer.objects.get()
    went = transfer.state == "accepted"
    assert (membership.state, membership.union.code) == ("active", "EAST-2" if went else "EAST-1")
    assert MembershipStay.objects.filter(until=None).count() == 1


def on_the_way_and_ended(scene):
    """A transfer that waits to be accepted, of a member whose death was recorded meanwhile."""
    me, old, _new = scene
    key = actions.request_transfer(union_code="EAST-2", actor=me).public_id
    actions.release_transfer(public_id=key, actor=old)
    with transaction.atomic():
        people.end_membership(
            Membership.objects.select_related("person", "union").get(), cause="record_death", day=clock.today(),
            actor=SYSTEM, decision=allow("system"),
        )  # fmt: skip
    return key


def test_with_the_person_locked_before_the_transfer_undoing_an_ending_and_accepting_lock_each_other_out(scene):
    key = on_the_way_and_ended(scene)

    def restore(meet):
        with transaction.atomic():
            people.lock(Membership.objects.get().person)
            meet()
            actions.close_transfer(public_id=key, actor=SYSTEM)

    def accept(meet):
        with transaction.atomic():
            transfer = Transfer.objects.select_for_update(of=("self",)).get(public_id=key)
            meet()
            people.lock(transfer.person)

    outcomes = two_connections(restore, accept)
    assert any(isinstance(outcome.error, OperationalError) for outcome in outcomes)


def test_an_ending_undone_and_its_transfer_accepted_at_once_end_in_the_membership_where_it_was(scene):
    key, new = on_the_way_and_ended(scene), scene[2]

    def restore(meet):
        membership = Membership.objects.select_related("person", "union").get()
        meet()
        with transaction.atomic():
            return restoring.restore(
                membership, ended_by="record_death", actor=SYSTEM, decision=allow("system"), reason="当面核对"
            )

    def accept(meet):
        meet()
        return actions.accept_transfer(public_id=key, actor=new)

    undone, accepted = two_connections(restore, accept)
    assert undone.error is None
    assert isinstance(accepted.error, InvalidMove)
    membership, transfer = Membership.objects.get(), Transfer.objects.get()
    assert (membership.state, membership.union.code, transfer.state) == ("active", "EAST-1", "closed")
