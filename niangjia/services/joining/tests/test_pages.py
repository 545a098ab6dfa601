"""The pages: three short ones for the applicant, list and answers for the officer."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.people.models import Membership
from niangjia.kernel.identifiers import invented_resident_id
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import actions, consent, testing
from niangjia.services.joining.models import Application, Draft

NUMBER = invented_resident_id(1, date(1996, 5, 4), "male")
CODE = "0123456789abcdef"


@pytest.fixture
def phone(world):
    return member_client(testing.applicant(1))


@pytest.fixture
def desk(world):
    return staff_client(world.officer)


def fill(phone) -> None:
    phone.post("/joining/who/", {"name": "张试", "id_number": NUMBER})
    phone.post("/joining/work/", {"category": "courier", "street": "EAST-1", "employer_name": ""})


def send(phone, key=CODE):
    return phone.post("/joining/check/", {"consent": "on", "consent_version": consent.VERSION, "idempotency_key": key})


def test_three_pages_and_a_receipt(phone):
    assert "开始前准备" in phone.get("/joining/").text
    assert phone.post("/joining/who/", {"name": "张试", "id_number": NUMBER}).headers["Location"] == "/joining/work/"
    answer = phone.post("/joining/work/", {"category": "courier", "street": "EAST-1"})
    assert answer.headers["Location"] == "/joining/check/"
    assert "张试" in phone.get("/joining/check/").text
    receipt = phone.get(send(phone).headers["Location"]).text
    assert "RH2026-0000001-2" in receipt
    assert "2026年3月25日" in receipt
    assert Draft.objects.count() == 0


def test_a_double_tap_gives_the_same_receipt(phone):
    fill(phone)
    first = send(phone)
    second = send(phone)
    assert Application.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]
    assert Application.objects.get().public_id in first.headers["Location"]


def test_who_has_applied_is_led_to_the_progress(phone):
    fill(phone)
    send(phone)
    key = Application.objects.get().public_id
    assert phone.get("/joining/").headers["Location"] == f"/joining/{key}/"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id_number", NUMBER[:-1], "证件号码"),
        ("id_number", invented_resident_id(2, date(2015, 1, 1), "female"), "16 周岁"),
        ("id_number", "", "请填写身份证件号码"),
        ("name", "<script>alert(1)</script>", "姓名"),
        ("name", "\u200b", "姓名"),
        ("name", "", "请填写姓名"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(phone, field, value, sentence):
    typed = {"name": "张试", "id_number": NUMBER, field: value}
    answer = phone.post("/joining/who/", typed)
    assert answer.status_code == 422
    assert any(sentence in error for error in answer.context["form"].errors[field])
    other = "id_number" if field == "name" else "name"
    assert typed[other] in answer.text
    assert "<script>alert" not in answer.text


def test_a_page_cannot_be_skipped(phone):
    assert phone.get("/joining/check/").headers["Location"] == "/joining/who/"
    assert phone.get("/joining/work/").headers["Location"] == "/joining/who/"


def test_a_second_tab_is_led_to_the_progress_and_not_to_an_empty_form(phone):
    fill(phone)
    send(phone)
    progress = f"/joining/{Application.objects.get().public_id}/"
    assert phone.get("/joining/who/").headers["Location"] == progress
    assert phone.post("/joining/who/", {"name": "张试", "id_number": NUMBER}).headers["Location"] == progress
    assert Draft.objects.count() == 0


def test_what_is_wrong_with_the_last_page_stands_at_its_top(phone):
    fill(phone)
    page = phone.post("/joining/check/", {"consent_version": consent.VERSION, "idempotency_key": CODE}).text
    assert 0 < page.index("error-summary") < page.index('class="facts"')


def test_without_consent_nothing_is_sent(phone):
    fill(phone)
    answer = phone.post("/joining/check/", {"consent_version": consent.VERSION, "idempotency_key": CODE})
    assert answer.status_code == 422
    assert Application.objects.count() == 0


def test_a_changed_consent_text_is_shown_again(phone):
    fill(phone)
    answer = phone.post("/joining/check/", {"consent": "on", "consent_version": "1999-1", "idempotency_key": CODE})
    assert answer.status_code == 409
    assert Application.objects.count() == 0


def test_posted_states_and_roles_are_ignored(phone):
    fill(phone)
    extra = {"state": "approved", "role": "admin", "person": "1", "number": "RH1"}
    phone.post(
        "/joining/check/", {"consent": "on", "consent_version": consent.VERSION, "idempotency_key": CODE, **extra}
    )
    assert Application.objects.get().state == "submitted"


def test_a_stranger_gets_the_same_404_for_hidden_and_missing(sent):
    stranger = member_client(testing.applicant(5))
    hidden, missing = stranger.get(f"/joining/{sent.key}/"), stranger.get("/joining/nothing/")
    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_the_officer_approves_from_the_list(desk, sent):
    page = desk.get("/console/joining/")
    assert sent.application.number in page.text
    answer = desk.post("/console/joining/approve-many/", {"ids": [sent.key], "idempotency_key": CODE})
    assert answer.status_code == 302
    assert Membership.objects.count() == 1
    desk.post("/console/joining/approve-many/", {"ids": [sent.key], "idempotency_key": CODE})
    assert Membership.objects.count() == 1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_one_tick_ticks_the_whole_list_and_keys_move_in_it(open_page, live_server, world):
    for serial in (1, 2, 3):
        testing.application(serial, world.street)
    page = open_page(1440, 900)
    cookies = staff_client(world.officer).cookies
    page.context.add_cookies([{"name": m.key, "value": m.value, "url": live_server.url} for m in cookies.values()])
    page.goto(f"{live_server.url}/console/joining/")
    page.locator("thead input[type=checkbox]").check()
    assert page.locator("tbody input:checked").count() == 3
    assert page.get_by_role("button", name="通过勾选的申请").is_visible()
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("tbody input:checked").count() == 2


def test_opening_and_unmasking_are_written_down_for_the_applicant(desk, sent):
    page = desk.get(f"/console/joining/{sent.key}/").text
    assert sent.application.id_number not in page
    assert desk.post(f"/console/joining/{sent.key}/unmask/", {"reason": ""}).status_code == 422
    shown = desk.post(f"/console/joining/{sent.key}/unmask/", {"reason": "电话核对身份"})
    assert sent.application.id_number in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    kinds = list(Look.objects.filter(subject_key=sent.key).order_by("id").values_list("kind", flat=True))
    assert kinds == ["opened", "unmasked"]
    assert desk.get(f"/console/joining/{sent.key}/").status_code == 200
    applicant = member_client(sent.applicant)
    assert "电话核对身份" in applicant.get("/mine/looks/").text


@pytest.mark.parametrize("event", ["approve", "refuse", "ask_more", "send_on"])
def test_each_answer_has_a_page_that_says_what_follows(desk, sent, event):
    assert desk.get(f"/console/joining/{sent.key}/{event}/").status_code == 200


def test_what_is_answered_is_not_offered_for_withdrawing(world, sent):
    applicant = member_client(sent.applicant)
    assert applicant.get(f"/joining/{sent.key}/withdraw/").status_code == 200
    actions.refuse(public_id=sent.key, reason="请到所在单位的工会申请", actor=world.officer)
    assert applicant.get(f"/joining/{sent.key}/withdraw/").headers["Location"] == f"/joining/{sent.key}/"


def test_an_answer_that_the_state_does_not_allow_is_refused(desk, sent):
    actions.approve(public_id=sent.key, actor=the_officer())
    assert desk.get(f"/console/joining/{sent.key}/approve/").status_code == 409


def the_officer():
    from niangjia.commons.unions import testing as unions

    return unions.staff(User.objects.get(sign_in_name="street"))


def test_a_refusal_without_reason_keeps_the_page(desk, sent):
    answer = desk.post(f"/console/joining/{sent.key}/refuse/", {"reason": ""})
    assert answer.status_code == 422
    assert Application.objects.get().state == "submitted"


def test_the_export_holds_no_formula_and_no_full_number(desk, sent, tmp_path):
    import openpyxl

    answer = desk.get("/console/joining/?tab=all&export=xlsx")
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sent.application.id_number not in {cell.value for cell in cells}
    assert Look.objects.filter(kind="exported", subject_key=sent.key).exists()


def test_the_list_costs_the_same_for_two_rows_and_twenty(world, desk, django_assert_max_num_queries):
    from niangjia.platform.testing.sql_counts import statements

    for serial in range(1, 3):
        testing.application(serial, world.street)
    with statements() as few:
        desk.get("/console/joining/")
    for serial in range(3, 21):
        testing.application(serial, world.street)
    with statements() as many:
        desk.get("/console/joining/")
    assert len(many) <= len(few)


def test_the_page_before_a_move_says_of_which_application(desk, sent):
    assert Application.objects.get(public_id=sent.key).number in desk.get(f"/console/joining/{sent.key}/approve/").text


def test_the_beginning_of_a_name_is_enough_to_find(desk, sent):
    name = Application.objects.get(public_id=sent.key).name
    assert sent.key in desk.get(f"/console/joining/?tab=all&q={name[:2]}").text
    assert sent.key not in desk.get(f"/console/joining/?tab=all&q={name[1:]}").text


@pytest.mark.parametrize("address", ["?page=0", "?page=-1", "?page=99999999999999999999", "?page=abc", "?size=100000",
                                     "?tab=x", "?q=%00", "?q=%25", "?q=' OR 1=1--", "?category=nothing"])  # fmt: skip
def test_strange_addresses_still_give_a_list(desk, sent, address):
    assert desk.get(f"/console/joining/{address}").status_code == 200


def test_the_employers_agent_does_not_reach_the_room(world, sent):
    agent = staff_client(world.agent)
    for address in ("", "?tab=all", "?tab=all&export=xlsx"):
        assert agent.get(f"/console/joining/{address}").status_code == 403
    assert agent.get(f"/console/joining/{sent.key}/").status_code == 404
    assert agent.post(f"/console/joining/{sent.key}/approve/").status_code == 404


def test_a_finished_application_is_no_longer_under_way_but_stays_in_the_list(phone, sent_by_phone):
    assert sent_by_phone.number in phone.get("/").text
    actions.withdraw(public_id=sent_by_phone.public_id, actor=sent_by_phone.by)
    assert sent_by_phone.number not in phone.get("/").text
    assert sent_by_phone.number in phone.get("/mine/progress/").text


@pytest.fixture
def sent_by_phone(phone):
    from niangjia.kernel.actor import Actor, ActorKind

    fill(phone)
    send(phone)
    application = Application.objects.get()
    application.by = Actor(ActorKind.MEMBER, user_id=application.applicant_id)
    return application


def test_a_notice_names_its_days_like_the_rest_of_the_portal(phone, sent_by_phone):
    page = phone.get("/mine/notices/").text
    assert '最晚<span class="unbroken">2026年3月25日</span>前答复' in page
    assert "2026-03-25 " not in page


def test_the_search_leads_to_an_application_by_its_number_within_ones_reach(world, desk, sent):
    there = f"/console/joining/{sent.key}/"
    assert desk.post("/console/search/", {"q": f" {sent.application.number.lower()} "}).headers["Location"] == there
    elsewhere = staff_client(world.other_officer)
    assert elsewhere.post("/console/search/", {"q": sent.application.number}).status_code == 200
