"""A guardian says that an ID number is the ward's: decided as any other, and the ward's number becomes right."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.people.corrections.testing import a_known_member, a_photo, another_number
from niangjia.commons.people.disputes import actions, policies, queries, raising
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.guardians import actions as guardians
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.testing import in_force
from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data.holdings import _disputes
from niangjia.commons.people.own_data.subjects import ward as subject_of
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel.errors import DomainError
from niangjia.platform.testing.clients import member_client

WHY = "双方证件看过"


@pytest.fixture
def care(scene):
    """A parent with a child in care; the child's right number stands with a member of another street."""
    officer = an_officer([(scene.tree["EAST-1"], "union_officer")], "guardians")
    row = in_force(scene.asker, officer, 4480)
    return SimpleNamespace(scene=scene, parent=signed_in(scene.asker), child=row.ward, row=row, officer=officer)


def raised(care, **more):
    said = {"kind": "id_number", "value": str(care.scene.holder.id_number), "papers": [a_photo()], **more}
    return raising.raise_dispute(**{"ward": care.child.public_id, "actor": care.parent, **said})


def code_of(act, *args, **more):
    with pytest.raises(DomainError) as refusal:
        act(*args, **more)
    return refusal.value.code


@pytest.mark.django_db
def test_the_wards_number_becomes_right_and_nothing_of_the_guardian_changes(care):
    before = str(care.scene.asker.id_number)
    made, value = raised(care), str(care.scene.holder.id_number)
    assert (made.for_ward, made.person, made.holder) == (True, care.child, care.scene.holder)
    assert made.owner_key == care.child.public_id
    facts = [str(fact.value) for side in queries.sides(made)[:1] for fact in side.facts]
    assert "监护人代被监护人提出" in facts
    right = another_number(4481)
    actions.answer(
        public_id=made.public_id, answer="released", right_number=right, papers=[a_photo()],
        actor=signed_in(care.scene.holder),
    )  # fmt: skip
    done = actions.decide(
        public_id=made.public_id, outcome="correct", right_number=right, reason=WHY, actor=care.scene.one
    )
    assert done.state == "corrected"
    assert str(Person.objects.get(pk=care.child.pk).id_number) == value
    assert str(Person.objects.get(pk=care.scene.asker.pk).id_number) == before


@pytest.mark.django_db
def test_only_for_those_in_care_and_only_their_number(care):
    other = signed_in(a_known_member(care.scene.tree["EAST-1"], 4482, "郑又一"))
    assert code_of(raised, care, actor=other) == "PERSON_NOT_FOUND"
    assert code_of(raised, care, kind="phone", value=str(care.scene.holder.phone)) == "DISPUTE_KIND"
    assert code_of(raised, care, value=str(care.child.id_number)) == "NOTHING_CHANGES"
    assert code_of(raised, care, value=str(care.scene.asker.id_number)) == "NOTHING_CHANGES"
    raised(care)
    assert code_of(raised, care) == "DISPUTE_OPEN"
    own = raising.raise_dispute(kind="id_number", value=another_number(4483), papers=[a_photo()], actor=care.parent)
    assert not own.for_ward, "a guardian's own goes beside the ward's"


@pytest.mark.django_db
def test_the_ward_reads_of_it_and_a_former_guardian_no_longer(care):
    made = raised(care)
    assert list(_disputes(subject_of(care.parent, care.child.public_id))) == [made]
    assert policies.visible_disputes(care.parent).filter(pk=made.pk).exists()
    assert queries.raised(care.parent) == [made]
    guardians.end(public_id=care.row.public_id, reason="由另一方监护", actor=care.parent)
    assert not policies.visible_disputes(care.parent).filter(pk=made.pk).exists()
    assert queries.raised(care.parent) == []
    assert code_of(actions.withdraw, public_id=made.public_id, actor=care.parent) == "NOT_FOUND"
    assert Dispute.objects.open().filter(pk=made.pk).exists(), "the union decides it all the same"
    assert Guardianship.objects.get().state == "ended"


@pytest.mark.django_db(transaction=True)
def test_on_the_phone_from_the_wards_page(care):
    phone, page = member_client(care.parent), f"/mine/data/child/{care.child.public_id}/"
    link = f"/mine/data/disputes/new/number/?ward={care.child.public_id}"
    assert link in phone.get(page).text
    assert "孩子甲" in phone.get(link).text
    said = {"value": str(care.scene.holder.id_number), "paper": [a_photo()], "note": "", "idempotency_key": "w" * 20}
    made = phone.post(link, said)
    assert made.status_code == 302
    assert Dispute.objects.get().for_ward
    assert "核实中" in phone.get(made["Location"].removesuffix("?new")).text
    assert phone.get("/mine/data/disputes/new/number/?ward=nosuchperson").status_code == 404
