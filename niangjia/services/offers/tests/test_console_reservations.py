"""Who has something, as officers see it: list, search, export, extra pieces, dashboard, figures, books."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection

from niangjia.commons.ledger import queries as ledger
from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.indicators import Kind
from niangjia.commons.people.cards.models import Card
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.models import DataKey, Look
from niangjia.platform.testing.clients import staff_client
from niangjia.services.offers import actions, books, indicators, policies, testing
from niangjia.services.offers.campaign import extra
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.desk import figures, live
from niangjia.services.offers.models import Cell, Mode, Reservation, StockAfter

KEY = "0123456789abcdef"
HOME = "/console/offers/"
REASON = "页面报错没有约上，核实后补给"


@pytest.fixture(autouse=True)
def nothing_kept():
    live.forget()


@pytest.fixture
def desk(world):
    return staff_client(world.officer)


def give(offer, actor, person, choice=None, reason=REASON):
    return extra.give_extra(
        campaign=offer.key, choice=choice or offer.choice, person=person.public_id, reason=reason, actor=actor
    )


def sold_out(world, offer):
    """Both pieces of the first choice are taken by others."""
    for serial in (11, 12):
        testing.reserve(offer, testing.a_member(world.tree["EAST-2"], serial))


# Extra pieces


def test_an_extra_piece_comes_beside_a_stock_that_is_sold_out(world, offer):
    sold_out(world, offer)
    row = give(offer, world.officer, testing.person_of(world.member))
    cell = offer.cell()
    assert (cell.size, cell.extra, cell.taken) == (2, 1, 3)
    assert (row.source, row.note, row.state) == ("extra", REASON, "reserved")
    entry = AuditEntry.objects.get(action="offers.campaign.give_extra")
    assert (entry.reason, entry.data["reservation"]) == (REASON, row.public_id)
    assert not list(books.check())


def test_an_extra_piece_that_is_made_void_is_nobodys(world, offer):
    sold_out(world, offer)
    row = give(offer, world.officer, testing.person_of(world.member))
    actions.revoke(public_id=row.public_id, reason="会员要求取消", actor=world.officer)
    cell = offer.cell()
    assert (cell.extra, cell.taken, cell.left) == (0, 2, 0)
    assert not list(books.check())


def test_extra_pieces_go_with_a_campaign_that_is_called_off(world, offer):
    sold_out(world, offer)
    give(offer, world.officer, testing.person_of(world.member))
    actions.call_off(public_id=offer.key, reason="场地临时停用", actor=world.officer)
    cell = offer.cell()
    assert (cell.extra, cell.taken) == (0, 0)
    assert not list(books.check())


def test_extra_pieces_that_nobody_collected_go_where_the_rest_is_returned(world):
    offer = testing.an_offer(
        world.district, sites=[testing.a_site(world.street)], pieces=1, stock_after=StockAfter.RETURN
    )
    testing.reserve(offer, testing.a_member(world.tree["EAST-2"], 21))
    give(offer, world.officer, testing.person_of(world.member))
    with clock.travelling(clock.now() + timedelta(days=1)):
        actions.give_up_overdue(campaign=offer.key, actor=testing.SYSTEM)
    assert offer.cell().extra == 0
    assert not list(books.check())


def test_the_rules_are_not_bent_for_an_extra_piece(world, offer):
    first = give(offer, world.officer, testing.person_of(world.member))
    with pytest.raises(Conflict) as twice:
        give(offer, world.officer, testing.person_of(world.member), offer.choices[1])
    assert first.number in str(twice.value.message)
    with pytest.raises(NotFound):
        give(offer, world.officer, testing.person_of(world.stranger))
    with pytest.raises(RuleBroken):
        give(offer, world.officer, testing.person_of(world.second), reason="补")
    with pytest.raises(NotFound):
        give(offer, world.other_officer, testing.person_of(world.stranger))
    assert offer.cell().extra == 1


def test_who_does_not_meet_the_conditions_gets_no_extra_piece(world):
    rule = [{"is": "union", "any_of": ["EAST-2"]}]
    offer = testing.an_offer(world.district, sites=[testing.a_site(world.street)], rule=rule)
    with pytest.raises(NotAllowed) as refused:
        give(offer, world.officer, testing.person_of(world.member))
    assert refused.value.code == "NOT_ELIGIBLE"


def test_there_is_no_extra_piece_of_a_draft(world):
    draft = testing.a_draft(world.district, sites=[testing.a_site(world.street)])
    with pytest.raises(InvalidMove):
        give(testing.offer_of(draft), world.officer, testing.person_of(world.member))


def test_an_extra_piece_is_given_by_card_number_on_its_page(world, desk, offer):
    card = Card.objects.get(person=testing.person_of(world.member))
    body = {"person": card.grouped, "place": str(offer.cell().pk), "reason": REASON, "idempotency_key": KEY}
    assert desk.post(f"{HOME}{offer.key}/extra/", {**body, "person": "123"}).status_code == 422
    answer = desk.post(f"{HOME}{offer.key}/extra/", body)
    row = Reservation.objects.get()
    assert answer.headers["Location"] == f"{HOME}reservations/{row.public_id}/"
    assert desk.post(f"{HOME}{offer.key}/extra/", body).status_code == 302
    assert Reservation.objects.count() == 1
    page = desk.get(f"{HOME}{offer.key}/").text
    assert "额外 1 份" in page
    assert REASON in page


# The list


def test_the_list_masks_names_and_finds_by_number_and_card(world, desk, offer):
    row = testing.reserve(offer, world.member)
    page = desk.get(f"{HOME}{offer.key}/reservations/").text
    assert row.number in page
    assert "张三" not in page
    card = Card.objects.get(person=row.person)
    there = f"{HOME}reservations/{row.public_id}/"
    for text in (row.number, row.number.lower(), card.number, card.grouped):
        assert desk.post(f"{HOME}{offer.key}/reservations/find/", {"q": text}).headers["Location"] == there
    nothing = desk.post(f"{HOME}{offer.key}/reservations/find/", {"q": "张三"}).headers["Location"]
    assert nothing == f"{HOME}{offer.key}/reservations/"
    assert set(Look.objects.filter(subject_key=row.subject_key).values_list("kind", flat=True)) == {"search_hit"}
    desk.get(there)
    assert Look.objects.filter(subject_key=row.subject_key, kind="opened").count() == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=reserved", 2), ("state=collected", 0), ("item=k01", 1), ("union=EAST-2", 1), ("source=extra", 0),
     ("day=2026-03-04", 2), ("day=2026-03-05", 2), ("site=none", 2), ("state=nothing", 2), ("page=99", 2)],
)  # fmt: skip
def test_the_list_is_filtered_by_its_address(world, desk, offer, query, found):
    """What the address says and nobody knows counts as not said."""
    testing.reserve(offer, world.member)
    testing.reserve(offer, world.second, offer.choices[1])
    answer = desk.get(f"{HOME}{offer.key}/reservations/?{query}")
    assert answer.context["listing"].page.total == found


def test_the_export_is_inert_and_noted_for_everybody_in_it(world, desk, offer):
    row = testing.reserve(offer, world.member)
    row.note = "=HYPERLINK(1)"
    row.save(update_fields=["note"])
    answer = desk.get(f"{HOME}{offer.key}/reservations/?export=xlsx&columns=note")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "张三" not in {cell.value for cell in cells}
    assert Look.objects.filter(subject_key=row.subject_key, kind="exported").exists()
    assert AuditEntry.objects.get(action="offers.reservation.export").data == {"rows": 1}


def test_a_reservation_is_made_void_with_a_reason(world, desk, offer):
    row = testing.reserve(offer, world.member)
    there = f"{HOME}reservations/{row.public_id}/revoke/"
    assert "会员会收到通知" in desk.get(there).text
    assert desk.post(there, {"reason": "错"}).status_code == 422
    assert desk.post(there, {"reason": "本人已调离本市"}).status_code == 302
    assert "本人已调离本市" in desk.get(f"{HOME}reservations/{row.public_id}/").text
    assert desk.get(there).status_code == 409
    assert offer.cell().taken == 0


def test_what_was_noted_about_a_reservation_is_sealed_and_goes_with_its_holder(world, desk, offer):
    row, why = testing.reserve(offer, world.member), "妻子来电，本人住院"
    actions.revoke(public_id=row.public_id, reason=why, actor=world.officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM offers_reservation")
        assert why.encode() not in bytes(cursor.fetchone()[0])
    there, listed = f"{HOME}reservations/{row.public_id}/", f"{HOME}{offer.key}/reservations/?columns=note"
    assert why in desk.get(there).text
    assert why in desk.get(listed).text
    DataKey.objects.filter(subject_key=row.subject_key).update(wrapped=b"", erased_at=clock.now())
    assert Reservation.objects.get().note == ""
    assert desk.get(listed).status_code == 200
    assert why not in desk.get(listed).text


def test_notes_are_read_by_few_statements_and_call_off_nobody_who_is_erased(world, offer, django_assert_num_queries):
    held = [testing.reserve(offer, one) for one in (world.member, world.second)]
    data_keys.make([row.subject_key for row in held])
    DataKey.objects.filter(subject_key=held[1].subject_key).update(wrapped=b"", erased_at=clock.now())
    actions.call_off(public_id=offer.key, reason="供货单位停产，改期举行", actor=world.officer)
    with django_assert_num_queries(2):
        rows = list(Reservation.objects.select_related("person").order_by("pk"))
        assert [row.note for row in rows] == ["供货单位停产，改期举行", ""]


def test_an_appeal_is_read_and_answered(world, desk, offer):
    row = testing.reserve(offer, world.member)
    with clock.travelling(clock.now() + timedelta(days=1)):
        actions.give_up_overdue(campaign=offer.key, actor=testing.SYSTEM)
        text = "那天孩子发烧去了医院"
        made = actions.appeal(reservation=row.public_id, cause=AppealCause.ILL, text=text, actor=world.member)
        client = staff_client(world.officer)
        there = f"{HOME}appeals/{made.public_id}/"
        assert text in client.get(there).text
        assert client.post(f"{there}refuse_appeal/", {"reason": ""}).status_code == 422
        assert client.post(f"{there}accept_appeal/").status_code == 302
        assert "申诉通过" in client.get(there).text
        assert client.get(f"{there}accept_appeal/").status_code == 409


def test_the_page_of_a_draw_shows_the_promise_and_why_it_cannot_run_yet(world, desk):
    until = clock.now() + timedelta(days=1)
    site = testing.a_site(world.street)
    pickup = clock.today() + timedelta(days=2)
    offer = testing.an_offer(
        world.district, sites=[site], mode=Mode.DRAW, wishes_until=until, pickup_from=pickup, days=[pickup]
    )
    actions.enter(campaign=offer.key, choices=[offer.choice], actor=world.member)
    page = desk.get(f"{HOME}{offer.key}/draw/").text
    assert offer.campaign.draw_commitment in page
    assert "到时自动抽签" in page
    assert desk.post(f"{HOME}{offer.key}/draw/").status_code == 409
    with clock.travelling(until + timedelta(minutes=1)):
        client = staff_client(world.officer)
        assert client.post(f"{HOME}{offer.key}/draw/").status_code == 302
        assert "已经抽过签" in client.get(f"{HOME}{offer.key}/draw/").text
    assert Reservation.objects.get().source == "draw"


# The dashboard


def test_the_dashboard_reads_what_is_taken_left_waiting_and_given(world, desk):
    site = testing.a_site(world.street)
    offer = testing.an_offer(world.district, sites=[site], pieces=1, has_waiting_list=True)
    testing.reserve(offer, world.member)
    actions.queue(campaign=offer.key, choice=offer.choice, actor=world.second)
    found = desk.get(f"{HOME}{offer.key}/live/").context["live"]
    eggs, honey = found.lines
    assert (eggs.total.taken, eggs.total.left, eggs.total.waiting, eggs.total.is_gone) == (1, 0, 1, True)
    assert (honey.total.taken, honey.total.left) == (0, 1)
    assert (found.gone, found.cells, found.speed, sum(found.curve.values)) == (1, 2, 1, 1)
    part = desk.get(f"{HOME}{offer.key}/live/", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div class="live"')
    assert 'hx-trigger="every 3s"' in part
    assert "数字取自" in part


@pytest.mark.parametrize(("hours", "unit"), [(1, "每分钟"), (20, "每小时"), (24 * 6, "每天")])
def test_the_curve_counts_by_minute_then_by_hour_then_by_day(world, offer, hours, unit):
    testing.reserve(offer, world.member)
    with clock.travelling(offer.campaign.opens_at + timedelta(hours=hours)):
        curve = live.read(offer.campaign).curve
    assert str(curve.unit) == unit
    assert curve.values[0] + curve.values[1 if len(curve.values) > 1 else 0] >= 1
    assert len(live.picture(curve).bars) == len(curve.values) <= 2 * live.MOST_POINTS


_MANY = """
INSERT INTO offers_reservation (public_id, state, state_since, machine_version, created_at, campaign_id, cell_id,
  item_id, site_id, day, person_id, user_id, union_id, category, source, collect_nonce, note)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)
SELECT 'copy' || n.i, 'cancelled', r.state_since, r.machine_version, r.created_at, r.campaign_id, r.cell_id, r.item_id,
  r.site_id, r.day, r.person_id, r.user_id, r.union_id, r.category, r.source, '', r.note FROM offers_reservation r, n
WHERE r.id = %s
"""


@pytest.mark.parametrize("rows", [10, 10_000])
def test_list_and_dashboard_cost_the_same_for_ten_rows_and_ten_thousand(world, desk, offer, sql_counts, rows):
    row = testing.reserve(offer, world.member)
    with connection.cursor() as cursor:
        cursor.execute(_MANY, [rows, row.pk])
    with sql_counts.expect("console: reservations"):
        answer = desk.get(f"{HOME}{offer.key}/reservations/")
    assert answer.context["listing"].page.total == rows + 1
    with sql_counts.expect("console: dashboard"):
        desk.get(f"{HOME}{offer.key}/live/")
    with sql_counts.expect("console: dashboard again"):
        desk.get(f"{HOME}{offer.key}/live/", headers={"HX-Request": "true"})
    with sql_counts.expect("console: figures"):
        desk.get(f"{HOME}{offer.key}/figures/")


# Figures and books


def test_figures_are_the_ledgers_by_kind_site_union_and_day(world, desk, offer):
    testing.reserve(offer, world.member)
    second = testing.reserve(offer, world.second, offer.choices[1])
    actions.cancel(public_id=second.public_id, actor=world.second)
    found = figures.figures(offer.campaign)
    assert (found.total.reserved, found.reserved_persons, found.total.collected) == (1, 1, 0)
    by = [[(row.name, row.reserved) for row in group.rows] for group in found.groups]
    assert by == [[("鸡蛋", 1)], [("职工之家", 1)], [(world.street.name, 1)], [("2026-03-04", 1)]]
    sheet = desk.get(f"{HOME}{offer.key}/figures/?export=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(sheet.streaming_content)))
    assert book.sheetnames == ["按品类", "按领取点", "按会员所在工会", "按日期"]
    assert book["按品类"]["B2"].value == 1


def test_an_indicator_opens_to_the_reservations_one_may_see(world, offer):
    row = testing.reserve(offer, world.member)
    reserved = indicators.INDICATORS[0]
    lines = reserved.drill.lines(world.officer, [row.pk])
    assert row.number in lines[row.pk].title
    assert "张三" not in lines[row.pk].title
    assert not reserved.drill.lines(world.other_officer, [row.pk])
    assert not policies.visible_reservations(world.agent).exists()


def test_the_figures_of_the_report_count_pieces_and_persons(world, offer):
    second = testing.an_offer(world.district, sites=offer.sites)
    testing.reserve(offer, world.member)
    testing.reserve(second, world.member)
    counted = {}
    for indicator in indicators.INDICATORS:
        asked = ledger.Question(indicator.parts[0].measure, last=clock.today(), first=clock.today())
        persons = indicator.kind is Kind.PERSONS
        counted[indicator.code] = ledger.persons(asked) if persons else ledger.total(asked).qty
    assert (counted["offers_reserved"], counted["offers_reserved_persons"], counted["offers_collected"]) == (2, 1, 0)


def test_the_books_say_which_cell_and_which_record_differs(world, offer):
    testing.reserve(offer, world.member)
    assert not [difference for difference in check_books() if difference.book == "offers"]
    Cell.objects.filter(pk=offer.cell().pk).update(taken=2, extra=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE offers_reservation SET state = 'given_up'")
    said = {(difference.what, difference.expected, difference.found) for difference in books.check()}
    pk = offer.cell().pk
    assert said == {
        (f"pieces taken of cell {pk}", "1", "2"),
        (f"extra pieces of cell {pk}", "0", "1"),
        ("records of offers.given_up", "1", "0"),
    }
