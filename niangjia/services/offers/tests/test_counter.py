"""The counter over HTTP: who may open it, what a link can never do, what is said when the database is away."""

from __future__ import annotations

from io import BytesIO

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from openpyxl import load_workbook

from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Appointment
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.platform.accounts.models import Session
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.platform.testing.races import two_connections
from niangjia.services.offers import actions, testing
from niangjia.services.offers.counter.closing import Counted
from niangjia.services.offers.models import Reservation, Scan
from niangjia.services.offers.tests.at_counter import code_of, collect, nonce

API = "/api/v1/offers/counter"


class Phone:
    """The keeper's phone: the same three steps over the API and over the page."""

    def __init__(self, world, client=None):
        self.world, self.client = world, client or staff_client(world.keeper)

    def post(self, path, **body):
        return self.client.post(f"{API}/{path}", body, content_type="application/json")

    def look(self, text, **more):
        return self.post("look", site=self.world.site, text=text, nonce=nonce(), **more)

    def collect(self, *, key="", **more):
        made = self.world.made.public_id
        return self.post("collect", site=self.world.site, reservation=made, nonce=key or nonce(), **more)

    def page(self, step="", **values):
        path = f"/console/offers/counter/{self.world.site}/{step}"
        return self.client.post(path, {"nonce": nonce(), "public_id": self.world.made.public_id, **values})


@pytest.fixture
def phone(counter):
    return Phone(counter)


def state():
    return Reservation.objects.get().state


def code(answer):
    return answer.status_code, answer.json()["code"]


# The API


def test_look_confirm_and_take_back(counter, phone):
    found = phone.look(code_of(counter)).json()
    assert found == {
        "id": counter.made.public_id, "number": counter.made.number, "name": "张*", "item": "鸡蛋",
        "campaign": "新春礼物", "scanned": True,
    }  # fmt: skip
    done = phone.collect().json()
    assert (done["state"], done["collected_at"]) == ("collected", clock.now().isoformat().replace("+00:00", "Z"))
    assert phone.post("undo", reservation=found["id"], reason="扫错了人").json()["state"] == "reserved"


def test_the_answer_was_lost_and_the_try_is_sent_again_f30_f31(phone):
    first, again = phone.collect(key="nonce-of-a-scan"), phone.collect(key="nonce-of-a-scan")
    assert (first.status_code, first.json()) == (again.status_code, again.json())


def test_there_is_no_quantity_f38(phone, unchanged):
    with unchanged():
        assert code(phone.collect(quantity=2)) == (422, "FIELD_UNKNOWN")


def test_an_unknown_device_is_nobody_f43(counter, unchanged):
    with unchanged():
        assert code(Phone(counter, Client()).collect()) == (401, "NOT_SIGNED_IN")


def test_a_device_that_was_signed_out_is_nobody_f44_f46(counter, phone):
    Session.objects.all().delete()
    assert code(phone.collect()) == (401, "NOT_SIGNED_IN")
    assert state() == "reserved"


def test_another_unions_device_finds_no_site_f45(counter, unchanged):
    client = staff_client(unions.an_officer([(counter.other, Role.SITE_KEEPER)], "west-keeper"))
    with unchanged():
        assert code(Phone(counter, client).collect()) == (404, "SITE_NOT_FOUND")


def test_a_role_that_was_taken_away_ends_at_once_f47(counter, phone):
    assert phone.look(code_of(counter)).status_code == 200
    Appointment.objects.filter(user=counter.keeper.user_id).delete()
    assert code(phone.collect())[0] in (403, 404)
    assert state() == "reserved"


def test_a_member_confirms_nothing_f50(counter, unchanged):
    client = member_client(counter.member)
    with unchanged():
        assert code(Phone(counter, client).collect()) == (403, "STAFF_SESSION_REQUIRED")


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["look", "collect", "undo", "offline-scans"])
def test_only_a_post_does_anything_over_the_api_f64_f65(phone, unchanged, method, path):
    with unchanged():
        assert getattr(phone.client, method)(f"{API}/{path}").status_code == 405


# The pages


def opened(counter, method, client):
    made = counter.made.public_id
    for step in ("", "collect/", "undo/"):
        path = (
            f"/console/offers/counter/{counter.site}/{step}?public_id={made}&nonce={nonce()}&text={counter.made.number}"
        )
        yield getattr(client, method)(path).status_code


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_or_a_camera_preview_never_hands_out_f64_f65(counter, phone, unchanged, method):
    with unchanged():
        assert list(opened(counter, method, phone.client)) == [200, 405, 405]
        assert phone.client.get(f"/console/offers/counter/{code_of(counter)}/").status_code == 404


def test_the_page_shows_the_masked_name_and_warns_of_a_typed_number(counter, phone):
    page = phone.page(text=counter.made.number).content.decode()
    assert "张*" in page
    assert "张三" not in page
    assert "带照片的证件" in page
    assert "带照片的证件" not in phone.page(text=code_of(counter)).content.decode()


def test_each_refusal_has_its_word_and_the_field_is_there_for_the_next(counter, phone):
    phone.page("collect/")
    answer = phone.page(text=code_of(counter))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "已经领过" in page
    assert 'data-result="refused"' in page
    assert 'id="scan-text"' in page


def test_the_site_is_remembered_and_can_be_changed(counter, phone):
    other = testing.a_site(counter.street, "别的站点")
    testing.an_offer(counter.district, sites=[other])
    client, start = phone.client, "/console/offers/counter/"
    assert client.get(start).status_code == 200
    client.get(f"{start}{other.public_id}/")
    assert client.get(start).headers["Location"] == f"{start}{other.public_id}/"
    page = client.get(f"{start}?choose=1").content.decode()
    assert "别的站点" in page
    assert "职工之家" in page
    Appointment.objects.filter(user=counter.keeper.user_id).delete()
    assert client.get(start).status_code == 403


# The database is away


def broken(error, table="offers_reservation"):
    """The database fails this way whenever ``table`` is asked for."""

    def execute(execute, sql, params, many, context):
        if table in sql:
            raise OperationalError("no") from error
        return execute(sql, params, many, context)

    return connection.execute_wrapper(execute)


@pytest.mark.parametrize("error", [psycopg.errors.AdminShutdown(), psycopg.errors.LockNotAvailable()])
def test_a_database_that_is_away_means_not_collected_f66(counter, phone, error):
    with broken(error):
        answers = [phone.look(counter.made.number), phone.collect(key="nonce-of-a-scan")]
    for answer in answers:
        assert code(answer) == (503, "NOT_COLLECTED")
        assert "未核销，请稍后重试" in answer.json()["message"]
        assert int(answer.headers["Retry-After"]) >= 1
    assert state() == "reserved"
    assert phone.collect(key="nonce-of-a-scan").status_code == 200


def test_the_page_shows_it_as_unknown_and_sends_the_same_try_again_f66_f67(counter, phone):
    with broken(psycopg.errors.AdminShutdown(), "ledger_row"):
        answer = phone.page("collect/", nonce="nonce-of-a-scan")
    page = answer.content.decode()
    assert answer.status_code == 503
    assert 'data-result="unknown"' in page
    assert 'data-result="done"' not in page
    assert 'name="nonce" value="nonce-of-a-scan"' in page
    assert state() == "reserved"
    assert phone.page("collect/", nonce="nonce-of-a-scan").status_code == 200
    assert state() == "collected"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_reservation_that_somebody_else_holds_locked_is_not_collected_f66(counter):
    """Another connection holds the row; whoever scans hears of it within the limit of the connection."""

    def hold(meet):
        connections["default"].ensure_connection()
        with connections["default"].cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM offers_reservation FOR UPDATE")
            meet()
            meet()
            cursor.execute("ROLLBACK")

    def scan(meet):
        meet()
        answer = Phone(counter).collect()
        meet()
        return code(answer)

    _held, told = two_connections(hold, scan)
    assert told.value == (503, "NOT_COLLECTED")
    assert collect(counter).state == "collected"


# The closing sheet


@pytest.fixture
def sheet(counter):
    collect(counter)
    found = actions.begin_sheet(campaign=counter.offer.key, site=counter.site, day=clock.today(), actor=counter.keeper)
    item = found.lines.order_by("item__position").first().item_id
    actions.fill_sheet(
        public_id=found.public_id, counts={item: Counted(delivered=5, spoiled=1, left=2)}, actor=counter.keeper
    )
    return found


def test_wrong_numbers_stay_with_what_is_wrong_beside_them(phone, sheet):
    item = sheet.lines.first().item_id
    answer = phone.client.post(f"/console/offers/counter/sheets/{sheet.public_id}/", {f"left-{item}": "两箱"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="两箱"' in page
    assert "1,000,000" in page
    assert sheet.lines.get(item=item).left == 2


def test_signed_figures_stay_whatever_happens_later(counter, phone, sheet):
    assert phone.client.post(f"/console/offers/counter/sheets/{sheet.public_id}/sign/").status_code == 302
    testing.reserve(counter.offer, counter.second)
    line = sheet.lines.order_by("item__position").first()
    assert (line.expected, line.handed_out, line.difference) == (1, 1, -1)
    page = phone.client.get(f"/console/offers/counter/sheets/{sheet.public_id}/").content.decode()
    assert "签字和复核要由两个人完成" in page


def test_the_list_names_what_is_missing_and_leaves_as_a_workbook(counter, phone, sheet):
    actions.sign(public_id=sheet.public_id, actor=counter.keeper)
    path = f"/console/offers/counter/{counter.site}/days/"
    assert "-1" in phone.client.get(path).content.decode()
    answer = phone.client.get(path, {"export": "xlsx"})
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert [str(head) for head in rows[0][:9]] == [
        "日期", "活动", "品类", "应领", "已领", "到货", "损坏", "剩余", "差额",
    ]  # fmt: skip
    assert rows[1][2:9] == ("鸡蛋", 1, 1, 5, 1, 2, -1)


def test_no_try_is_kept_without_a_site_and_each_refused_one_is(counter, phone):
    phone.look("随便写的")
    phone.post("look", site="nosuchsite", text="x", nonce=nonce())
    assert list(Scan.objects.values_list("outcome", flat=True)) == ["CARD_CODE_INVALID"]
