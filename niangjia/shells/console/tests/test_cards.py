"""The card on a person's page and what an officer does with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.clients import staff_client

pytestmark = pytest.mark.django_db
REASON = "本人持身份证来服务站"


@pytest.fixture
def card(membership: Membership) -> Card:
    return Card.objects.get(person=membership.person_id)


def address(card: Card, event: str = "") -> str:
    return f"/console/people/{card.person.public_id}/" + (f"card/{event}/" if event else "")


def press(desk: Client, shown: Card, event: str, **said: Any) -> Any:
    return desk.post(address(shown, event), {"card": shown.public_id, "reason": REASON} | said)


def state_of(card: Card) -> str:
    card.refresh_from_db()
    return str(card.state)


def test_the_panel_shows_number_state_and_day(desk: Client, card: Card) -> None:
    html = desk.get(address(card)).content.decode()
    for shown in (card.grouped, "正常", f"{card.issued_on:%Y-%m-%d}", "挂失", "换新卡", "登记银行联名卡"):
        assert shown in html


def test_block_restore_and_replace_each_with_a_reason_in_the_audit(desk: Client, card: Card) -> None:
    assert press(desk, card, "report_lost").status_code == 302
    assert state_of(card) == "blocked"
    assert press(desk, card, "unblock").status_code == 302
    assert state_of(card) == "active"
    assert press(desk, card, "replace").status_code == 302
    assert state_of(card) == "replaced"
    rows = AuditEntry.objects.filter(subject_type="people.card", subject_id=card.public_id).order_by("id")
    assert [(row.action, row.reason) for row in rows if row.reason] == [
        (f"people.card.{event}", REASON) for event in ("report_lost", "unblock", "replace")
    ]
    html = desk.get(address(card)).content.decode()
    assert html.index(Card.objects.live().get().grouped) < html.index(card.grouped)
    assert "已换新卡" in html


def test_the_page_asks_before_it_acts(desk: Client, card: Card) -> None:
    html = desk.get(address(card, "report_lost")).content.decode()
    for shown in ("马上停用", card.grouped, card.public_id):
        assert shown in html
    assert state_of(card) == "active"


def test_without_a_reason_it_is_said_beside_the_field(desk: Client, card: Card) -> None:
    answer = press(desk, card, "report_lost", reason=" ")
    assert answer.status_code == 422
    assert 'id="id_reason_field"' in answer.content.decode()
    assert state_of(card) == "active"


def test_pressing_twice_replaces_once(desk: Client, card: Card) -> None:
    press(desk, card, "replace")
    assert press(desk, card, "replace").status_code == 422
    assert Card.objects.count() == 2


def test_the_bank_is_noted_by_number_tail_and_day(desk: Client, card: Card) -> None:
    said = {"bank_code": "1021 0000 0012", "bank_card_tail": "0421", "day": card.issued_on.isoformat()}
    assert press(desk, card, "record_bank", **said).status_code == 302
    html = desk.get(address(card)).content.decode()
    assert "102100000012，尾号 0421" in html


@pytest.mark.parametrize(
    "changed",
    [
        {"bank_card_tail": "6222020200112230421"},
        {"bank_card_tail": "042x"},
        {"bank_code": "1"},
        {"bank_code": ""},
        {"day": "2019-01-01"},
        {"day": "2999-01-01"},
        {"day": "2026-02-30"},
        {"card": "nosuchthing0000000000000"},
        {"card": ""},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(desk: Client, card: Card, changed: dict[str, str]) -> None:
    said = {"bank_code": "102100000012", "bank_card_tail": "0421", "day": card.issued_on.isoformat()} | changed
    assert press(desk, card, "record_bank", **said).status_code == 422
    card.refresh_from_db()
    assert (card.bank_code, card.bank_card_tail) == ("", "")


@pytest.mark.parametrize("event", ["unblock", "close", "issue", "nosuch"])
def test_what_is_not_offered_now_is_not_found(desk: Client, card: Card, event: str) -> None:
    assert desk.get(address(card, event)).status_code == 404
    assert press(desk, card, event).status_code == 404
    assert state_of(card) == "active"


def test_officers_elsewhere_do_not_find_the_person(elsewhere: Client, card: Card) -> None:
    assert press(elsewhere, card, "report_lost").status_code == 404
    assert state_of(card) == "active"


@pytest.mark.parametrize("code", ["FIRM", "WEST-1"])
def test_another_persons_card_in_the_body_is_not_acted_on(
    desk: Client, card: Card, unions: dict[str, Union], code: str
) -> None:
    other = Card.objects.get(person=a_member(unions[code]).person)
    assert press(desk, card, "report_lost", card=other.public_id).status_code == 422
    assert {state_of(other), state_of(card)} == {"active"}


def test_a_reviewer_sees_the_card_and_why_the_buttons_are_grey(card: Card, unions: dict[str, Union]) -> None:
    reviewer = staff_client(an_officer([(unions["EAST"], "reviewer")], "reviewer"))
    html = reviewer.get(address(card)).content.decode()
    assert card.grouped in html
    assert "您在这个工会没有办理这件事的职务" in html
    assert press(reviewer, card, "report_lost").status_code == 404
    assert state_of(card) == "active"
