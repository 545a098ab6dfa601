"""A guardian says that an ID number or a phone is the ward's: decided as any other, and the ward's becomes right."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.people.corrections import actions as corrections
from niangjia.commons.people.corrections.testing import a_known_member, a_photo, another_number
from niangjia.commons.people.disputes import actions, policies, queries, raising
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.guardians import actions as guardians
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.testing import in_force
from niangjia.commons.people.merging import actions as merge_actions
from niangjia.commons.people.merging import queries as merging
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data.holdings import _disputes
from niangjia.commons.people.own_data.subjects import ward as subject_of
from niangjia.commons.people.testing import a_member, signed_in
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
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


def raised_about_the_phone(care, value, **more):
    given = {"ward": care.child.public_id, "actor": care.parent, "proven": True, **more}
    return raising.raise_dispute(kind="phone", value=value, **given)


def answered(care, made, said):
    return actions.answer(public_id=made.public_id, answer=said, note="一直在用", actor=signed_in(care.scene.holder))


def corrected(care, value):
    """What the guardian asked to be corrected before, the code typed."""
    return corrections.request(kind="phone", wished=value, proven=True, person=care.child.public_id, actor=care.parent)


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
def test_the_wards_phone_goes_over_to_the_entry_and_the_guardians_account_stays_as_it_is(care):
    value = str(care.scene.holder.phone)
    made = raised_about_the_phone(care, value)
    assert (made.for_ward, made.person, made.holder, made.proven) == (True, care.child, care.scene.holder, True)
    facts = [str(fact.value) for side in queries.sides(made)[:1] for fact in side.facts]
    assert "短信验证码已验证，手机号在监护人或被监护人手里" in facts
    asked = corrected(care, value)
    actions.answer(public_id=made.public_id, answer="released", actor=signed_in(care.scene.holder))
    done = actions.decide(public_id=made.public_id, outcome="move", reason=WHY, actor=care.scene.one)
    assert done.state == "moved"
    child, parent, holder = (Person.objects.get(pk=one.pk) for one in (care.child, care.scene.asker, care.scene.holder))
    assert (str(child.phone), child.user_id) == (value, None)
    assert str(parent.user.phone) == str(parent.phone) == str(care.scene.asker.phone)
    assert (str(holder.phone), holder.user.phone_index) == ("", None)
    asked.refresh_from_db()
    assert asked.state == "withdrawn", "what was asked to be corrected is done with it"


@pytest.mark.django_db
def test_the_union_above_the_guardian_and_the_holder_decides_for_a_ward_who_is_no_member(care):
    assert raised(care).union == care.scene.tree["EAST"]
    nobodys = raised_about_the_phone(care, invented_phone(4487))
    assert (nobodys.holder, nobodys.union, nobodys.state) == (None, care.scene.tree["EAST-1"], "deciding")


@pytest.mark.django_db
def test_a_ward_who_signs_in_signs_in_by_that_phone_afterwards(care):
    child, own = care.child, invented_phone(4485)
    child.user = User.objects.create(phone=own, phone_index=phones.index_of(own))
    child.save(update_fields=["user"])
    assert code_of(raised_about_the_phone, care, own) == "NOTHING_CHANGES"
    value = str(care.scene.holder.phone)
    made = answered(care, raised_about_the_phone(care, value), "mine")
    actions.decide(public_id=made.public_id, outcome="move", reason=WHY, actor=care.scene.one)
    actions.confirm(public_id=made.public_id, actor=care.scene.two)
    assert str(User.objects.get(pk=child.user_id).phone) == value


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["phone", "id_number"])
def test_a_ward_who_was_registered_twice_keeps_a_phone_when_both_become_one(care, kind):
    value = str(care.scene.holder.phone)
    a_member(care.scene.tree["EAST-1"], person=care.child)
    made = raised_about_the_phone(care, value) if kind == "phone" else raised(care)
    answered(care, made, "same")
    actions.decide(public_id=made.public_id, outcome="join", reason=WHY, actor=care.scene.one)
    merge = Merge.objects.get()
    _seen, proposal = merging.open_for_reading(care.scene.two, merge.public_id)
    merge_actions.approve(public_id=merge.public_id, digest=proposal.plan.digest, actor=care.scene.two)
    assert str(Person.objects.get(pk=merge.kept_id).phone) == value


@pytest.mark.django_db
def test_an_entry_of_no_member_is_not_merged_for_no_officer_sees_it(care):
    made = answered(care, raised(care), "same")
    assert [outcome for outcome, _label in queries.outcomes(made)] == ["correct", "refuse"]
    decide = {"public_id": made.public_id, "outcome": "join", "reason": WHY, "actor": care.scene.one}
    assert code_of(actions.decide, **decide) == "DISPUTE_OUTCOME"


@pytest.mark.django_db
def test_only_for_those_in_care_and_only_their_number(care):
    other = signed_in(a_known_member(care.scene.tree["EAST-1"], 4482, "郑又一"))
    assert code_of(raised, care, actor=other) == "PERSON_NOT_FOUND"
    phone = str(care.scene.holder.phone)
    assert code_of(raised_about_the_phone, care, phone, actor=other) == "PERSON_NOT_FOUND"
    assert code_of(raised_about_the_phone, care, phone, proven=False) == "PHONE_NOT_PROVEN"
    assert code_of(raised_about_the_phone, care, str(care.scene.asker.phone)) == "NOTHING_CHANGES"
    assert code_of(raised, care, value=str(care.child.id_number)) == "NOTHING_CHANGES"
    assert code_of(raised, care, value=str(care.scene.asker.id_number)) == "NOTHING_CHANGES"
    raised(care)
    assert code_of(raised, care) == "DISPUTE_OPEN"
    raised_about_the_phone(care, phone)
    assert code_of(raised_about_the_phone, care, phone) == "DISPUTE_OPEN"
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


@pytest.mark.django_db(transaction=True)
def test_the_wards_phone_is_proved_by_a_code_on_the_way_from_the_wards_page(care, settings):
    settings.DEMO = True
    phone, key, value = member_client(care.parent), care.child.public_id, str(care.scene.holder.phone)
    link, code = f"/mine/data/disputes/new/phone/?ward={key}", "/mine/data/disputes/new/phone/code/"
    assert link in phone.get(f"/mine/data/child/{key}/").text
    page = phone.get(link).text
    assert "孩子甲" in page
    assert str(care.scene.asker.phone) not in page, "the guardian's own phone is not the ward's"
    assert phone.post(link, {"phone": value})["Location"] == code
    assert "孩子甲" in phone.get(code).text
    assert phone.post(code, {"code": "000000"}).status_code == 422
    made = phone.post(code, {"code": "246810", "note": ""})
    row = Dispute.objects.get()
    assert (row.for_ward, row.person_id, row.kind) == (True, care.child.pk, "phone")
    assert "孩子甲" in phone.get(made["Location"].removesuffix("?new")).text
    assert "手机号 · 孩子甲" in phone.get("/mine/data/disputes/").text
    assert phone.get("/mine/data/disputes/new/phone/?ward=nosuchperson").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_from_an_open_correction_of_the_wards_phone_the_code_is_not_asked_again(care):
    value = str(care.scene.holder.phone)
    asked = corrected(care, value)
    phone = member_client(care.parent)
    link = f"/mine/data/disputes/new/phone/?correction={asked.public_id}&ward={care.child.public_id}"
    assert link.replace("&", "&amp;") in phone.get(f"/mine/data/corrections/{asked.public_id}/").text
    phone.post(phone.get(link)["Location"], {"note": ""})
    assert Dispute.objects.get().for_ward
