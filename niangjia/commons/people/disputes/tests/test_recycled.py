"""A phone that left an account because whoever signed in said that it is not theirs: what the union's decision does."""

from __future__ import annotations

import pytest

from niangjia.commons.people.disputes import actions, due, queries, recycled
from niangjia.commons.people.disputes.testing import about_number, an_account
from niangjia.commons.people.disputes.tests.conftest import a_scene
from niangjia.commons.people.models import Person
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import owners, phones, sessions, users
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.races import two_connections

OLD = invented_phone(4402)
WHY = "双方材料看过"


def at_a_phone(person):
    """A session of the person's account in which the code was just typed."""
    from niangjia.kernel import clock

    begun = sessions.start(user=person.user, kind=SessionKind.MEMBER, second_factor_at=clock.now())
    return recycled.whoever_typed(begun.session)


def disowned(scene):
    made, _begun = recycled.disown(name="吴新机", actor=at_a_phone(scene.holder))
    return made, User.objects.get(phone_index=phones.index_of(OLD))


def decided(scene, made, outcome):
    """By two officers where two are needed."""
    row = actions.decide(public_id=made.public_id, outcome=outcome, reason=WHY, actor=scene.one)
    return actions.confirm(public_id=made.public_id, actor=scene.two) if row.state == "review" else row


@pytest.mark.django_db
class TestTheDecision:
    def test_moves_for_good_what_left_at_once_and_takes_two(self, scene):
        made, heir = disowned(scene)
        row = actions.decide(public_id=made.public_id, outcome="move", reason=WHY, actor=scene.one)
        assert row.state == "review"
        assert actions.confirm(public_id=made.public_id, actor=scene.two).state == "moved"
        assert User.objects.get(phone_index=phones.index_of(OLD)) == heir
        assert not Person.objects.get(pk=scene.holder.pk).phone_index

    def test_refusing_gives_the_phone_back_to_the_entry_and_the_account(self, scene):
        made, heir = disowned(scene)
        assert decided(scene, made, "refuse").state == "refused"
        holder = Person.objects.select_related("user").get(pk=scene.holder.pk)
        assert (str(holder.phone), str(holder.user.phone)) == (OLD, OLD)
        assert owners.must_ask(holder.user)
        assert User.objects.get(pk=heir.pk).phone_index is None

    def test_joins_an_owner_who_took_their_account_for_another(self, scene):
        made, heir = disowned(scene)
        assert decided(scene, made, "join").state == "joined"
        holder = Person.objects.select_related("user").get(pk=scene.holder.pk)
        assert (str(holder.phone), str(holder.user.phone)) == (OLD, OLD)
        assert not User.objects.get(pk=heir.pk).is_active

    def test_leaves_alone_what_the_owner_has_replaced_meanwhile(self, scene):
        made, heir = disowned(scene)
        users.change_phone(scene.holder.user, proven=invented_phone(4499))
        decided(scene, made, "refuse")
        assert User.objects.get(phone_index=phones.index_of(OLD)) == heir

    def test_is_written_down_on_both_sides(self, scene):
        made, _heir = disowned(scene)
        raised = AuditEntry.objects.get(action="people.dispute.raise", subject_id=made.public_id)
        assert raised.data["left_at_once"]
        taken = AuditEntry.objects.get(action="people.person.identity_corrected", subject_id=scene.holder.public_id)
        assert taken.reason == recycled.REASON


@pytest.mark.django_db
def test_an_owner_who_comes_back_by_another_phone_does_not_wait_for_the_account_that_nobody_opens(scene):
    number = str(scene.holder.id_number)
    assert about_number(scene.asker, number).state == "asked", "who can sign in is asked"
    disowned(scene)
    back = about_number(an_account(4498), number, name=scene.holder.name)
    assert back.state == "deciding"
    told = [(str(one.title), str(one.who)) for one in queries.timeline(back, for_side=False)]
    assert told == [("提出申诉", "本人"), ("问不到登记人，转工会决定", "系统自动")]
    assert decided(scene, back, "join").state == "joined"
    owner = Person.objects.select_related("user").get(pk=scene.holder.pk)
    assert owner.user_id == scene.holder.user_id
    assert str(owner.user.phone) == invented_phone(4498)
    assert not owners.must_ask(owner.user)


@pytest.mark.django_db
def test_an_account_is_disowned_five_times_in_thirty_days_at_most(scene):
    for _time in range(5):
        made, _heir = disowned(scene)
        decided(scene, made, "refuse")
        scene.holder.user.refresh_from_db()
    with pytest.raises(DomainError) as caught:
        disowned(scene)
    assert caught.value.code == "DISPUTES_TOO_MANY"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_who_say_it_one_gets_the_phone(clock, monkeypatch):
    monkeypatch.setattr(due, "_asked", [])
    scene = a_scene()
    sides = [at_a_phone(scene.holder) for _one in range(2)]

    def disown(actor):
        def run(meet):
            meet()
            return recycled.disown(name="吴新机", actor=actor)

        return run

    outcomes = two_connections(*(disown(actor) for actor in sides))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError), lost
    assert User.objects.filter(phone_index=phones.index_of(OLD)).count() == 1
