"""On the phone: who needs a number says so, who holds it answers, and neither reads anything of the other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people.corrections.testing import a_known_member, a_photo, a_request, another_number
from niangjia.commons.people.disputes import actions, jobs
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.testing import about_number, about_phone, an_account
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import policy_settings
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db(transaction=True)
OLD = invented_phone(4502)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    """Photos lie in a folder that goes with the test; invented phones take the code of the demonstration."""
    settings.DEMO = True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def tree(db, clock):
    return kept(unions.small_tree)


@pytest.fixture
def asker(tree):
    return a_known_member(tree["EAST-1"], 4501, "吴新机")


@pytest.fixture
def holder(tree):
    return a_known_member(tree["EAST-2"], 4502, "卫旧机")


def test_a_phone_is_proved_by_a_code_then_answered_and_moved(tree, asker, holder):
    phone = member_client(signed_in(asker))
    assert "手机号" in phone.get("/mine/data/disputes/").text
    assert phone.post("/mine/data/disputes/new/phone/", {"phone": "123"}).status_code == 422
    step = phone.post("/mine/data/disputes/new/phone/", {"phone": OLD})
    assert step["Location"] == "/mine/data/disputes/new/phone/code/"
    wrong = phone.post(step["Location"], {"code": "000000", "note": "三年前换的号"})
    assert wrong.status_code == 422
    assert "三年前换的号" in wrong.text
    done = phone.post(step["Location"], {"code": policy_settings.DEMO_CODE, "note": "三年前换的号"})
    assert done.status_code == 302, done.text
    page = phone.get(done["Location"]).text
    assert "我们正在核实" in page
    assert not [word for word in ("卫旧机", "EAST-2", OLD) if word in page]

    theirs = member_client(signed_in(holder))
    assert "请核实您登记的手机号" in theirs.get("/").text
    address = done["Location"].partition("?")[0]
    page = theirs.get(address).text
    assert "去答复" in page
    assert not [word for word in ("吴新机", "EAST-1", asker.phone) if word in page]
    assert theirs.get(f"{address}withdraw/").status_code == 403
    assert phone.get(f"{address}answer/").status_code == 403
    bad = theirs.post(f"{address}answer/", {"note": "x"})
    assert bad.status_code == 422
    assert theirs.post(f"{address}answer/", {"answer": "released"}).status_code == 302
    assert "工会正在核实" in theirs.get(address).text
    made = Dispute.objects.get()
    district = unions.an_officer([(tree["EAST"], "union_officer")], "district")
    actions.decide(public_id=made.public_id, outcome="move", reason="双方都同意", actor=district)
    assert Person.objects.get(pk=asker.pk).phone == OLD


def test_ones_own_phone_is_refused_beside_it_before_a_code_is_sent(asker):
    phone = member_client(signed_in(asker))
    page = "/mine/data/disputes/new/phone/"
    assert invented_phone(4501) not in phone.get(page).text, "a phone that is one's own is not proposed"
    refused = phone.post(page, {"phone": invented_phone(4501)})
    assert refused.status_code == 422
    assert refused.context["form"].errors["phone"] == ["这个号码已经登记在您名下，不用申诉。"]
    assert phone.get(f"{page}code/")["Location"] == page


def test_a_file_that_is_no_picture_is_refused_beside_the_photos(asker):
    said = {"value": another_number(4511), "paper": [SimpleUploadedFile("a.txt", b"hello")], "note": "这是我的"}
    refused = member_client(signed_in(asker)).post("/mine/data/disputes/new/number/", said)
    assert refused.status_code == 422
    assert "文件打不开" in refused.context["form"].errors["paper"][0]
    assert said["value"] in refused.text
    assert "这是我的" in refused.text


def test_a_code_that_was_judged_is_not_asked_for_again(asker, holder):
    phone = member_client(signed_in(asker))
    made = about_phone(asker, invented_phone(4588))
    step = phone.post("/mine/data/disputes/new/phone/", {"phone": OLD})["Location"]
    refused = phone.post(step, {"code": policy_settings.DEMO_CODE, "note": ""})
    assert (refused.status_code, "已经有一件同样的申诉" in refused.text) == (422, True)
    actions.withdraw(public_id=made.public_id, actor=signed_in(asker))
    assert phone.post(step, {"note": ""}).status_code == 302


def test_the_cookie_of_somebody_else_proves_nothing(asker, holder):
    phone, other = member_client(signed_in(asker)), member_client(signed_in(holder))
    phone.post("/mine/data/disputes/new/phone/", {"phone": str(asker.phone)})
    for name, morsel in phone.cookies.items():
        if "disputed_phone" in name:
            other.cookies[name] = morsel.value
    answer = other.post("/mine/data/disputes/new/phone/code/", {"note": ""})
    assert answer["Location"] == "/mine/data/disputes/new/phone/"


def test_a_newcomer_whose_phone_stands_elsewhere_needs_no_code(holder):
    newcomer = an_account(4509)
    Person.objects.filter(pk=holder.pk).update(phone_index="")
    phone = member_client(newcomer)
    step = phone.post("/mine/data/disputes/new/phone/", {"phone": invented_phone(4509)})["Location"]
    page = phone.get(step).text
    assert 'name="code"' not in page
    assert 'name="name"' in page
    assert phone.post(step, {"name": "吴新人", "note": ""}).status_code == 302
    assert Dispute.objects.get().proven


def test_a_number_is_disputed_with_a_photo_once_for_two_taps(asker, holder):
    phone = member_client(signed_in(asker))
    address = "/mine/data/disputes/new/number/"
    missing = phone.post(address, {"value": str(holder.id_number), "note": ""})
    assert missing.status_code == 422
    said = {"value": str(holder.id_number), "note": "", "idempotency_key": "dispute-one-1"}
    first, again = (phone.post(address, {**said, "paper": [a_photo()]}) for _tap in "12")
    assert first.status_code == 302, first.text
    assert first["Location"] == again["Location"]
    assert Dispute.objects.count() == 1
    picture = Dispute.objects.get().papers.get().file.public_id
    page = first["Location"].partition("?")[0]
    assert phone.get(f"{page}papers/{picture}/").status_code == 200
    assert member_client(signed_in(holder)).get(f"{page}papers/{picture}/").status_code == 404


@pytest.mark.parametrize("taken", [True, False])
def test_the_receipt_is_the_same_whether_the_number_stands_somewhere_or_not(asker, holder, taken):
    phone = member_client(signed_in(asker))
    made = about_number(asker, str(holder.id_number) if taken else another_number(4590))
    text = phone.get(f"/mine/data/disputes/{made.public_id}/").text
    assert "我们正在核实" in text
    assert "待登记人答复" not in text
    assert "待工会决定" not in text


def test_the_correction_of_a_taken_phone_leads_on_without_another_code(asker, holder):
    asked = a_request(asker, "phone", OLD, proven=True, papers=[])
    phone = member_client(signed_in(asker))
    page = phone.get(f"/mine/data/corrections/{asked.public_id}/").text
    link = f"/mine/data/disputes/new/phone/?correction={asked.public_id}"
    assert link in page
    step = phone.get(link)["Location"]
    assert 'name="code"' not in phone.get(step).text
    assert phone.post(step, {"note": ""}).status_code == 302
    assert member_client(signed_in(holder)).get(link).status_code == 404


def test_silence_brings_it_to_the_officers_desk_by_the_working_calendar(tree, asker, holder, clock):
    made = about_phone(asker, OLD)
    item = DeskItem.objects.open().get(subject_type="people.dispute")
    assert (item.role, item.union_id) == ("self", None)
    assert jobs.pass_on_unanswered(None) == {"passed_on": 0}
    clock.set(now.day_of(item.due_at) + timedelta(days=1))
    assert jobs.pass_on_unanswered(None) == {"passed_on": 1}
    item = DeskItem.objects.open().get(subject_type="people.dispute")
    assert (item.role, item.union_id) == ("union_officer", tree["EAST"].pk)
    late = member_client(signed_in(holder)).post(
        f"/mine/data/disputes/{made.public_id}/answer/", {"answer": "mine", "note": ""}
    )
    assert late.status_code == 302
    after = DeskItem.objects.open().get(subject_type="people.dispute")
    assert (after.due_at, after.role) == (item.due_at, "union_officer")


def test_withdrawing_is_asked_once_more(asker, holder):
    made = about_phone(asker, OLD)
    phone, address = member_client(signed_in(asker)), f"/mine/data/disputes/{made.public_id}/withdraw/"
    assert "撤回" in phone.get(address).text
    assert phone.post(address).status_code == 302
    assert phone.get(address).status_code == 302
    with pytest.raises(DomainError):
        actions.withdraw(public_id=made.public_id, actor=signed_in(asker))
