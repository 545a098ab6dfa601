"""At the desk: both sides masked, a reason before a number is shown, one officer or two, the merge that follows."""

from __future__ import annotations

import pytest

from niangjia.commons.people.corrections.testing import a_known_member, another_number
from niangjia.commons.people.disputes import actions
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.testing import about_number, about_phone
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.testing.clients import staff_client

pytestmark = pytest.mark.django_db(transaction=True)
OLD = invented_phone(4602)
REASON = "双方材料看过，人证相符"


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    asker = a_known_member(tree["EAST-1"], 4601, "吴新机")
    holder = a_known_member(tree["EAST-2"], 4602, "卫旧机")
    desks = [staff_client(unions.an_officer([(tree["EAST"], "union_officer")], f"east{n}")) for n in (1, 2)]
    return asker, holder, *desks


def test_one_officer_proposes_and_another_agrees(scene):
    asker, holder, one, two = scene
    made = about_phone(asker, OLD, note="三年前换的号")
    actions.answer(public_id=made.public_id, answer="mine", actor=signed_in(holder))
    page = f"/console/disputes/{made.public_id}/"
    assert made.number in one.get("/console/disputes/").text
    assert made.number in one.get("/console/").text
    text = one.get(page).text
    assert "这个手机号是我在用" in text
    assert "正用这个手机号登录" in text
    assert not [number for number in (OLD, str(asker.id_number), str(holder.id_number)) if number in text]
    refused = one.post(f"{page}unmask/", {"reason": ""})
    assert (refused.status_code, OLD in refused.text) == (422, False)
    assert OLD in one.post(f"{page}unmask/", {"reason": "和账单核对"}).text
    assert one.post(f"{page}decide/", {"outcome": "move", "reason": ""}).status_code == 422
    assert one.post(f"{page}decide/", {"outcome": "correct", "reason": REASON}).status_code == 422
    assert one.post(f"{page}decide/", {"outcome": "move", "reason": REASON}).status_code == 302
    assert "不能复核自己提出的决定" in one.get(page).text
    assert one.post(f"{page}confirm/").status_code == 403
    assert "手机号转给申请人" in two.get(page).text
    assert two.post(f"{page}confirm/").status_code == 302
    assert Person.objects.get(pk=asker.pk).phone == OLD
    assert two.get(f"{page}confirm/").status_code == 404


def test_the_number_that_the_holder_gave_is_filled_in(scene):
    asker, holder, one, _two = scene
    right = another_number(4603)
    made = about_number(asker, str(holder.id_number))
    from niangjia.commons.people.corrections.testing import a_photo

    actions.answer(
        public_id=made.public_id, answer="released", right_number=right, papers=[a_photo()], actor=signed_in(holder)
    )
    page = f"/console/disputes/{made.public_id}/"
    assert right in one.get(f"{page}decide/").text
    bad = one.post(f"{page}decide/", {"outcome": "correct", "reason": REASON, "right_number": "1101"})
    assert bad.status_code == 422
    assert "1101" in bad.text
    done = one.post(f"{page}decide/", {"outcome": "correct", "reason": REASON, "right_number": right})
    assert done.status_code == 302
    assert Person.objects.get(pk=holder.pk).id_number == right


def test_one_human_being_leads_to_the_plan_of_the_merge(scene):
    asker, holder, one, _two = scene
    made = about_phone(asker, OLD)
    actions.answer(public_id=made.public_id, answer="same", actor=signed_in(holder))
    page = f"/console/disputes/{made.public_id}/"
    done = one.post(f"{page}decide/", {"outcome": "join", "reason": REASON})
    assert done["Location"] == f"/console/merges/{Dispute.objects.get().merge.public_id}/"
    assert "合并待复核" in one.get(page).text
    assert one.get(done["Location"]).status_code == 200


def test_a_merge_that_is_forbidden_is_said_beside_the_decision_and_nothing_moved(scene):
    asker, holder, one, _two = scene
    made = about_phone(asker, OLD)
    about_number(holder, another_number(4604))
    actions.answer(public_id=made.public_id, answer="same", actor=signed_in(holder))
    page = f"/console/disputes/{made.public_id}/"
    answer = one.post(f"{page}decide/", {"outcome": "join", "reason": REASON})
    assert (answer.status_code, "还有号码占用申诉没有办完" in answer.text) == (422, True)
    assert Dispute.objects.get(pk=made.pk).state == "deciding"


def test_an_unknown_move_is_not_found(scene):
    asker, _holder, one, _two = scene
    made = about_phone(asker, OLD)
    assert one.get(f"/console/disputes/{made.public_id}/decide/").status_code == 404
    assert one.get(f"/console/disputes/{made.public_id}/nosuchmove/").status_code == 404
