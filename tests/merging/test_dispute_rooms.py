"""What a settled dispute means for an application to join that waited for it."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.corrections.testing import a_known_member, a_photo
from niangjia.commons.people.disputes import actions
from niangjia.commons.people.disputes.testing import about_number, about_phone
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.services.joining import actions as joining
from niangjia.services.joining import testing

WHY = "双方材料看过，人证相符"


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    officers = [unions.an_officer([(tree["CITY"], "union_officer")], f"city{n}") for n in (1, 2)]
    return tree, a_known_member(tree["EAST-2"], 4802, "卫旧机"), officers


def test_an_application_whose_phone_stood_elsewhere_is_approved_once_it_is_moved(scene):
    tree, holder, (one, _two) = scene
    with transaction.atomic():
        people.correct_identity(
            holder, name=holder.name, phone=invented_phone(4803), reason="名单登记错了", actor=SYSTEM
        )
    row, applicant = testing.application(4803, tree["EAST-1"])
    assert row.identity_check
    street = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    with pytest.raises(DomainError) as refusal:
        joining.approve(public_id=row.public_id, actor=street)
    assert refusal.value.code == "IDENTITY_UNRESOLVED"
    made = about_phone(applicant, invented_phone(4803), proven=False)
    actions.answer(public_id=made.public_id, answer="released", actor=signed_in(holder))
    actions.decide(public_id=made.public_id, outcome="move", reason=WHY, actor=one)
    person = joining.approve(public_id=row.public_id, actor=street).person
    assert (person.phone, Membership.objects.current().filter(person=person).count()) == (invented_phone(4803), 1)


def test_who_turns_out_to_be_a_member_has_nothing_to_apply_for(scene):
    tree, holder, (one, two) = scene
    row, applicant = testing.application(4804, tree["EAST-1"], id_number=str(holder.id_number), name="卫旧记")
    assert row.identity_check
    made = about_number(applicant, str(holder.id_number), name="卫旧机", papers=[a_photo()])
    actions.answer(public_id=made.public_id, answer="same", actor=signed_in(holder))
    actions.decide(public_id=made.public_id, outcome="join", reason=WHY, actor=one)
    actions.confirm(public_id=made.public_id, actor=two)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert Membership.objects.current().filter(person=holder).count() == 1
