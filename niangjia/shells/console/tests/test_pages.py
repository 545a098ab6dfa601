import re
from datetime import timedelta

import pytest
from django.test import Client

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people.models import Membership
from niangjia.commons.unions.actions import appoint
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.models import Session
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.testing.clients import staff_client
from niangjia.services.joining.testing import application
from niangjia.shells.console import desk_offices

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = [
    "/console/", "/console/desk/below/", "/console/desk/done/", "/console/search/", "/console/people/",
    "/console/unions/", "/console/notices/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_the_console_asks_strangers_to_sign_in(db: None, address: str) -> None:
    assert Client().get(address)["Location"].startswith("/console/sign-in/")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_draws_empty_and_filled(
    desk: Client, unions: dict[str, Union], membership: Membership, address: str, language: str
) -> None:
    desk.cookies["niangjia_language"] = language
    assert desk.get(address).status_code == 200
    application(1, unions["EAST-1"])
    assert desk.get(address).status_code == 200


def test_my_desk_lists_what_waits_on_my_office_and_nobody_elses(
    desk: Client, elsewhere: Client, unions: dict[str, Union]
) -> None:
    waiting, _applicant = application(1, unions["EAST-1"])
    assert waiting.number in desk.get("/console/").content.decode()
    assert waiting.number not in elsewhere.get("/console/").content.decode()


@pytest.mark.parametrize("role", sorted(desk_offices.TOLD))
def test_offices_whose_work_is_elsewhere_read_where_it_is(unions: dict[str, Union], role: Role) -> None:
    application(1, unions["EAST-1"])
    page = staff_client(an_officer([(unions["CITY"], role)], role)).get("/console/").content.decode()
    assert str(desk_offices.TOLD[role]) in page
    for of_no_concern in ("下级待办", "下级工会有", "同事把事情交给您"):
        assert of_no_concern not in page


def test_what_waits_below_is_told_to_whoever_deals_with_it_and_no_entry_leads_nowhere(unions: dict[str, Union]) -> None:
    application(1, unions["EAST-1"])
    page = staff_client(an_officer([(unions["CITY"], "reviewer")], "reviewer")).get("/console/").content.decode()
    assert "下级工会有 1 件待办" in page
    assert "/console/unions/" in page
    agent = staff_client(an_officer([(unions["FIRM"], "employer_agent")], "agent")).get("/console/").content.decode()
    assert "/console/unions/" not in agent


def test_a_deputy_reads_for_whom_and_until_when(unions: dict[str, Union]) -> None:
    away = an_officer([(unions["EAST-1"], "union_officer")], "周春梅")
    deputy = an_officer([], "deputy")
    last = clock.today() + timedelta(days=7)
    appoint(
        actor=Actor.system("test"), user_id=deputy.user_id or 0, union_id=unions["EAST-1"].pk, role="union_officer",
        valid_to=last + timedelta(days=1), deputy_for_id=away.user_id,
    )  # fmt: skip
    page = staff_client(deputy).get("/console/").content.decode()
    assert "您正代理周春梅的职务：EAST-1工会 · 工会干部，到 " in page
    assert last.isoformat() in page
    union = staff_client(deputy).get(f"/console/unions/{unions['EAST-1'].public_id}/").content.decode()
    assert f"– {last.isoformat()}" in re.sub(r"<[^>]*>", "", union)
    assert "您正代理" not in staff_client(away).get("/console/").content.decode()


def test_taking_the_next_item_puts_it_into_my_hands_and_leads_there(
    desk: Client, officer: Actor, unions: dict[str, Union]
) -> None:
    assert desk.post("/console/desk/next/")["Location"] == "/console/"
    waiting, _applicant = application(1, unions["EAST-1"])
    assert waiting.public_id in desk.post("/console/desk/next/")["Location"]
    assert DeskItem.objects.get().holder_id == officer.user_id


def test_an_item_can_be_extended_with_a_reason_only(desk: Client, unions: dict[str, Union]) -> None:
    application(1, unions["EAST-1"])
    item = DeskItem.objects.get()
    address, before = f"/console/desk/{item.public_id}/extend/", item.due_at
    assert desk.post(address, {"working_days": "5", "reason": ""}).status_code == 422
    assert desk.post(address, {"working_days": "31", "reason": "等单位回函"}).status_code == 422
    item.refresh_from_db()
    assert item.due_at == before
    assert desk.post(address, {"working_days": "5", "reason": "等单位回函"}).status_code == 302
    item.refresh_from_db()
    assert item.due_at is not None
    assert before is not None
    assert item.due_at > before


def test_an_item_can_be_handed_to_a_colleague_of_the_same_office_only(desk: Client, unions: dict[str, Union]) -> None:
    colleague = an_officer([(unions["EAST-1"], "union_officer")], "colleague")
    stranger = an_officer([(unions["WEST-1"], "union_officer")], "stranger")
    application(1, unions["EAST-1"])
    item = DeskItem.objects.get()
    address = f"/console/desk/{item.public_id}/hand-over/"
    assert desk.post(address, {"to_user_id": str(stranger.user_id)}).status_code == 422
    assert desk.post(address, {"to_user_id": str(colleague.user_id)}).status_code == 302
    item.refresh_from_db()
    assert item.holder_id == colleague.user_id


@pytest.mark.parametrize("act", ["", "take/", "put-back/", "hand-over/", "extend/"])
def test_an_item_of_another_office_does_not_exist_for_me(elsewhere: Client, unions: dict[str, Union], act: str) -> None:
    application(1, unions["EAST-1"])
    address = f"/console/desk/{DeskItem.objects.get().public_id}/{act}"
    answer = elsewhere.post(address, {"working_days": "5", "reason": "随便写写"}) if act else elsewhere.get(address)
    assert answer.status_code == 404


def test_a_search_finds_people_in_reach_masks_their_numbers_and_leaves_a_look(
    desk: Client, elsewhere: Client, membership: Membership
) -> None:
    html = desk.post("/console/search/", {"q": "欧阳建国"}).content.decode()
    person = membership.person
    assert person.public_id in html
    assert person.id_number not in html
    assert person.phone not in html
    assert [look.kind for look in looks.of(person.public_id)] == [LookKind.SEARCH_HIT]
    assert person.public_id not in elsewhere.post("/console/search/", {"q": "欧阳建国"}).content.decode()
    assert looks.of(person.public_id).count() == 1


def test_part_of_a_number_says_to_give_the_whole(desk: Client, membership: Membership) -> None:
    html = desk.post("/console/search/", {"q": "13812"}).content.decode()
    assert "完整" in html
    assert membership.person.public_id not in html


def test_a_persons_page_is_masked_until_a_reason_is_given_and_the_person_can_read_it(
    desk: Client, membership: Membership
) -> None:
    person = membership.person
    address = f"/console/people/{person.public_id}/"
    assert person.id_number not in desk.get(address).content.decode()
    refused = desk.post(f"{address}unmask/", {"field": "id_number", "reason": ""})
    assert refused.status_code == 422
    assert person.id_number not in refused.content.decode()
    shown = desk.post(f"{address}unmask/", {"field": "id_number", "reason": "核对转会材料"})
    assert person.id_number in shown.content.decode()
    assert person.phone not in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert person.id_number not in desk.get(address).content.decode()
    assert "核对转会材料" in [look.reason for look in looks.of(person.public_id)]


def test_a_person_out_of_reach_is_not_found(elsewhere: Client, membership: Membership) -> None:
    address = f"/console/people/{membership.person.public_id}/"
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.post(f"{address}unmask/", {"field": "phone", "reason": "随便看看"}).status_code == 404
    assert elsewhere.post(f"{address}membership/leave/", {"day": "2026-01-01"}).status_code == 404
    assert looks.of(membership.person.public_id).count() == 0


def test_a_move_that_is_not_open_shows_nothing_and_leaves_no_look(reading: Client, membership: Membership) -> None:
    """A look tells the person that somebody saw their data, so none is written for a page that was not shown."""
    address = f"/console/people/{membership.person.public_id}/membership/"
    for event in ("leave", "retain", "nonsense"):
        assert reading.get(f"{address}{event}/").status_code == 404
        assert reading.post(f"{address}{event}/", {"day": "2026-01-01"}).status_code == 404
    assert looks.of(membership.person.public_id).count() == 0


def test_the_page_of_a_move_is_a_look(desk: Client, membership: Membership) -> None:
    page = desk.get(f"/console/people/{membership.person.public_id}/membership/leave/")
    assert page.status_code == 200
    assert page.text.count(f'href="/console/people/{membership.person.public_id}/"') == 2, "above it and to go back"
    assert [look.kind for look in looks.of(membership.person.public_id)] == [LookKind.OPENED]


def test_a_membership_is_retained_by_a_confirmed_move(desk: Client, membership: Membership) -> None:
    address = f"/console/people/{membership.person.public_id}/membership/retain/"
    assert desk.get(address).status_code == 200
    membership.refresh_from_db()
    assert membership.state == "active"
    answer = desk.post(address, {"day": membership.since.isoformat(), "reason": "下岗待业"})
    assert answer.status_code == 302, answer.content.decode()
    membership.refresh_from_db()
    assert membership.state == "retained"


def test_an_export_of_members_leaves_a_look_at_each(desk: Client, elsewhere: Client, membership: Membership) -> None:
    answer = desk.get("/console/people/?export=xlsx")
    assert b"".join(answer)[:2] == b"PK"  # type: ignore[call-overload]
    assert [look.kind for look in looks.of(membership.person.public_id)] == [LookKind.EXPORTED]
    elsewhere.get("/console/people/?export=xlsx")
    assert looks.of(membership.person.public_id).count() == 1


def test_the_switcher_takes_unions_within_reach_only(desk: Client, officer: Actor, unions: dict[str, Union]) -> None:
    assert desk.post("/console/union/", {"node": str(unions["FIRM"].pk)}).status_code == 302
    session = Session.objects.get(user_id=officer.user_id)
    assert session.chosen_node_id == unions["FIRM"].pk
    for foreign in (str(unions["WEST-1"].pk), "999999", "x", "9" * 30):
        assert desk.post("/console/union/", {"node": foreign}).status_code == 404
    session.refresh_from_db()
    assert session.chosen_node_id == unions["FIRM"].pk
    desk.post("/console/union/", {"node": ""})
    session.refresh_from_db()
    assert session.chosen_node_id is None


def test_the_list_of_members_follows_the_switcher(
    desk: Client, unions: dict[str, Union], membership: Membership
) -> None:
    assert "欧阳建国" in desk.get("/console/people/").content.decode()
    desk.post("/console/union/", {"node": str(unions["SHOP"].pk)})
    assert "欧阳建国" not in desk.get("/console/people/").content.decode()


def test_a_unions_page_is_for_those_it_reaches(desk: Client, elsewhere: Client, unions: dict[str, Union]) -> None:
    address = f"/console/unions/{unions['FIRM'].public_id}/"
    assert "FIRM工会" in desk.get(address).content.decode()
    assert elsewhere.get(address).status_code == 404
    assert desk.get(f"/console/unions/{unions['CITY'].public_id}/").status_code == 404


def test_an_employers_agent_sees_no_people(unions: dict[str, Union], membership: Membership) -> None:
    agent = staff_client(an_officer([(unions["FIRM"], "employer_agent")], "agent"))
    assert agent.get(f"/console/people/{membership.person.public_id}/").status_code == 404
    assert agent.get("/console/people/").status_code == 403
    assert membership.person.public_id not in agent.post("/console/search/", {"q": "欧阳建国"}).content.decode()
    assert looks.of(membership.person.public_id).count() == 0


def test_the_menu_says_what_waits(desk: Client, unions: dict[str, Union]) -> None:
    for serial in range(1, 4):
        application(serial, unions["EAST-1"])
    html = desk.get("/console/notices/").content.decode()
    assert html.count("件待办") == 2
