"""Two decide about one phone, the holder answers while it is decided; first that it goes wrong without the locks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.disputes import actions, due, jobs, policies
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.testing import about_phone
from niangjia.commons.people.disputes.tests.conftest import a_scene
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
OLD = invented_phone(4402)
WHY = "双方材料看过"


@pytest.fixture
def scene(clock, monkeypatch):
    monkeypatch.setattr(due, "_asked", [])
    return a_scene()


def careless(made, word):
    """Look at the state, then write, and no lock."""

    def run(meet):
        with transaction.atomic():
            undecided = Dispute.objects.open().filter(pk=made.pk).exists()
            meet()
            if undecided:
                Dispute.objects.filter(pk=made.pk).update(answer_reason=word)
        return undecided

    return run


def test_without_the_lock_two_officers_both_decide(scene):
    made = about_phone(scene.asker, OLD)
    outcomes = two_connections(careless(made, "同意"), careless(made, "不同意"))
    assert [outcome.value for outcome in outcomes] == [True, True]


def test_of_two_officers_at_once_one_decides_and_the_phone_follows(scene):
    made = about_phone(scene.asker, OLD)
    actions.answer(public_id=made.public_id, answer="released", actor=signed_in(scene.holder))

    def decide(officer, outcome):
        def run(meet):
            meet()
            return actions.decide(public_id=made.public_id, outcome=outcome, reason=WHY, actor=officer)

        return run

    outcomes = two_connections(decide(scene.one, "move"), decide(scene.two, "refuse"))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError)
    state = Dispute.objects.get().state
    assert (state, Person.objects.get(pk=scene.asker.pk).phone == OLD) in [("moved", True), ("refused", False)]
    decided = ["people.dispute.move", "people.dispute.refuse"]
    assert AuditEntry.objects.filter(action__in=decided).count() == 1


def test_of_two_claims_to_one_phone_decided_at_once_one_gets_it(scene):
    other = a_known_member(scene.tree["EAST-1"], 4403, "郑又一")
    claims = [about_phone(one, OLD) for one in (scene.asker, other)]
    for made in claims:
        actions.answer(public_id=made.public_id, answer="released", actor=signed_in(scene.holder))

    def decide(made, officer):
        def run(meet):
            meet()
            return actions.decide(public_id=made.public_id, outcome="move", reason=WHY, actor=officer)

        return run

    outcomes = two_connections(*(decide(*one) for one in zip(claims, (scene.one, scene.two), strict=True)))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError), lost
    assert lost.code in ("DISPUTE_CHANGED", "IDENTITY_TAKEN")
    assert Person.objects.filter(pk__in=(scene.asker.pk, other.pk), phone_index=scene.holder.phone_index).count() == 1
    assert phones.user_with(OLD).person.phone == OLD
    assert sorted(Dispute.objects.values_list("state", flat=True)) == ["deciding", "moved"]


def test_an_answer_and_a_decision_at_once_end_in_one_order(scene, monkeypatch):
    made = about_phone(scene.asker, OLD)
    monkeypatch.setattr(due, "_asked", [lambda dispute: now.now() - timedelta(days=1)])
    jobs.pass_on_unanswered(None)

    def answer(meet):
        meet()
        return actions.answer(public_id=made.public_id, answer="mine", actor=signed_in(scene.holder))

    def refuse(meet):
        meet()
        return actions.decide(public_id=made.public_id, outcome="refuse", reason=WHY, actor=scene.one)

    outcomes = two_connections(answer, refuse)
    assert outcomes[1].ok, outcomes[1].error
    assert outcomes[0].ok or outcomes[0].error.code in ("MOVE_NOT_ALLOWED", "STALE")
    kept = Dispute.objects.get()
    assert (kept.state, kept.answer) == ("refused", "mine" if outcomes[0].ok else "")


def test_two_taps_at_once_leave_one_dispute(scene):
    outcomes = two_connections(lambda: about_phone(scene.asker, OLD), lambda: about_phone(scene.asker, OLD))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert policies.visible_disputes(signed_in(scene.asker)).count() == 1
