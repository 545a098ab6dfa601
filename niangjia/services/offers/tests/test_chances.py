"""Waiting lists, draws and appeals as the member meets them, on pages and over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.platform.testing.clients import member_client
from niangjia.services.offers import actions, member_queries, testing
from niangjia.services.offers.models import Appeal, Mode, Reservation, Waiting, Wish
from niangjia.services.offers.tests.test_api import Caller, told
from niangjia.services.offers.tests.test_portal import KEY, item_url, place, tap, text_of


@pytest.fixture(autouse=True)
def no_figures_remembered():
    member_queries.forget()


@pytest.fixture
def phone(world):
    return member_client(world.member)


@pytest.fixture
def full(world):
    """One piece of eggs, which somebody else has, and a waiting list."""
    offer = testing.an_offer(world.district, pieces=1, has_waiting_list=True)
    testing.reserve(offer, world.second)
    return offer


def cancel_the_other(world, offer):
    other = Reservation.objects.get(campaign=offer.campaign, person=world.second.person_id)
    actions.cancel(public_id=other.public_id, actor=world.second)


def queue(phone, offer):
    sent = {"place": place(offer.choice), "idempotency_key": KEY}
    return phone.post(f"{item_url(offer)}queue/", sent, follow=True)


def test_who_queues_is_told_and_takes_what_comes_back(world, full, phone):
    assert "已满，可候补" in text_of(phone.get(item_url(full)))
    page = text_of(queue(phone, full))
    assert "已经开始候补" in page
    assert "排队中" in page
    cancel_the_other(world, full)
    waiting = Waiting.objects.get()
    assert "为您保留到 2026年3月5日 00:00" in text_of(phone.get("/offers/mine/")), "the pick-up day ends the offer"
    assert f"/offers/mine/waiting/{waiting.public_id}/take/" in phone.get("/").text
    url = f"/offers/mine/waiting/{waiting.public_id}/take/"
    assert "为您保留到" in phone.get(url).text
    made = phone.post(url)
    mine = Reservation.objects.get(person=world.member.person_id)
    assert made.headers["Location"] == f"/offers/mine/{mine.public_id}/?new"
    assert phone.post(url).headers["Location"] == f"/offers/mine/{mine.public_id}/"


def test_queueing_twice_is_one_place_and_another_person_does_not_find_it(world, full, phone):
    queue(phone, full)
    queue(phone, full)
    waiting = Waiting.objects.get()
    for path in ("take/", "leave/"):
        assert member_client(world.second).get(f"/offers/mine/waiting/{waiting.public_id}/{path}").status_code == 404


def test_leaving_asks_once_more(full, phone):
    queue(phone, full)
    url = f"/offers/mine/waiting/{Waiting.objects.get().public_id}/leave/"
    assert "再候补要从最后排起" in phone.get(url).text
    assert "已经退出候补" in text_of(phone.post(url, follow=True))
    assert Waiting.objects.get().state == "left"
    assert phone.get(url).headers["Location"] == "/offers/mine/"


def test_what_is_still_there_is_not_queued_for(world, phone):
    offer = testing.an_offer(world.district, has_waiting_list=True)
    assert "还有名额，可以直接预约" in text_of(queue(phone, offer))
    assert "请先选择要候补的地点和日期" in text_of(phone.post(f"{item_url(offer)}queue/", {}, follow=True))
    assert not Waiting.objects.exists()


def test_waiting_over_the_api(world, full):
    caller, other = Caller(full, world.member), Caller(full, world.second)
    body = {"item": full.choice.item, "site": full.choice.site, "day": full.choice.day.isoformat()}
    made = caller.post(f"campaigns/{full.key}/waiting", body, **{"Idempotency-Key": "q1"})
    assert (made.status_code, made.json()["state"], made.json()["place"]["item_name"]) == (201, "waiting", "鸡蛋")
    assert caller.post(f"campaigns/{full.key}/waiting", body, **{"Idempotency-Key": "q1"}).json() == made.json()
    assert caller.post(f"campaigns/{full.key}/waiting", body).status_code == 409
    assert [one["id"] for one in caller.get("waiting").json()] == [made.json()["id"]]
    assert other.get("waiting").json() == []
    assert told(other.post(f"waiting/{made.json()['id']}/take")) == (404, "WAITING_NOT_FOUND")
    cancel_the_other(world, full)
    taken = caller.post(f"waiting/{made.json()['id']}/take")
    assert (taken.status_code, taken.json()["source"]) == (201, "waiting_list")
    assert caller.post(f"waiting/{made.json()['id']}/leave").status_code == 409


# Draws


@pytest.fixture
def draw(world):
    until = world.clock.now + timedelta(hours=2)
    return testing.an_offer(world.district, mode=Mode.DRAW, wishes_until=until, pieces=1, title="抽签礼物")


def wish_value(choice):
    return f"{choice.item}.{choice.site}.{choice.day}"


def wish(phone, draw, *numbers, key=KEY):
    sent = {f"wish_{position}": wish_value(draw.choices[number]) for position, number in enumerate(numbers, 1)}
    return phone.post(f"/offers/{draw.key}/wish/", {**sent, "idempotency_key": key}, follow=True)


def test_a_wish_can_be_made_changed_and_taken_back_until_the_draw(draw, phone):
    page = text_of(wish(phone, draw, 0, 1))
    entered = Wish.objects.get()
    assert "志愿已经保存" in page
    assert entered.pseudonym in page
    assert page.index("鸡蛋") < page.index("蜂蜜")
    assert f'value="{wish_value(draw.choices[0])}" selected' in phone.get(f"/offers/{draw.key}/wish/").text
    wish(phone, draw, 1, key="another0123456789")
    entered.refresh_from_db()
    assert len(entered.choices) == 1
    back = f"/offers/{draw.key}/wish/take-back/"
    assert entered.pseudonym in phone.get(back).text
    phone.post(back)
    entered.refresh_from_db()
    assert entered.state == "taken_back"
    assert phone.get(back).headers["Location"] == f"/offers/{draw.key}/wish/"


def test_who_may_not_take_part_in_a_draw_is_told_so_and_keeps_what_was_chosen(world, phone):
    offer = testing.an_offer(
        world.district, mode=Mode.DRAW, wishes_until=world.clock.now + timedelta(hours=2),
        rule=[{"is": "union", "any_of": ["WEST"]}],
    )  # fmt: skip
    answer = wish(phone, offer, 0)
    assert answer.status_code == 403
    assert "面向WEST工会的会员" in text_of(answer)
    assert not Wish.objects.exists()


def test_the_draw_is_shown_with_its_result_and_the_file_to_check_it(world, draw, phone):
    wish(phone, draw, 0)
    world.clock.set(draw.campaign.wishes_until)
    assert "正在抽签" in phone.get(f"/offers/{draw.key}/").text
    assert tap(phone, draw).status_code == 403
    actions.draw(campaign=draw.key, actor=testing.SYSTEM)
    page = text_of(phone.get(f"/offers/{draw.key}/wish/"))
    assert "您已抽中" in page
    assert "抽签已经结束" in page
    file = phone.get(f"/offers/{draw.key}/draw.json")
    assert file.headers["Content-Disposition"] == f'attachment; filename="draw-{draw.key}.json"'
    assert Wish.objects.get().pseudonym in file.json()["result"]
    assert phone.get(f"/offers/{draw.key}/draw.json").json()["commitment"] == draw.campaign.draw_commitment


def test_a_campaign_without_a_draw_has_neither_wishes_nor_a_file(offer, phone):
    assert phone.get(f"/offers/{offer.key}/wish/").headers["Location"] == f"/offers/{offer.key}/"
    assert phone.get(f"/offers/{offer.key}/draw.json").status_code == 409


def test_wishing_over_the_api(world, draw):
    caller = Caller(draw, world.member)
    one, two = ({"item": c.item, "site": c.site, "day": c.day.isoformat()} for c in draw.choices[:2])
    made = caller.post(f"campaigns/{draw.key}/wishes", {"choices": [one, two]})
    assert (made.status_code, [c["item_name"] for c in made.json()["choices"]]) == (201, ["鸡蛋", "蜂蜜"])
    assert caller.post(f"campaigns/{draw.key}/wishes", {"choices": []}).status_code == 422
    assert caller.post(f"campaigns/{draw.key}/wishes", {"choices": [one] * 6}).status_code == 422
    assert caller.get("wishes").json() == [made.json()]
    other = Caller(draw, world.second)
    assert told(other.post(f"wishes/{made.json()['id']}/take-back")) == (404, "WISH_NOT_FOUND")
    assert caller.get(f"campaigns/{draw.key}/draw").json()["commitment"] == draw.campaign.draw_commitment
    assert caller.post(f"wishes/{made.json()['id']}/take-back").json()["state"] == "taken_back"


# Appeals


@pytest.fixture
def missed(world, offer):
    """A reservation for which nobody came."""
    made = testing.reserve(offer, world.member)
    world.clock.forward(days=1)
    return actions.give_up(public_id=made.public_id, actor=testing.SYSTEM)


def test_an_appeal_says_why_and_shows_where_it_stands(world, missed):
    phone = member_client(world.member)
    url = f"/offers/mine/{missed.public_id}/"
    assert "没有在期限内领取" in phone.get(url).text
    empty = phone.post(f"{url}appeal/", {"cause": "", "text": "写好的说明"})
    assert (empty.status_code, "写好的说明" in empty.text) == (422, True)
    page = text_of(phone.post(f"{url}appeal/", {"cause": "ill", "text": "那天发烧了"}, follow=True))
    assert "申诉已经提交" in page
    assert "申诉审核中" in page
    assert phone.get(f"{url}appeal/").headers["Location"] == url
    assert Appeal.objects.get().text == "那天发烧了"
    actions.refuse_appeal(public_id=Appeal.objects.get().public_id, reason="请附上看病的证明", actor=world.officer)
    assert "请附上看病的证明" in phone.get(url).text
    assert "申诉未通过" in text_of(phone.get("/offers/mine/"))


def test_an_appeal_too_late_is_refused_with_what_was_written(world, missed):
    world.clock.forward(days=40)
    phone = member_client(world.member)
    answer = phone.post(f"/offers/mine/{missed.public_id}/appeal/", {"cause": "ill", "text": "那天发烧了"})
    assert (answer.status_code, "那天发烧了" in answer.text) == (422, True)
    assert not Appeal.objects.exists()


def test_appealing_over_the_api(world, offer, missed):
    caller = Caller(offer, world.member)
    path = f"reservations/{missed.public_id}/appeal"
    assert told(caller.post(path, {"cause": "nonsense"})) == (422, "APPEAL_CAUSE")
    assert told(Caller(offer, world.second).post(path, {"cause": "ill"})) == (404, "RESERVATION_NOT_FOUND")
    made = caller.post(path, {"cause": "on_shift", "text": "临时出车"})
    assert (made.status_code, made.json()["state"], made.json()["cause"]) == (201, "submitted", "on_shift")
    assert caller.post(path, {"cause": "ill"}).status_code == 409
    assert caller.get(f"reservations/{missed.public_id}").json()["appeal"] == "submitted"
