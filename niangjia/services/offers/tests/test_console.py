"""The officers' pages: drawing up in five steps, a campaign with its moves, copies, waves, calling off."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.kernel import clock
from niangjia.platform.testing.clients import staff_client
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign import suppliers
from niangjia.services.offers.models import Campaign, Cell, Item, Reservation, Supplier, Wave
from niangjia.services.offers.states import CampaignState

KEY = "0123456789abcdef"
HOME = "/console/offers/"


@pytest.fixture
def desk(world):
    return staff_client(world.officer)


@pytest.fixture
def site(world):
    return testing.a_site(world.street, "回龙观职工之家")


@pytest.fixture
def draft(world, site):
    return testing.a_draft(world.district, sites=[site], actor=world.officer)


def typed(**changes):
    day = clock.today() + timedelta(days=3)
    return {
        "union": "EAST", "title": "新春礼物", "mode": "first_come", "stock_after": "close", "idempotency_key": KEY,
        "opens_at": f"{day}T10:00", "closes_at": f"{day + timedelta(days=2)} 18:00",
        "pickup_from": f"{day + timedelta(days=3)}", "pickup_until": f"{day + timedelta(days=4)}", **changes,
    }  # fmt: skip


def test_a_campaign_is_drawn_up_and_published_on_five_pages(world, desk, site):
    answer = desk.post(f"{HOME}new/", typed())
    campaign = Campaign.objects.get()
    here = f"{HOME}{campaign.public_id}/"
    assert answer.headers["Location"] == f"{here}who/"
    assert desk.post(f"{here}who/", {"rule-union": "EAST"}).headers["Location"] == f"{here}items/"
    rows = {"rows": "3", "row-0-name": "蜂蜜", "row-0-order": "2", "row-2-name": "鸡蛋", "row-2-value": "42.50"}
    assert desk.post(f"{here}items/", rows).headers["Location"] == f"{here}stock/"
    assert list(Item.objects.values_list("name", "value_fen")) == [("蜂蜜", 0), ("鸡蛋", 4250)]
    day = campaign.pickup_from
    desk.post(f"{here}stock/", {"site": site.public_id, f"n-k01-{day:%Y%m%d}": "20", f"n-k02-{day:%Y%m%d}": "３"})
    check = desk.get(f"{here}publish/").text
    assert "<b>2</b> 位会员可以参加" in check
    assert "<b>2</b> 个品类，共 <b>23</b> 份" in check
    assert desk.post(f"{here}publish/", {"idempotency_key": KEY}).headers["Location"] == here
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.PUBLISHED
    assert f"{campaign.opens_at.astimezone(clock.SHANGHAI):%H:%M}" == "10:00"


def test_a_second_tap_draws_up_no_second_campaign(desk, world):
    first, second = desk.post(f"{HOME}new/", typed()), desk.post(f"{HOME}new/", typed())
    assert Campaign.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "礼"),
        ("title", ""),
        ("closes_at", "2026-03-01T10:00"),
        ("closes_at", "32 号上午"),
        ("pickup_until", "2026-03-02"),
        ("announce_at", "2030-01-01 10:00"),
        ("offer_hours", "999"),
        ("offer_hours", "一天"),
        ("union", "WEST"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(desk, world, field, value):
    answer = desk.post(f"{HOME}new/", typed(summary="十三种任选", **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "十三种任选" in answer.text
    assert not Campaign.objects.exists()


def test_a_draw_needs_the_moment_until_which_wishes_are_taken(desk, world):
    answer = desk.post(f"{HOME}new/", typed(mode="draw"))
    assert "wishes_until" in answer.context["form"].errors


def test_how_many_may_take_part_is_told_before_anything_is_saved(desk, draft):
    answer = desk.post(f"{HOME}{draft.public_id}/who/", {"rule-union": "EAST-1", "count": "1"})
    assert "有 1 位会员可以参加" in answer.text
    draft.refresh_from_db()
    assert draft.rule == []


def test_kinds_keep_their_codes_and_an_emptied_row_goes_with_its_stock(desk, draft):
    here = f"{HOME}{draft.public_id}/items/"
    more = desk.post(
        here, {"rows": "2", "row-0-code": "k01", "row-0-name": "草鸡蛋", "row-1-name": "半途", "more": "1"}
    )
    assert more.text.count('name="row-4-name"') == 1
    assert "半途" in more.text
    desk.post(here, {"rows": "3", "row-0-code": "k01", "row-0-name": "", "row-1-code": "k02", "row-1-name": "荆花蜜",
                     "row-2-name": "山楂"})  # fmt: skip
    assert list(draft.items.values_list("code", "name")) == [("k02", "荆花蜜"), ("k03", "山楂")]
    assert set(Cell.objects.filter(campaign=draft).values_list("item__code", flat=True)) == {"k02"}


@pytest.mark.parametrize("row", [{"row-0-name": "鸡蛋", "row-0-value": "四十"}, {"row-0-description": "没有名字"}, {}])
def test_a_wrong_row_of_kinds_keeps_the_page(desk, draft, row):
    answer = desk.post(f"{HOME}{draft.public_id}/items/", {"rows": "2", **row})
    assert answer.status_code == 422
    assert all(str(value) in answer.text for value in row.values())
    assert draft.items.count() == 2


def test_a_wrong_number_of_pieces_stands_beside_its_square(desk, draft, site):
    name = f"n-k01-{draft.pickup_from:%Y%m%d}"
    answer = desk.post(f"{HOME}{draft.public_id}/stock/", {"site": site.public_id, name: "三十"})
    assert answer.status_code == 422
    assert 'value="三十"' in answer.text
    assert Cell.objects.filter(campaign=draft, size=2).count() == 2


def test_one_site_is_filled_in_without_touching_the_others(world, desk, draft, site):
    second = testing.a_site(world.street, "龙锦路驿站")
    name = f"n-k01-{draft.pickup_from:%Y%m%d}"
    desk.post(f"{HOME}{draft.public_id}/stock/", {"site": second.public_id, name: "9"})
    sizes = Cell.objects.filter(campaign=draft, size__gt=0).values_list("site__name", "size")
    assert sorted(sizes) == [("回龙观职工之家", 2), ("回龙观职工之家", 2), ("龙锦路驿站", 9)]


# The stock as a workbook


def book(desk, draft):
    answer = desk.get(f"{HOME}{draft.public_id}/stock.xlsx")
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def upload(desk, draft, filled, name="stock.xlsx"):
    content = io.BytesIO()
    filled.save(content)
    file = SimpleUploadedFile(name, content.getvalue())
    return desk.post(f"{HOME}{draft.public_id}/stock/upload/", {"file": file})


def test_the_stock_goes_out_as_a_workbook_and_comes_back(desk, draft):
    filled = book(desk, draft)
    rows = list(filled.active.iter_rows(min_row=2, values_only=True))
    assert len(rows) == 2 * 7
    assert sum(row[5] or 0 for row in rows) == 4
    for number in range(2, 2 + len(rows)):
        filled.active.cell(number, 6, 10)
    assert upload(desk, draft, filled).status_code == 302
    assert sum(Cell.objects.filter(campaign=draft).values_list("size", flat=True)) == 140


def test_one_wrong_row_of_the_workbook_changes_nothing_and_is_named(desk, draft):
    filled = book(desk, draft)
    filled.active.cell(2, 6, 500)
    filled.active.cell(3, 6, -1)
    filled.active.cell(4, 1, "无此")
    filled.active.cell(4, 6, 1)
    answer = upload(desk, draft, filled)
    assert answer.status_code == 422
    assert [mistake.row for mistake in answer.context["mistakes"]] == [3, 4]
    assert sum(Cell.objects.filter(campaign=draft).values_list("size", flat=True)) == 4


def test_what_is_no_workbook_is_refused_in_a_sentence(desk, draft):
    file = SimpleUploadedFile("stock.xlsx", b"%PDF-1.4")
    answer = desk.post(f"{HOME}{draft.public_id}/stock/upload/", {"file": file})
    assert answer.status_code == 422
    assert answer.context["upload"].errors["file"]


# A campaign


def test_what_is_published_is_no_longer_drawn_up(desk, offer):
    for step in ("plan", "who", "items", "stock", "publish"):
        assert desk.get(f"{HOME}{offer.key}/{step}/").status_code == 409


def test_publishing_without_stock_is_refused_on_its_page(world, desk):
    draft = actions.draw_up(union_id=world.district.pk, plan=testing.a_plan(), actor=world.officer)
    assert "还没有品类" in desk.get(f"{HOME}{draft.public_id}/publish/").text
    answer = desk.post(f"{HOME}{draft.public_id}/publish/", {"idempotency_key": KEY})
    assert answer.status_code == 422
    assert "还没有名额" in answer.text


def test_the_page_of_a_campaign_explains_its_grey_moves(desk, offer):
    actions.open_doors(public_id=offer.key, actor=testing.SYSTEM)
    page = desk.get(f"{HOME}{offer.key}/").text
    assert "自动结束，不用操作" in page
    assert "取消活动" in page


def test_a_copy_is_a_draft_on_later_days_with_the_same_pieces(world, desk, offer):
    answer = desk.post(f"{HOME}{offer.key}/copy/", {"idempotency_key": KEY})
    copy = Campaign.objects.get(state=CampaignState.DRAFT)
    assert answer.headers["Location"] == f"{HOME}{copy.public_id}/plan/"
    assert copy.opens_at - offer.campaign.opens_at == copy.closes_at - offer.campaign.closes_at
    assert clock.day_of(copy.opens_at) > clock.today()
    pieces = sorted(Cell.objects.filter(campaign=copy).values_list("item__code", "size"))
    assert pieces == [("k01", 2), ("k02", 2)]
    assert copy.title == "新春礼物（副本）"


def test_a_wave_is_planned_for_all_sites_or_for_one(world, desk, offer):
    moment = clock.now() + timedelta(hours=3)
    body = {"opens_at": f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}", "n_k01": "5", "idempotency_key": KEY}
    assert desk.post(f"{HOME}{offer.key}/waves/new/", body).status_code == 302
    wave = Wave.objects.get()
    assert list(wave.stocks.values_list("cell__item__code", "quantity")) == [("k01", 5)]
    page = desk.get(f"{HOME}{offer.key}/").text
    assert "到时间自动放出" in page
    assert "安排一批加放名额" in page
    empty = desk.post(f"{HOME}{offer.key}/waves/new/", {**body, "n_k01": "", "idempotency_key": KEY + "2"})
    assert empty.status_code == 422


def test_calling_off_says_in_numbers_what_follows(world, desk, offer):
    row = testing.reserve(offer, world.member)
    there = f"{HOME}{offer.key}/moves/call_off/"
    assert "1 份待领取的预约马上作废" in desk.get(there).text
    assert desk.post(there, {"reason": ""}).status_code == 422
    assert desk.post(there, {"reason": "场地临时停用，改期再办"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "revoked"
    assert "场地临时停用" in desk.get(f"{HOME}{offer.key}/").text


# Suppliers


def test_a_supplier_is_added_once_and_chosen_for_a_kind(world, desk, draft):
    body = {"union": "EAST", "name": "百花谷合作社", "kind": "cooperative"}
    assert desk.post(f"{HOME}suppliers/new/", body).status_code == 302
    again = desk.post(f"{HOME}suppliers/new/", body)
    assert again.context["form"].errors["name"] == ["这个工会已有同名的供货单位。"]
    supplier = Supplier.objects.get()
    rows = {"rows": "1", "row-0-name": "蜂蜜", "row-0-supplier": supplier.public_id}
    desk.post(f"{HOME}{draft.public_id}/items/", rows)
    assert draft.items.get().supplier == supplier
    assert "百花谷合作社" in desk.get(f"{HOME}suppliers/?q=百花").text


def test_a_supplier_out_of_reach_is_not_there(world):
    data = suppliers.SupplierData("外区合作社")
    foreign = suppliers.add_supplier(union_id=world.other.pk, data=data, actor=testing.SYSTEM)
    desk = staff_client(world.officer)
    assert desk.get(f"{HOME}suppliers/{foreign.public_id}/").status_code == 404
    assert "外区合作社" not in desk.get(f"{HOME}suppliers/").text


# Who comes in


def test_keepers_and_agents_are_no_readers_of_campaigns(world, offer):
    for actor in (world.keeper, world.agent):
        client = staff_client(actor)
        assert client.get(HOME).status_code == 403
        assert client.get(f"{HOME}{offer.key}/").status_code == 404


@pytest.mark.parametrize("address", ["?page=0", "?page=x", "?state=nothing", "?q=%00", "?sort=secret", "?mode='--"])
def test_strange_addresses_still_give_a_list(desk, offer, address):
    assert desk.get(f"{HOME}{address}").status_code == 200


def test_the_list_of_campaigns_costs_the_same_for_two_and_twenty(world, desk, site, sql_counts):
    for _number in range(2):
        testing.a_draft(world.district, sites=[site], items=["蛋"])
    with sql_counts.expect("console: campaigns"):
        desk.get(HOME)
    for _number in range(10):
        testing.a_draft(world.district, sites=[site], items=["蛋"])
    with sql_counts.expect("console: campaigns"):
        desk.get(HOME)


def test_days_are_read_as_people_write_them(desk, world):
    desk.post(f"{HOME}new/", typed(opens_at="2026年3月7日 10时05分", pickup_from="2026/3/10"))
    campaign = Campaign.objects.get()
    assert f"{campaign.opens_at.astimezone(clock.SHANGHAI):%m-%d %H:%M}" == "03-07 10:05"
    assert campaign.pickup_from == date(2026, 3, 10)
    assert not Reservation.objects.exists()
