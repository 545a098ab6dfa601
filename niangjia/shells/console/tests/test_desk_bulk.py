"""My desk: narrowed, saved, and many items at once."""

from __future__ import annotations

import pytest
from django.test import Client

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel.actor import Actor
from niangjia.platform.testing.clients import staff_client
from niangjia.services.joining import testing


@pytest.fixture
def three(unions: dict[str, Union]) -> list[DeskItem]:
    for serial in (1, 2, 3):
        testing.application(serial, unions["EAST-1"])
    return list(DeskItem.objects.open().order_by("pk"))


def post(desk: Client, items: list[DeskItem], act: str, **more: str) -> str:
    ids = [item.public_id for item in items]
    given = {"ids": ids, "act": act, "idempotency_key": "k" * 16, **more}
    return str(desk.post("/console/desk/bulk/", given, follow=True).content.decode())


def holders() -> list[int | None]:
    return list(DeskItem.objects.order_by("pk").values_list("holder_id", flat=True))


def test_many_are_taken_at_once_and_the_same_form_twice_is_one_taking(
    desk: Client, officer: Actor, three: list[DeskItem]
) -> None:
    assert "领取了 2 件" in post(desk, three[:2], "take")
    assert "领取了 2 件" in post(desk, three[:2], "take")
    assert holders() == [officer.user_id, officer.user_id, None]


def test_many_are_handed_to_a_colleague_of_the_same_office_only(
    desk: Client, unions: dict[str, Union], three: list[DeskItem]
) -> None:
    stranger = an_officer([(unions["EAST-2"], "union_officer")], "stranger")
    assert "只能交给同一工会" in post(desk, three, "hand_over", to_user_id=str(stranger.user_id))
    assert holders() == [None, None, None]
    colleague = an_officer([(unions["EAST-1"], "union_officer")], "colleague")
    given = {"to_user_id": str(colleague.user_id), "idempotency_key": "other" * 4}
    assert "已经把 3 件交给同事" in post(desk, three, "hand_over", **given)
    assert holders() == [colleague.user_id] * 3
    assert staff_client(colleague).get("/console/?own=1").content.decode().count('class="desk-line') == 3


@pytest.mark.parametrize("to", ["", "x", "9" * 30, "-1", "٣"])
def test_nobody_is_no_colleague(desk: Client, three: list[DeskItem], to: str) -> None:
    post(desk, three, "hand_over", to_user_id=to)
    assert holders() == [None, None, None]


def test_what_lies_on_another_desk_is_not_found(elsewhere: Client, three: list[DeskItem]) -> None:
    assert "没有找到这一件" in post(elsewhere, three, "take")
    assert holders() == [None, None, None]


def test_the_desk_is_narrowed_by_kind_and_by_what_is_mine_and_the_filter_is_saved(
    desk: Client, three: list[DeskItem]
) -> None:
    post(desk, three[:1], "take")

    def lines(query: str) -> int:
        return desk.get(f"/console/?{query}").content.decode().count('class="desk-line')

    found = [
        lines(query) for query in ("", "own=1", "kind=joining.application", "kind=nothing", "overdue=1", "kind=%00")
    ]
    assert found == [3, 1, 3, 0, 0, 3]
    desk.post("/console/filters/", {"list": "console.desk", "query": "own=1", "name": "我手上的"})
    assert "我手上的" in desk.get("/console/").content.decode()
