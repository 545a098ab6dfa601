"""The member's pages: before the opening, the tap, the receipt, cancelling, what is mine. All without script."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import translation

from niangjia.commons.people.cards import queries as cards
from niangjia.commons.people.cards.actions import replace, report_lost
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.offers import actions, member_queries, rules, testing
from niangjia.services.offers.models import Bar, Cell, Mode, Reservation
from niangjia.services.offers.room import ROOM

KEY = "0123456789abcdef"
RULE = [{"is": "union", "any_of": ["EAST"]}]


@pytest.fixture(autouse=True)
def no_figures_remembered():
    member_queries.forget()


@pytest.fixture
def phone(world):
    return member_client(world.member)


def item_url(offer, choice=None):
    return f"/offers/{offer.key}/items/{(choice or offer.choice).item}/"


def place(choice):
    return f"{choice.site}.{choice.day}"


def tap(phone, offer, choice=None, *, key=KEY):
    """What a browser sends when the one button of an item's page is pressed."""
    chosen = choice or offer.choice
    return phone.post(item_url(offer, chosen), {"place": place(chosen), "idempotency_key": key})


def text_of(answer):
    html = re.sub(r'<span class="unbroken">(.*?)</span>', r"\1", answer.text)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# Before it opens


def test_a_moment_in_a_refusal_is_in_the_language_of_who_reads_it():
    said = rules.spoken(clock.moment(date(2026, 3, 4), time(11)))
    assert str(said) == "3月4日 11:00"
    with translation.override("en"):
        assert str(said) == "4 March 11:00"


@pytest.fixture
def soon(world):
    opens = world.clock.now + timedelta(hours=1)
    days = [opens.date() + timedelta(days=1)]
    return testing.an_offer(world.district, opens_at=opens, rule=RULE, days=days, title="元宵礼物")


def test_the_server_says_its_time_and_the_opening(phone, soon):
    page = phone.get(f"/offers/{soon.key}/").text
    assert 'datetime="2026-03-04T03:00:00+00:00" data-clock data-now="2026-03-04T02:00:00+00:00"' in page
    assert "2026年3月4日 11:00 开始" in page
    assert "即将开始" in page


def test_who_cannot_take_part_reads_why_before_it_opens(world, soon):
    page = text_of(member_client(world.stranger).get(f"/offers/{soon.key}/"))
    assert "这次您不能参加" in page
    assert "这项服务面向EAST工会的会员。您的会籍在WEST-1工会。" in page


def test_who_is_no_member_is_shown_the_way(world, soon):
    nobody = Actor(ActorKind.MEMBER, user_id=User.objects.create().pk)
    assert "先加入工会" in text_of(member_client(nobody).get(f"/offers/{soon.key}/"))


def test_one_may_choose_before_the_opening_and_a_tap_too_early_loses_nothing(world, phone, soon):
    assert "可以先选好地点和日期" in phone.get(item_url(soon)).text
    answer = tap(phone, soon)
    assert answer.status_code == 403
    assert "还没到时间，3月4日 11:00 开始预约。" in text_of(answer)
    assert f'value="{place(soon.choice)}" checked' in answer.text
    assert f'name="idempotency_key" value="{KEY}"' in answer.text
    world.clock.set(soon.campaign.opens_at)
    assert tap(phone, soon).status_code == 302


# The tap


def test_choosing_and_the_receipt(world, offer, phone):
    assert "剩 2 份" in text_of(phone.get(item_url(offer)))
    answer = tap(phone, offer)
    made = Reservation.objects.get()
    assert answer.headers["Location"] == f"/offers/mine/{made.public_id}/?new"
    receipt = text_of(phone.get(answer.headers["Location"]))
    for told in ("预约成功", made.number, "鸡蛋", "2026年3月4日", "9:00–17:00", "职工之家", "甲路 1 号", "打开会员卡"):
        assert told in receipt


def test_a_double_tap_gives_the_same_receipt(offer, phone):
    first, second = tap(phone, offer), tap(phone, offer)
    assert first.headers["Location"] == second.headers["Location"]
    assert Reservation.objects.count() == 1


def test_a_second_one_is_refused_and_the_first_is_shown(offer, phone):
    tap(phone, offer)
    made = Reservation.objects.get()
    answer = tap(phone, offer, offer.choices[1])
    assert answer.status_code == 409
    page = text_of(answer)
    assert f"每人限一份，您已预约“鸡蛋”（编号 {made.number}）。要换的话请先取消它。" in page
    assert f"/offers/mine/{made.public_id}/" in answer.text


def test_sold_out_closed_and_not_yet_open_are_three_sentences(world, phone, soon):
    sold = testing.an_offer(world.district, pieces=1)
    testing.reserve(sold, world.second)
    answer = tap(phone, sold)
    assert (answer.status_code, "“鸡蛋”在这个地点和日期已约满" in text_of(answer)) == (409, True)
    assert "还没到时间" in text_of(tap(phone, soon))
    world.clock.set(soon.campaign.closes_at)
    answer = tap(member_client(world.member), soon)
    assert (answer.status_code, "预约已于 3月10日 10:00 结束。" in text_of(answer)) == (410, True)


@pytest.mark.parametrize("sent", [{}, {"place": ""}, {"place": "x"}, {"place": "x.2026-02-30"}, {"place": "x" * 99}])
def test_nothing_or_nonsense_chosen_is_said_beside_the_choice(offer, phone, sent):
    answer = phone.post(item_url(offer), {**sent, "idempotency_key": KEY})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert not Reservation.objects.exists()


def test_a_site_that_does_not_have_it_is_refused_beside_the_choice(offer, phone):
    answer = phone.post(item_url(offer), {"place": "nosuchsite.2026-03-04", "idempotency_key": KEY})
    assert answer.status_code == 422
    assert "这个品类不在所选的地点或日期领取" in text_of(answer)


def test_an_item_or_campaign_that_is_not_there_is_not_found(world, offer, phone):
    other = testing.an_offer(world.other)
    draft = testing.a_draft(world.district)
    for url in (f"/offers/{offer.key}/items/{other.choice.item}/", f"/offers/{draft.public_id}/", "/offers/nosuch/"):
        assert phone.get(url).status_code == 404
    assert phone.post(f"/offers/{offer.key}/items/{other.choice.item}/", {"place": "x.2026-03-04"}).status_code == 404


def test_too_many_taps_are_told_to_wait(offer, phone):
    codes = [tap(phone, offer, key=f"{KEY}{number}") for number in range(40)]
    slow = [answer for answer in codes if answer.status_code == 429]
    assert slow
    assert slow[0].headers["Retry-After"]
    assert "点得太快了" in text_of(slow[0])
    assert Reservation.objects.count() == 1


def test_strangers_and_staff_are_sent_to_sign_in(world, offer):
    for client in (Client(), staff_client(world.officer)):
        for url in ("/offers/", f"/offers/{offer.key}/", item_url(offer), "/offers/mine/"):
            assert client.get(url).headers["Location"].startswith("/sign-in/")
        assert "sign-in" in tap(client, offer).headers["Location"]


# What is left


def test_the_board_says_what_is_left_and_how_old_that_is(world, offer, phone):
    testing.reserve(offer, world.second)
    board = phone.get(f"/offers/{offer.key}/board/")
    assert re.findall(r"剩\s+(\d+)\s+份", text_of(board)) == ["1", "2"]
    assert 'data-age="0"' in board.text
    assert re.search(r'hx-trigger="every (1[4-9]|2[0-5])\d{3}ms, due"', board.text)
    assert "<html" not in board.text


def test_thousands_of_phones_are_served_by_one_reading(offer, phone, world, django_assert_num_queries):
    phone.get(f"/offers/{offer.key}/board/")
    testing.reserve(offer, world.second)
    world.clock.forward(seconds=1)
    again = phone.get(f"/offers/{offer.key}/board/")
    assert "剩 <b>2</b> 份" in again.text
    assert 'data-age="1"' in again.text, "an old figure says that it is old"
    member_queries.forget()
    assert "剩 <b>1</b> 份" in phone.get(f"/offers/{offer.key}/board/").text


@pytest.mark.parametrize(("kinds", "name"), [(2, "2 kinds"), (13, "13 kinds")])
def test_pages_cost_the_same_however_many_kinds_there_are(world, phone, sql_counts, kinds, name):
    offer = testing.an_offer(world.district, items=[f"品类{number}" for number in range(kinds)], rule=RULE)
    phone.get("/offers/")
    member_queries.forget()
    for page, url in {
        "campaign": f"/offers/{offer.key}/",
        "item": item_url(offer),
        "board": f"/offers/{offer.key}/board/",
    }.items():
        member_queries.forget()
        with sql_counts.expect(f"{page} page"):
            assert phone.get(url).status_code == 200


@pytest.mark.parametrize("campaigns", [2, 12])
def test_the_list_costs_the_same_however_many_campaigns_there_are(world, phone, sql_counts, campaigns):
    made = [testing.an_offer(world.district, rule=RULE) for _number in range(campaigns)]
    testing.reserve(made[0], world.member)
    phone.get("/offers/mine/")
    for page, url in {"list": "/offers/", "mine": "/offers/mine/"}.items():
        with sql_counts.expect(page):
            assert phone.get(url).status_code == 200


# The list and the home page


def test_the_list_is_ordered_by_where_campaigns_stand(world, phone, soon):
    testing.an_offer(world.district, title="正在开放的活动")
    testing.an_offer(world.district, title="别区的活动", rule=[{"is": "union", "any_of": ["WEST"]}])
    page = text_of(phone.get("/offers/"))
    order = ["正在开放 ", "正在开放的活动", "别区的活动", "这次您不能参加", "即将开始 ", "元宵礼物"]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)


def test_an_empty_list_says_what_will_come(phone):
    assert "现在没有活动" in phone.get("/offers/").text
    assert "您还没有预约" in phone.get("/offers/mine/").text


def test_home_and_mine_show_what_one_may_have_and_has_not_had(world, offer, phone):
    for url in ("/", "/mine/"):
        assert "新春礼物" in phone.get(url).text
        assert "新春礼物" not in member_client(world.stranger).get(url).text
    tap(phone, offer)
    assert "新春礼物" not in phone.get("/mine/").text
    assert "去领取：鸡蛋" in text_of(phone.get("/"))


def test_a_rule_that_is_used_up_elsewhere_is_not_offered_again(world, phone):
    rule = {"who": [], "once": {"per": "person", "period": "year"}}
    first = testing.an_offer(world.district, rule=rule, title="第一次活动")
    testing.an_offer(world.district, rule=rule, title="第二次活动")
    assert "第二次活动" in phone.get("/mine/").text
    testing.reserve(first, world.member)
    assert "第二次活动" not in phone.get("/mine/").text


# What is mine


def test_cancelling_asks_once_more_and_gives_the_piece_back(world, offer, phone):
    made = testing.reserve(offer, world.member)
    url = f"/offers/mine/{made.public_id}/cancel/"
    assert "名额马上让给别人，不一定能再约到。" in phone.get(url).text
    assert phone.post(url).headers["Location"] == f"/offers/mine/{made.public_id}/"
    assert phone.post(url).status_code == 302
    made.refresh_from_db()
    assert (made.state, offer.cell().taken) == ("cancelled", 0)
    assert phone.get(url).headers["Location"] == f"/offers/mine/{made.public_id}/"


def test_after_cancelling_another_choice_on_the_same_page_is_a_new_one(offer, phone, world):
    tap(phone, offer)
    actions.cancel(public_id=Reservation.objects.get().public_id, actor=world.member)
    assert tap(phone, offer, offer.choices[1]).status_code == 302
    assert Reservation.objects.counting().get().item.name == "蜂蜜"


def test_a_lost_card_reserves_and_the_receipt_says_to_replace_it_before_collecting(world, offer, phone):
    card = cards.own_card(world.member)
    report_lost(public_id=card.public_id, actor=world.member)
    receipt = phone.get(tap(phone, offer).url)
    assert "会员卡已挂失" in text_of(receipt)
    assert "领取前请先换新卡" in text_of(receipt)
    assert "领取时出示会员卡" not in text_of(receipt)
    replace(public_id=card.public_id, actor=world.member)
    assert "领取时出示会员卡" in text_of(phone.get(f"/offers/mine/{Reservation.objects.get().public_id}/"))


def test_somebody_elses_reservation_is_not_found(world, offer):
    made = testing.reserve(offer, world.member)
    other = member_client(world.second)
    for path in ("", "cancel/", "calendar.ics", "appeal/"):
        assert other.get(f"/offers/mine/{made.public_id}/{path}").status_code == 404
    assert other.post(f"/offers/mine/{made.public_id}/cancel/").status_code == 404
    assert Reservation.objects.get().state == "reserved"


def test_the_day_goes_into_the_phones_calendar(world, offer, phone):
    made = testing.reserve(offer, world.member)
    answer = phone.get(f"/offers/mine/{made.public_id}/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    assert {"DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260305", "SUMMARY:领取“鸡蛋”，带会员卡"} <= set(lines)
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))


def test_a_bar_is_said_with_its_last_day(world, offer, phone):
    past = testing.reserve(testing.an_offer(world.district), world.member)
    Bar.objects.create(person_id=past.person_id, reservation=past, starts_on=world.clock.today, until=world.clock.today)
    for url in (f"/offers/{offer.key}/", item_url(offer), "/offers/mine/"):
        assert "到 2026年3月4日 为止不能预约" in text_of(phone.get(url))
    assert tap(phone, offer).status_code == 403


def test_a_number_is_found_in_the_console_by_who_may_see_it(world, offer):
    made = testing.reserve(offer, world.member)
    assert ROOM.find(world.officer, f" {made.number.lower()} ") == f"/console/offers/reservations/{made.public_id}/"
    assert ROOM.find(world.other_officer, made.number) is None
    assert ROOM.find(world.officer, "YL2026-0000001-1") is None


def test_a_draw_shows_its_promise_before_anybody_has_won(world, phone):
    until = world.clock.now + timedelta(days=1)
    offer = testing.an_offer(world.district, mode=Mode.DRAW, wishes_until=until)
    assert "先填志愿，再抽签" in phone.get(f"/offers/{offer.key}/").text
    page = phone.get(f"/offers/{offer.key}/wish/").text
    assert offer.campaign.draw_commitment in page
    assert page.count("<select") == 5
    answer = tap(phone, offer)
    assert (answer.status_code, "现在是填报志愿的时间" in text_of(answer)) == (403, True)
    assert Cell.objects.filter(taken__gt=0).count() == 0


def test_the_same_wish_twice_is_said_beside_the_second(world, phone):
    offer = testing.an_offer(world.district, mode=Mode.DRAW, wishes_until=world.clock.now + timedelta(days=1))
    value = f"{offer.choice.item}.{place(offer.choice)}"
    answer = phone.post(f"/offers/{offer.key}/wish/", {"wish_1": value, "wish_2": value, "idempotency_key": KEY})
    assert answer.status_code == 422
    assert "这个志愿和前面的重复了" in answer.text
    assert phone.post(f"/offers/{offer.key}/wish/", {"idempotency_key": KEY}).status_code == 422
