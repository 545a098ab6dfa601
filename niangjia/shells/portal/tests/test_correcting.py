"""Asking, answering, and what a correction leaves in person, ledger, audit, desk and notices."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import actions as people
from niangjia.commons.people import family
from niangjia.commons.people.corrections import actions, jobs, queries
from niangjia.commons.people.corrections.models import Correction, Workplace
from niangjia.commons.people.corrections.testing import a_known_member, a_photo, a_request, another_number
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, a_person, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as now
from niangjia.kernel.errors import Conflict, DomainError, Gone, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.accounts import phones, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import looks
from niangjia.platform.testing.clients import member_client
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tree(db, clock):
    """The small tree by code, on Wednesday, 4 March 2026."""
    return kept(unions.small_tree)


@pytest.fixture
def zhang(tree):
    """A member of EAST-1 who signs in by phone."""
    return a_known_member(tree["EAST-1"], 4100)


@pytest.fixture
def officer(tree):
    return unions.an_officer([(tree["EAST-1"], "union_officer")])


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    """Photos lie in a folder that goes with the test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


def refused(code, kind, act):
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_a_request_waits_on_the_officers_of_the_members_union_and_tells_the_member(zhang, tree):
    made = a_request(zhang)
    item = DeskItem.objects.open().get(subject_type="people.correction", subject_id=made.pk)
    assert (item.union_id, item.role) == (tree["EAST-1"].pk, "union_officer")
    assert item.due_at is not None
    told = Message.objects.get(user=zhang.user_id, kind="people.correction_requested")
    assert made.number in str(told.body)


def test_nothing_changes_before_an_officer_agreed(zhang):
    a_request(zhang)
    zhang.refresh_from_db()
    assert zhang.name == "张三丰"


def test_an_agreed_name_stands_with_everything_that_is_derived_from_it(zhang, officer):
    made = a_request(zhang)
    actions.apply(public_id=made.public_id, actor=officer)
    zhang.refresh_from_db()
    assert (zhang.name, zhang.name_key) == ("章三丰", "章三丰")
    assert not DeskItem.objects.open().filter(subject_type="people.correction").exists()
    assert Message.objects.filter(user=zhang.user_id, kind="people.correction_applied").exists()


def test_neither_value_stands_readable_in_audit_or_notices(zhang, officer):
    wished = another_number(4100)
    made = a_request(zhang, "id_number", wished)
    actions.apply(public_id=made.public_id, actor=officer)
    rows = [str(entry) for entry in AuditEntry.objects.values_list("reason", "before", "after", "data")]
    assert not [row for row in rows if wished in row or zhang.id_number in row]
    assert bytes(Correction.objects.values_list("wished", flat=True).get()).find(wished.encode()) == -1


def test_a_corrected_number_counts_the_member_anew_under_the_right_sex(zhang, officer):
    made = a_request(zhang, "id_number", another_number(4100))
    actions.apply(public_id=made.public_id, actor=officer)
    assert Membership.objects.get(person=zhang).counted_as["sex"] == "female"
    assert LedgerRow.objects.filter(person_id=zhang.pk).count() == 3


def test_a_corrected_category_counts_the_member_anew(zhang, officer):
    made = a_request(zhang, "category", "ride_hailing_driver" if zhang.category == "courier" else "courier", papers=[])
    actions.apply(public_id=made.public_id, actor=officer)
    assert Membership.objects.get(person=zhang).counted_as["category"] == made.wished


def test_the_employer_is_kept_in_words_with_the_time_when_it_was_last_corrected(zhang, officer, clock):
    made = a_request(zhang, "employer", " 东城 速运 ", papers=[])
    clock.forward(days=3)
    actions.apply(public_id=made.public_id, actor=officer)
    assert Workplace.objects.get(person=zhang).employer == "东城 速运"
    page = member_client(signed_in(zhang)).get("/mine/data/").text
    at = Workplace.objects.get(person=zhang).changed_at.astimezone(now.SHANGHAI)
    assert f"{at:%Y-%m-%d}" == "2026-03-07"
    assert f'最近一次更正单位</dt><dd><span class="unbroken">2026年3月7日</span> {at:%H:%M}' in page


def test_a_phone_is_taken_only_when_it_was_proved(zhang):
    phone = invented_phone(4199)
    refused("PHONE_NOT_PROVEN", RuleBroken, lambda: a_request(zhang, "phone", phone))


def test_the_phone_that_stands_already_is_refused_beside_it(zhang):
    refused = member_client(signed_in(zhang)).post("/mine/data/correct/phone/", {"phone": str(zhang.phone)})
    assert refused.status_code == 422
    assert "不用更正" in refused.context["form"].errors["phone"][0]


def test_a_proved_phone_becomes_the_way_to_sign_in_and_ends_the_sessions(zhang, officer):
    phone, user = invented_phone(4199), zhang.user
    sessions.start(user=user, kind=SessionKind.MEMBER)
    made = a_request(zhang, "phone", phone, proven=True, papers=[])
    actions.apply(public_id=made.public_id, actor=officer)
    zhang.refresh_from_db()
    assert zhang.phone == phone
    assert phones.user_with(phone) == user
    assert not sessions.of_user(user).exists()


@pytest.mark.parametrize("holder", ["person", "account"])
def test_a_phone_held_by_somebody_else_is_asked_for_like_any_other_and_told_to_nobody(tree, zhang, officer, holder):
    phone = invented_phone(4188)
    if holder == "person":
        a_person("李四", serial=4188)
    else:
        User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    made = a_request(zhang, "phone", phone, proven=True, papers=[])
    error = refused("IDENTITY_TAKEN", Conflict, lambda: actions.apply(public_id=made.public_id, actor=officer))
    assert "已" not in str(error.message)
    made.refresh_from_db()
    zhang.refresh_from_db()
    assert (made.state, zhang.phone) == ("requested", invented_phone(4100))


def test_the_clock_stops_while_the_member_is_asked_for_more(zhang, officer):
    made = a_request(zhang)
    actions.ask_more(public_id=made.public_id, reason="照片看不清，请重拍", actor=officer)
    assert not DeskItem.objects.open().filter(subject_type="people.correction", role="union_officer").exists()
    member = signed_in(zhang)
    refused("SUPPLY_EMPTY", RuleBroken, lambda: actions.supply(public_id=made.public_id, note=" ", actor=member))
    actions.supply(public_id=made.public_id, note="重拍了", papers=[a_photo("重拍.png")], actor=member)
    made.refresh_from_db()
    assert (made.state, made.note, made.papers.count()) == ("requested", "重拍了", 2)


def test_a_refusal_needs_a_reason_without_numbers_that_the_member_reads(zhang, officer):
    made = a_request(zhang)
    say = lambda reason: actions.refuse(public_id=made.public_id, reason=reason, actor=officer)  # noqa: E731
    refused("REASON_NEEDED", RuleBroken, lambda: say(""))
    refused("REASON_PERSONAL", RuleBroken, lambda: say(f"号码 {invented_phone(1)} 不对"))
    say("照片上是另一个人的证件")
    made.refresh_from_db()
    assert (made.state, made.answer_reason) == ("refused", "照片上是另一个人的证件")


def test_what_is_not_supplied_in_time_lapses_by_the_clock_and_the_fact_stays(zhang, officer, clock):
    made = a_request(zhang)
    actions.ask_more(public_id=made.public_id, reason="照片不清楚", actor=officer)
    assert jobs.lapse_unsupplied(None) == {"lapsed": 0}
    refused("STILL_TIME", RuleBroken, lambda: actions.lapse(public_id=made.public_id, actor=SYSTEM))
    clock.set(date(2026, 6, 1))
    late = lambda: actions.supply(public_id=made.public_id, note="来晚了", actor=signed_in(zhang))  # noqa: E731
    refused("SUPPLEMENT_OVER", Gone, late)
    assert [jobs.lapse_unsupplied(None)["lapsed"] for _again in "12"] == [1, 0]
    made.refresh_from_db()
    zhang.refresh_from_db()
    assert (made.state, zhang.name) == ("lapsed", "张三丰")
    assert not DeskItem.objects.open().filter(subject_type="people.correction").exists()
    assert a_request(zhang).state == "requested"


def test_a_withdrawn_request_is_over(zhang, officer):
    made = a_request(zhang)
    actions.withdraw(public_id=made.public_id, actor=signed_in(zhang))
    refused("MOVE_NOT_ALLOWED", InvalidMove, lambda: actions.apply(public_id=made.public_id, actor=officer))
    assert a_request(zhang).state == "requested"


def test_one_fact_is_asked_for_once_at_a_time(zhang):
    a_request(zhang)
    refused("CORRECTION_OPEN", Conflict, lambda: a_request(zhang, wished="章山峰"))


def test_a_fact_that_changed_meanwhile_is_not_overwritten(zhang, officer):
    made = a_request(zhang)
    with transaction.atomic():
        people.correct_identity(zhang, name="张三封", reason="窗口核对证件", actor=SYSTEM)
    refused("FACT_CHANGED", Conflict, lambda: actions.apply(public_id=made.public_id, actor=officer))


BAD = [
    ("name", "张三丰", "NOTHING_CHANGES"),
    ("name", "", "NAME"),
    ("id_number", "110101199003070000", "ID_INVALID"),
    ("phone", "12345", "PHONE_FORMAT"),
    ("category", "king", "CATEGORY"),
    ("employer", "x", "EMPLOYER"),
    ("employer", "东" * 101, "EMPLOYER"),
    ("shoe_size", "42", "CORRECTION_KIND"),
]


@pytest.mark.parametrize(("kind", "wished", "code"), BAD)
def test_what_cannot_be_right_is_refused_beside_its_field(zhang, kind, wished, code):
    error = refused(code, RuleBroken, lambda: a_request(zhang, kind, wished, proven=True))
    assert error.fields
    assert not Correction.objects.exists()


def test_name_and_number_need_a_photo_of_a_paper(zhang):
    refused("PAPER_NEEDED", RuleBroken, lambda: a_request(zhang, papers=[]))


def test_who_is_no_member_is_sent_to_the_counter(tree):
    user = User.objects.create()
    person = a_person("赵六", user_id=user.pk)
    refused("NO_UNION", RuleBroken, lambda: a_request(person))


def test_nobody_asks_for_somebody_else(zhang, tree):
    other = a_known_member(tree["EAST-1"], 4101, "李四")
    refused(
        "PERSON_NOT_FOUND",
        NotFound,
        lambda: actions.request(kind="name", wished="李五", person=other.public_id, actor=signed_in(zhang)),
    )


def decide_as(actor, made):
    return lambda: actions.apply(public_id=made.public_id, actor=actor)


def test_officers_above_may_answer_others_do_not_find_it(zhang, tree):
    made = a_request(zhang)
    for offices in ([(tree["EAST-2"], "union_officer")], [(tree["EAST"], "employer_agent")], []):
        refused("NOT_FOUND", NotFound, decide_as(unions.an_officer(offices, f"o{len(offices)}{offices}"[:40]), made))
    reviewer = unions.an_officer([(tree["EAST"], "reviewer")], "reviewer")
    refused("NO_OFFICE_HERE", NotAllowed, decide_as(reviewer, made))
    decide_as(unions.an_officer([(tree["EAST"], "union_officer")], "district"), made)()


def test_nobody_decides_about_themselves_or_kin(zhang, officer, tree):
    made = a_request(zhang)
    kin = a_person("张无忌", user_id=officer.user_id)
    with transaction.atomic():
        family.state_kinship(zhang, kin, relation="sibling", actor=SYSTEM)
    refused("OWN_CASE", NotAllowed, decide_as(officer, made))
    mine = Correction.objects.filter(pk=made.pk)
    mine.update(asked_by=officer.user_id)
    refused("NOT_FOUND", NotFound, decide_as(officer, made))


def test_an_officers_opening_is_a_look_and_shows_masked_values(zhang, officer):
    made = a_request(zhang, "id_number", another_number(4100))
    shown = queries.compared(queries.open_for_reading(officer, made.public_id), masked=True)
    assert "********" in shown.before
    assert "********" in shown.wished
    assert looks.of(zhang.public_id).count() == 1


def test_an_erased_person_leaves_nothing_readable_and_no_open_request(zhang, officer):
    from niangjia.kernel.policy import allow
    from niangjia.platform.personal_data import erasure

    made = a_request(zhang)
    with transaction.atomic():
        people.end_membership(
            Membership.objects.get(person=zhang), cause="leave", actor=SYSTEM, decision=allow("system"),
            day=zhang.memberships.get().since, reason="本人要求",
        )  # fmt: skip
        erasure.erase(zhang.public_id, actor=SYSTEM, reason="本人申请清除")
    made = Correction.objects.get(pk=made.pk)
    assert (made.state, made.wished, made.before) == ("withdrawn", "", "")
    with pytest.raises(DomainError):
        actions.apply(public_id=made.public_id, actor=officer)


def test_pages_bring_a_member_from_the_mistake_to_the_correction(zhang, officer):
    phone = member_client(signed_in(zhang))
    assert "李" not in phone.get("/mine/data/correct/").text
    answer = phone.post(
        "/mine/data/correct/name/", {"wished": "章三丰", "paper": [a_photo()], "idempotency_key": "correct-one-1"}
    )
    assert answer.status_code == 302, answer.text
    again = phone.post(
        "/mine/data/correct/name/", {"wished": "章三丰", "paper": [a_photo()], "idempotency_key": "correct-one-1"}
    )
    assert again["Location"] == answer["Location"]
    page = phone.get(answer["Location"]).text
    assert "章三丰" in page
    assert "我们会核对" in page


@pytest.mark.parametrize(
    ("kind", "said", "sentences"),
    [
        ("name", "", ["请填写姓名。", "请拍一张能看清姓名和号码的证件照片上传。"]),
        ("id_number", "", ["请填写身份证件号码。", "请拍一张能看清姓名和号码的证件照片上传。"]),
        ("id_number", "110101199001011234", ["证件号码有误", "请拍一张能看清姓名和号码的证件照片上传。"]),
        ("category", "", ["请选择：改为"]),
        ("employer", "", ["请填写：改为"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once_and_plainly(zhang, kind, said, sentences):
    answer = member_client(signed_in(zhang)).post(f"/mine/data/correct/{kind}/", {"wished": said})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [sentence for sentence in sentences if sentence not in page] == []
    assert "必填项" not in page
    assert not Correction.objects.exists()
