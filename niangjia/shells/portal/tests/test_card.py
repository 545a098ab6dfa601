"""卡: the page, the code that the page asks for, loss and replacement on the phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import actions, queries
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import SYSTEM, a_member
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.testing.clients import staff_client
from niangjia.shells.portal.card import drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(membership: Membership) -> Card:
    return Card.objects.get(person=membership.person_id)


def page(phone: Client) -> str:
    return phone.get("/card/").content.decode()


def press(phone: Client, what: str, card_id: str) -> Any:
    return phone.post(f"/card/{what}/", {"card": card_id})


def states() -> list[str]:
    return list(Card.objects.order_by("id").values_list("state", flat=True))


def test_the_page_shows_name_number_union_and_a_code_without_script(phone: Client, card: Card) -> None:
    answer = phone.get("/card/")
    html = answer.content.decode()
    for shown in ("阿依古丽·麦麦提明", card.grouped, "FIRM工会", "<svg", 'http-equiv="refresh" content="30"'):
        assert shown in html
    assert "no-store" in answer["Cache-Control"]
    assert 'data-card-code="/card/code/"' in html


def test_home_leads_to_the_code_with_one_tap(phone: Client, card: Card) -> None:
    assert 'href="/card/#card-code"' in phone.get("/").content.decode()


def test_every_code_is_fresh_kept_by_nobody_and_leads_back_to_the_card(phone: Client, card: Card) -> None:
    answers = [phone.get("/card/code/", headers={"Accept": "application/json"}) for _time in range(2)]
    assert all("no-store" in answer["Cache-Control"] for answer in answers)
    first, second = (answer.json() for answer in answers)
    assert first["code"] != second["code"]
    assert first["picture"] == drawn(first["code"])
    assert (first["renew_in"], first["accepted_for"]) == (30, 60)
    assert queries.resolve(first["code"], actor=SYSTEM).card == card


def test_a_page_that_was_kept_open_shows_nothing_of_use_a_minute_later(phone: Client, card: Card, clock: Any) -> None:
    kept = phone.get("/card/code/").json()["code"]
    clock.forward(seconds=61)
    with pytest.raises(DomainError) as refused:
        queries.resolve(kept, actor=SYSTEM)
    assert refused.value.code == "CARD_CODE_EXPIRED"


def test_codes_are_for_members_alone(phone: Client, newcomer: Client, unions: dict[str, Union]) -> None:
    wanted = {"headers": {"Accept": "application/json"}}
    assert Client().get("/card/code/", **wanted)["Location"].startswith("/sign-in/")
    officer = staff_client(an_officer([(unions["CITY"], "union_officer")]))
    assert officer.get("/card/code/", **wanted)["Location"].startswith("/sign-in/")
    answer = newcomer.get("/card/code/", **wanted)
    assert (answer.status_code, answer.json()["code"]) == (404, "CARD_NONE")


def test_asking_for_codes_writes_nothing(phone: Client, card: Card, unchanged: Any) -> None:
    with unchanged():
        phone.get("/card/code/")
        phone.get("/card/lost/")
        phone.get("/card/replace/")


def test_loss_is_asked_once_more_then_done_and_the_page_says_what_comes_next(phone: Client, card: Card) -> None:
    asked = phone.get("/card/lost/").content.decode()
    assert "挂失会员卡？" in asked
    assert card.public_id in asked
    assert press(phone, "lost", card.public_id)["Location"] == "/card/"
    html = page(phone)
    assert "已挂失" in html
    assert "card-code" not in html.split("</head>")[1]
    assert 'href="/card/replace/"' in html
    answer = phone.get("/card/code/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (409, "CARD_BLOCKED")


def test_a_new_card_is_there_at_once_and_the_old_one_is_in_the_history(phone: Client, card: Card) -> None:
    press(phone, "lost", card.public_id)
    press(phone, "replace", card.public_id)
    new = Card.objects.live().get()
    html = page(phone)
    assert new.grouped in html
    assert html.index("以前的卡") < html.index(card.grouped)
    assert queries.resolve(phone.get("/card/code/").json()["code"], actor=SYSTEM).card == new


@pytest.mark.parametrize("what", ["lost", "replace"])
def test_a_second_tap_changes_nothing_more(phone: Client, card: Card, what: str) -> None:
    for _time in range(2):
        assert press(phone, what, card.public_id)["Location"] == "/card/"
    assert states() == (["blocked"] if what == "lost" else ["replaced", "active"])


@pytest.mark.parametrize("what", ["lost", "replace"])
def test_another_members_card_and_none_are_the_same_to_me(
    phone: Client, card: Card, unions: dict[str, Union], what: str
) -> None:
    other = Card.objects.get(person=a_member(unions["FIRM"]).person)
    for wanted in (other.public_id, "nosuchthing0000000000000", "", "\x00", "x" * 5000):
        assert press(phone, what, wanted).status_code == 404
    assert states() == ["active", "active"]


def test_who_has_lost_nothing_is_led_back(phone: Client, newcomer: Client, card: Card) -> None:
    actions.report_lost(public_id=card.public_id, reason="本人来电挂失", actor=SYSTEM)
    assert phone.get("/card/lost/")["Location"] == "/card/"
    assert newcomer.get("/card/lost/").status_code == 404


def test_the_fourth_replacement_is_done_at_the_desk(phone: Client, card: Card) -> None:
    for _time in range(3):
        press(phone, "replace", Card.objects.live().get().public_id)
    answer = press(phone, "replace", Card.objects.live().get().public_id)
    assert answer.status_code == 409
    assert "工会服务站" in answer.content.decode()


def test_after_the_membership_the_page_says_when_the_card_ended(phone: Client, membership: Membership) -> None:
    with transaction.atomic():
        day, yes = kernel_clock.today(), allow("test")
        held = Membership.objects.select_related("person").get(pk=membership.pk)
        people.end_membership(held, cause="leave", day=day, reason="本人申请退会", actor=SYSTEM, decision=yes)
    html = page(phone)
    assert "注销" in html
    assert "card-code" not in html.split("</head>")[1]
    assert phone.get("/card/code/").status_code == 409


def test_a_member_whose_card_is_not_there_yet_is_told_when(phone: Client, membership: Membership) -> None:
    Card.objects.all().delete()
    html = page(phone)
    assert "卡号正在准备" in html
    assert membership.number in html


def test_the_co_branded_bank_is_shown_by_its_tail(phone: Client, member: Actor, card: Card) -> None:
    given = {"bank_code": "102100000012", "bank_card_tail": "0421", "day": kernel_clock.today()}
    actions.record_bank(public_id=card.public_id, actor=SYSTEM, **given)
    assert "尾号 0421" in page(phone)


def test_the_picture_has_a_quiet_border_and_no_size_of_its_own() -> None:
    picture = drawn("NJ1." + "A" * 112)
    size = re.search(r'viewBox="0 0 (\d+) \1"', picture)
    assert size is not None
    assert int(size[1]) <= 53
    assert "width=" not in picture.split(">")[0]
    assert "style=" not in picture


def test_the_code_of_the_page_is_as_long_accepted_as_it_promises(phone: Client, card: Card, clock: Any) -> None:
    told = phone.get("/card/code/").json()
    clock.forward(seconds=told["accepted_for"])
    assert queries.resolve(told["code"], actor=SYSTEM).scanned
