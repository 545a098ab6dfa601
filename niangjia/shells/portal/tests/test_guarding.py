"""On the phone a guardian asks; at the desk an officer approves; the child's data open until it ends."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people import child_consent
from niangjia.commons.people.corrections.testing import a_known_member, a_photo
from niangjia.commons.people.guardians import actions, consent
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.testing import a_childs_number, in_force
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.platform.personal_data import consents, looks
from niangjia.platform.testing.clients import member_client, staff_client

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/mine/data/guardians/new/"


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    parent = a_known_member(tree["EAST-1"], 5101, "甄监护")
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    return parent, officer


def said(**more):
    return {
        "name": "孩子甲", "id_number": a_childs_number(5102), "kind": "parent", "note": "", "consent": "on",
        "consent_version": child_consent.VERSION, "paper": [a_photo()], "idempotency_key": "guardian-1", **more,
    }  # fmt: skip


def test_from_the_phone_over_the_desk_to_the_childs_page_and_its_end(scene):
    parent, officer = scene
    phone, desk = member_client(signed_in(parent)), staff_client(officer)
    assert phone.get("/mine/data/guardians/").status_code == 200
    assert phone.get(NEW).status_code == 200
    missing = phone.post(NEW, {"name": "孩子甲", "consent_version": child_consent.VERSION})
    assert (missing.status_code, "请阅读并勾选同意" in missing.text, "孩子甲" in missing.text) == (422, True, True)
    first, again = phone.post(NEW, said()), phone.post(NEW, said())
    assert (first.status_code, first["Location"]) == (302, again["Location"])
    assert "我们会核对" in phone.get(first["Location"]).text
    row = Guardianship.objects.get()
    item = DeskItem.objects.open().get(subject_type="people.guardianship")
    assert (item.role, item.union_id) == ("union_officer", row.union_id)
    page = f"/console/guardians/{row.public_id}/"
    assert row.number in desk.get("/console/guardians/").text
    assert row.number in desk.get("/console/").text
    text = desk.get(page).text
    assert a_childs_number(5102) not in text
    assert a_childs_number(5102) in desk.post(f"{page}unmask/", {"reason": "和户口簿核对"}).text
    assert desk.post(f"{page}refuse/", {"reason": ""}).status_code == 422
    assert desk.get(f"{page}nosuchmove/").status_code == 404
    assert desk.post(f"{page}approve/").status_code == 302
    row.refresh_from_db()
    child = f"/mine/data/child/{row.ward.public_id}/"
    assert "甄监护" in phone.get(child).text
    assert [look.actor_name for look in looks.of(row.ward.public_id).filter(role="")] != []
    assert "孩子甲" in phone.get("/mine/data/").text
    assert phone.post(f"/mine/data/guardians/{row.public_id}/end/", {"reason": ""}).status_code == 422
    assert phone.post(f"/mine/data/guardians/{row.public_id}/end/", {"reason": "由另一方监护"}).status_code == 302
    assert phone.get(child).status_code == 404
    picture = row.papers.get().file.public_id
    assert phone.get(f"/mine/data/guardians/{row.public_id}/papers/{picture}/").status_code == 200
    assert desk.get(f"{page}papers/{picture}/").status_code == 200


def test_a_strangers_guardianship_is_not_found(scene):
    parent, officer = scene
    made = in_force(parent, officer, 5103)
    stranger = member_client(signed_in(a_known_member(parent.memberships.get().union, 5104, "路人")))
    for address in ("", "end/", "withdraw/"):
        assert stranger.get(f"/mine/data/guardians/{made.public_id}/{address}").status_code == 404
    assert stranger.get(f"/mine/data/child/{made.ward.public_id}/").status_code == 404


def test_each_age_has_its_own_text_and_another_one_is_not_agreed_to(scene):
    parent, officer = scene
    phone = member_client(signed_in(parent))
    for stage, words in (("child", "未满 14 周岁"), ("minor", "法定代理人"), ("adult", "指定监护的文书")):
        assert f"?for={stage}" in phone.get(NEW).text
        assert words in phone.get(f"{NEW}?for={stage}").text
    assert "?for=child" in phone.get(f"{NEW}?for=nobody").text
    at_sixteen = {"id_number": a_childs_number(5103, date(2010, 1, 8)), "idempotency_key": "guardian-2"}
    wrong = phone.post(f"{NEW}?for=child", said(**at_sixteen))
    assert wrong.status_code == 422
    assert "适用的是“14 到 17 周岁的孩子”" in wrong.text
    assert "法定代理人" in wrong.text, "the right text is shown at once"
    assert f'value="{consent.MINOR_VERSION}"' in wrong.text
    assert not Guardianship.objects.exists()
    made = phone.post(f"{NEW}?for=child", said(**at_sixteen, consent_version=consent.MINOR_VERSION))
    assert made.status_code == 302
    row = Guardianship.objects.get()
    actions.approve(public_id=row.public_id, actor=officer)
    row.refresh_from_db()
    assert consents.holds_by_guardian(consent.MINOR, row.ward.public_id)
    assert not consents.holds(child_consent.CODE, row.ward.public_id)


@pytest.mark.parametrize(
    ("birth", "stage"),
    [
        (date(2012, 3, 5), "child"),
        (date(2012, 3, 4), "minor"),
        (date(2008, 3, 5), "minor"),
        (date(2008, 3, 4), "adult"),
    ],
)
def test_the_stage_changes_on_the_birthday(clock, birth, stage):
    assert consent.stage_of(birth) == stage
