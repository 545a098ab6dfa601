"""The pages of enrolment: from the upload to the certificate, at a counter, by the member, and what anybody may see."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.test import Client

from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.platform.jobs import worker
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.protection import actions, six, testing
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.enrolment import certificate
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Enrolment

KEY = "0123456789abcdef"
CONSOLE = "/console/protection"


@pytest.fixture
def open_plan(world):
    """A plan in which members enrol themselves and one officer is enough."""
    plan = testing.a_plan(world.city, "open")
    testing.a_version(plan, six.general_plan(self_enrolment=True, price_fen=0), valid_from=date(2021, 1, 1))
    return plan


def send(desk, upload, **changes):
    body = {"origin": "file", "union_code": "FIRM", "plan_code": "six", "from_day": clock.today().isoformat()}
    return desk.post(f"{CONSOLE}/rosters/new/", {**body, "idempotency_key": KEY, "file": upload, **changes})


def test_from_the_upload_to_protection_through_three_offices(world):
    unit, agency, office = map(staff_client, (world.unit, world.agency, world.office))
    people = lists.members(world.firm, 3)
    assert "下载模板" in unit.get(f"{CONSOLE}/rosters/new/").text
    answer = send(unit, lists.a_file([*map(lists.a_row, people), lists.a_row(people[0], name="别人")]))
    page = answer.headers["Location"]
    assert "核对中" in unit.get(page).text or "等待核对" in unit.get(page).text
    worker.drain()
    ready = unit.get(page).text
    assert "新参保" in ready
    assert "没有找到姓名和证件号码都相符的会员" in ready
    assert people[0].id_number not in ready
    assert "确认并上报" in ready
    for desk, event in ((unit, "confirm_roster"), (agency, "forward_roster"), (office, "apply_roster")):
        assert desk.get(f"{page}{event}/").status_code == 200
        assert desk.post(f"{page}{event}/", {"idempotency_key": f"key-{event}"}).headers["Location"] == page
    worker.drain()
    assert "已参保" in office.get(page).text
    assert Roster.objects.get().enrolled == 3
    shown = unit.get(f"{CONSOLE}/enrolments/").text
    assert shown.count("张*甲") + shown.count("张**") >= 1
    assert unit.get(f"{CONSOLE}/enrolments/?ends=soon").status_code == 200


def test_rows_come_back_with_the_reason_beside_them(world):
    people = lists.members(world.firm, 2)
    roster = lists.checked(
        [lists.a_row(people[0]), lists.a_row(people[1], name="别人")], world.firm, world.plan, world.unit
    )
    answer = staff_client(world.unit).get(f"{CONSOLE}/rosters/{roster.public_id}/returned/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.worksheets[1].iter_rows(values_only=True))
    assert len(rows) == 2
    assert "没有找到姓名" in rows[1][-1]


def test_a_double_click_brings_one_list(world):
    desk = staff_client(world.unit)
    one = send(desk, "", origin="renewal").headers["Location"]
    assert send(desk, "", origin="renewal").headers["Location"] == one
    assert Roster.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"file": ""}, "请选择要上传的文件"),
        ({"from_day": "2020-01-01"}, "起保日期要在"),
        ({"union_code": "WEST"}, ""),
        ({"from_day": "2026-02-30"}, ""),
        ({"plan_code": "nonsense"}, ""),
    ],
)
def test_what_is_wrong_stands_beside_the_field(world, change, sentence):
    people = lists.members(world.firm, 1)
    answer = send(staff_client(world.unit), lists.a_file(map(lists.a_row, people)), **change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Roster.objects.exists()


def test_one_at_the_counter_gets_a_certificate_that_anybody_can_verify(world, open_plan):
    person, desk = lists.members(world.firm, 1)[0], staff_client(world.unit)
    body = {
        "name": person.name, "id_number": person.id_number, "plan_code": "open", "idempotency_key": KEY,
        "from_day": clock.today().isoformat(),
    }  # fmt: skip
    wrong = desk.post(f"{CONSOLE}/enrolments/new/", {**body, "name": "别人"})
    assert (wrong.status_code, Enrolment.objects.count()) == (422, 0)
    page = desk.post(f"{CONSOLE}/enrolments/new/", body).headers["Location"]
    assert "打印参保凭证" in desk.get(page).text
    paper = desk.get(f"{page}certificate.pdf")
    assert paper.content.startswith(b"%PDF-")
    made = Enrolment.objects.get()
    shown = Client().get(f"/protection/certificates/{made.public_id}/")
    assert "凭证有效" in shown.text
    assert person.name not in shown.text
    assert person.id_number not in shown.text
    desk.post(f"{page}cancel/", {"reason": "录错了人，重新办", "idempotency_key": KEY})
    assert "已经作废" in Client().get(f"/protection/certificates/{made.public_id}/").text
    assert Client().get("/protection/certificates/nosuchthing0000000000000/").status_code == 404


def test_the_code_on_the_paper_is_the_page_that_verifies(world, open_plan):
    person = lists.members(world.firm, 1)[0]
    made = testing.an_enrolment(open_plan.versions.get(), person, world.firm, from_day=clock.today())
    one, two = (certificate.paper_of(made, f"https://union.example/{n}") for n in "ab")
    assert one != two
    assert one == certificate.paper_of(made, "https://union.example/a")


def test_a_member_enrols_where_the_plan_allows_it(world, open_plan):
    actor = testing.a_member(world.firm, 31)
    phone = member_client(actor)
    assert phone.get("/protection/plans/open/enrol/").status_code == 200
    assert phone.post("/protection/plans/open/enrol/").status_code == 302
    made = Enrolment.objects.get(person=actor.person_id)
    assert (made.source, made.from_day) == ("member", clock.today())
    assert phone.post("/protection/plans/open/enrol/").status_code == 409
    assert phone.post("/protection/plans/six/enrol/").status_code == 403
    paper = phone.get(f"/protection/enrolments/{made.public_id}/certificate.pdf")
    assert paper.content.startswith(b"%PDF-")
    other = member_client(testing.a_member(world.firm, 32))
    assert other.get(f"/protection/enrolments/{made.public_id}/certificate.pdf").status_code == 404


def test_an_employers_agent_and_a_stranger_find_nothing(world):
    roster = lists.checked(map(lists.a_row, lists.members(world.firm, 1)), world.firm, world.plan, world.unit)
    agent = staff_client(world.agent)
    assert agent.get(f"{CONSOLE}/rosters/{roster.public_id}/").status_code == 404
    assert agent.get(f"{CONSOLE}/rosters/").status_code == 403
    assert agent.post(f"{CONSOLE}/rosters/{roster.public_id}/confirm_roster/").status_code == 404


def test_who_opens_an_enrolment_leaves_a_look(world):
    person = lists.members(world.firm, 1)[0]
    made = testing.an_enrolment(world.second, person, world.firm, from_day=clock.today())
    staff_client(world.unit).get(f"{CONSOLE}/enrolments/{made.public_id}/")
    assert Look.objects.filter(subject_key=Person.objects.get().public_id).exists()


def test_the_lists_cost_the_same_for_two_and_for_ten(world, django_assert_max_num_queries):
    for person in lists.members(world.firm, 10):
        testing.an_enrolment(world.second, person, world.firm, from_day=clock.today())
    desk = staff_client(world.unit)
    with django_assert_max_num_queries(22):
        desk.get(f"{CONSOLE}/enrolments/")


def enrolled(world):
    """Somebody of the firm in a group plan that is paid for."""
    _plan, version = testing.general(world.city)
    person = lists.members(world.firm, 1)[0]
    return testing.an_enrolment(version, person, world.firm, from_day=clock.today() - timedelta(days=40))


def test_protection_is_ended_on_a_page_with_reason_and_what_becomes_of_the_fee(world):
    desk, one = staff_client(world.unit), enrolled(world)
    address = f"{CONSOLE}/enrolments/{one.public_id}/end/"
    assert "费用怎样处理" in desk.get(address).content.decode()
    day = clock.today() + timedelta(days=2)
    answer = desk.post(
        address, {"day": day.isoformat(), "reason": "本人已经离职", "refund": "by_unit", "idempotency_key": "k-1"}
    )
    one.refresh_from_db()

    assert (answer.status_code, one.state, one.to_day) == (302, "ended", day)
    page = desk.get(f"{CONSOLE}/enrolments/{one.public_id}/").content.decode()
    assert "本人已经离职" in page
    assert "由参保单位与本人自行结算" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": "2019-01-01"}, "day"), ({"day": "2039-01-01"}, "day"), ({"day": "2026-02-30"}, "day"),
        ({"reason": ""}, "reason"), ({"refund": "twice"}, "refund"), ({"refund": ""}, "refund"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_end_is_said_beside_its_field(world, unchanged, change, field):
    desk, one = staff_client(world.unit), enrolled(world)
    body = {"day": clock.today().isoformat(), "reason": "本人已经离职", "refund": "none", "idempotency_key": "k-1"}
    with unchanged():
        answer = desk.post(f"{CONSOLE}/enrolments/{one.public_id}/end/", {**body, **change})

    assert (answer.status_code, f'id="id_{field}_error"' in answer.content.decode()) == (422, True)


def test_protection_does_not_end_before_an_event_that_is_claimed(world):
    member = testing.an_insured(world.second, world.firm, 1)
    claim = testing.a_claim(world.plan, member, "home_loss", event_day=clock.today() - timedelta(days=3))
    given = {"public_id": claim.enrolment.public_id, "reason": "本人已经离职", "actor": world.unit}

    with pytest.raises(RuleBroken, match="CLAIMS_AFTER"):
        actions.end_enrolment(day=clock.today() - timedelta(days=4), **given)
    assert actions.end_enrolment(day=clock.today() - timedelta(days=3), **given).state == "ended"


def test_one_at_a_counter_is_let_in_when_with_them_the_share_of_the_unit_holds(world):
    plan, version = testing.general(world.city)
    people = lists.members(world.firm, 3)
    body = {"plan_code": plan.code, "from_day": clock.today(), "source": "counter", "actor": world.unit}

    with pytest.raises(RuleBroken, match="TOO_FEW_OF_STAFF") as refused:
        actions.enrol(person_id=people[0].pk, **body)
    assert "plan_code" in refused.value.fields
    for person in people[:2]:
        testing.an_enrolment(version, person, world.firm, from_day=clock.today() - timedelta(days=40))
    assert actions.enrol(person_id=people[2].pk, **body).state == "in_force"
