"""Carrying out: nothing lost, nothing twice, codes first, and an end for everything."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from niangjia.kernel.text import text
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.platform.notices import adapters, delivery, kinds, outbox, queries
from niangjia.platform.notices.adapters import DeliveryFailed, DeliveryRefused
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.notices.tests import gateway as gateways
from niangjia.platform.notices.tests.conftest import somebody
from niangjia.platform.testing.races import at_once

pytestmark = pytest.mark.django_db


def tell(kind: NoticeKind, user: User, number: str = "1") -> None:
    with transaction.atomic():
        outbox.write([Notice(kind, user.pk, {"number": number})])


class Adapter:
    """An adapter whose behaviour a test chooses."""

    fault: Exception | None = None
    calls: list[tuple[str, str, str]] = []

    def send(self, phone: str, text: str, business_id: str) -> str:
        type(self).calls.append((phone, text, business_id))
        if self.fault:
            raise self.fault
        return "gateway-id"


@pytest.fixture
def adapter(monkeypatch):
    monkeypatch.setattr(Adapter, "calls", [])
    monkeypatch.setattr(Adapter, "fault", None)
    monkeypatch.setattr(adapters, "sms", Adapter)
    return Adapter


def row() -> Outgoing:
    return Outgoing.objects.get()


def test_what_is_due_is_sent_once(approved, user, sms_file):
    tell(approved, user, "RH7")
    assert delivery.deliver_due() == 1
    assert delivery.deliver_due() == 0
    (sent,) = sms_file()
    assert (sent["phone"], sent["text"], sent["business_id"]) == (
        "13800138000",
        "您的申请 RH7 已通过。",
        row().public_id,
    )
    assert (row().state, row().attempts) == ("sent", 1)


def test_a_code_reaches_its_phone_and_is_forgotten(db, sms_file):
    outbox.send_code("13900139000", "246813", "sign_in")
    delivery.deliver_due()
    assert re.search(r"246813.*5分钟", sms_file()[0]["text"])
    assert sms_file()[0]["phone"] == "13900139000"
    assert row().sealed == ""


def test_a_code_that_has_run_out_is_not_sent(db, adapter, clock):
    outbox.send_code("13900139000", "246813", "sign_in")
    clock.forward(minutes=5)
    delivery.deliver_due()
    assert adapter.calls == []
    assert (row().state, row().sealed) == ("expired", "")


def test_codes_go_before_everything_else_and_important_ones_before_the_rest(approved, user, adapter, clock):
    urgent = kinds.register(NoticeKind("test.urgent", text("急"), text("急 {number}"), ("sms",), important=True))
    for number in range(5):
        tell(approved, user, str(number))
    clock.forward(minutes=1)
    tell(urgent, user, "9")
    outbox.send_code("13900139000", "246813", "sign_in")
    delivery.deliver_due(limit=2)
    assert sorted(words[:1] for _phone, words, _id in adapter.calls) == ["急", "您"]
    assert any("246813" in words for _phone, words, _id in adapter.calls)


def test_a_failure_is_tried_again_with_the_same_business_id_until_it_succeeds(approved, user, adapter, clock):
    tell(approved, user)
    adapter.fault = DeliveryFailed("status 503")
    delivery.deliver_due()
    assert (row().state, row().error) == ("waiting", "status 503")
    assert delivery.deliver_due() == 0, "not before its pause is over"
    clock.forward(seconds=4)
    adapter.fault = None
    delivery.deliver_due()
    assert (row().state, row().attempts, row().gateway_id, row().error) == ("sent", 2, "gateway-id", "")
    assert len({business_id for _phone, _text, business_id in adapter.calls}) == 1


def test_what_the_gateway_refuses_is_not_tried_again_but_can_be_revived(approved, user, adapter):
    tell(approved, user)
    adapter.fault = DeliveryRefused("no such number")
    delivery.deliver_due()
    assert (row().state, row().error) == ("dead", "no such number")
    assert queries.waiting()["dead"] == 1
    adapter.fault = None
    assert delivery.revive([row().public_id]) == 1
    delivery.deliver_due()
    assert row().state == "sent"


def test_a_gateway_that_never_works_is_given_up_after_hours(approved, user, adapter, clock):
    tell(approved, user)
    adapter.fault = DeliveryFailed("down")
    began = clock.now
    for _attempt in range(delivery.MAX_ATTEMPTS):
        delivery.deliver_due()
        if row().state == "waiting":
            clock.set(row().due_at)
    assert row().state == "dead"
    assert timedelta(hours=3) < clock.now - began < timedelta(hours=9)
    assert len(adapter.calls) == delivery.MAX_ATTEMPTS


def test_a_fault_of_ours_does_not_stop_the_others(approved, user, adapter, clock):
    tell(approved, user)
    adapter.fault = KeyError("bug")
    delivery.deliver_due()
    assert (row().state, row().error) == ("waiting", "KeyError")


def test_a_row_that_cannot_be_opened_does_not_stop_the_others(approved, user, adapter):
    code = outbox.send_code("13900139000", "246813", "sign_in")
    Outgoing.objects.filter(pk=code.pk).update(sealed=b"\x01" + b"x" * 60)
    tell(approved, user)
    delivery.deliver_due()
    assert Outgoing.objects.get(kind="test.approved").state == "sent"
    assert Outgoing.objects.get(kind="accounts.code").state == "waiting"


def test_who_has_no_phone_or_no_right_to_be_here_gets_nothing(approved, adapter):
    nameless = User.objects.create()
    disabled = somebody("13800138002")
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    tell(approved, nameless)
    tell(approved, disabled)
    delivery.deliver_due()
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"skipped"}
    assert adapter.calls == []


def test_a_worker_that_dies_while_sending_is_followed_by_another_with_the_same_business_id(
    approved, user, adapter, clock
):
    tell(approved, user)
    (taken,) = delivery._claim(10)
    delivery._send(delivery._prepare([taken])[0])
    assert delivery.deliver_due() == 0, "the lease holds"
    clock.forward(seconds=91)
    delivery.deliver_due()
    assert len(adapter.calls) == 2
    assert len({business_id for _phone, _text, business_id in adapter.calls}) == 1
    assert (row().state, row().attempts) == ("sent", 2)


def test_who_was_overtaken_writes_nothing_more(approved, user, adapter, clock):
    tell(approved, user)
    (slow,) = delivery._claim(10)
    clock.forward(seconds=91)
    delivery.deliver_due()
    delivery._again(slow, "late news")
    delivery._end(slow, kinds.State.DEAD, "late news")
    assert (row().state, row().error) == ("sent", "")


def test_a_message_that_kills_its_worker_each_time_ends_dead(approved, user, adapter, clock):
    tell(approved, user)
    for _attempt in range(delivery.MAX_ATTEMPTS):
        assert delivery._claim(10)
        clock.forward(seconds=91)
    delivery.deliver_due()
    assert row().state == "dead"
    assert adapter.calls == []


def test_e_mail_goes_by_the_users_address(approved, user):
    letter = kinds.register(NoticeKind("test.letter", text("主题 {number}"), text("正文 {number}"), ("email",)))
    users.set_email(user, email="a@example.com")
    tell(letter, user, "5")
    delivery.deliver_due()
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == ("主题 5", "正文 5", ["a@example.com"])
    assert row().public_id in sent.extra_headers["Message-ID"]
    with pytest.raises(DeliveryRefused):
        adapters.send_email("a@b.c\nBcc: x@y.z", "s", "b", "id")


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_message_once(approved, adapter, transactional_db):
    user = somebody("13800138000")
    for number in range(30):
        tell(approved, user, str(number))
    outcomes = at_once([lambda: [delivery.deliver_due(limit=4) for _turn in range(6)]] * 4)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    while delivery.deliver_due():
        pass
    assert len(adapter.calls) == 30
    assert len({business_id for _phone, _text, business_id in adapter.calls}) == 30


def test_stored_equals_sent_over_a_gateway_that_loses_doubles_and_delays(approved, user, gateway, clock, monkeypatch):
    """R8: however the line breaks, the gateway ends with each message once and we with none waiting."""
    monkeypatch.setattr("niangjia.platform.notices.http_sms.TIMEOUT_SECONDS", 0.3)
    chance = random.Random(20260304)
    bad = [gateways.drop_before, gateways.drop_after, gateways.accept, gateways.accept]
    gateway.behaviour = lambda *about: chance.choice(bad)(*about)
    for number in range(60):
        tell(approved, user, str(number))
    while queries.waiting()["waiting"]:
        delivery.deliver_due()
        clock.forward(minutes=40)
    assert queries.waiting()["sent"] == 60
    assert len(gateway.asked) > 60, "the line did break"
    assert len(gateway.sent) == 60
    assert set(gateway.sent) == set(Outgoing.objects.values_list("public_id", flat=True))
    assert gateway.forged == 0


def test_old_messages_are_forgotten_in_time(approved, user, adapter, clock):
    tell(approved, user)
    delivery.deliver_due()
    clock.forward(days=89)
    assert delivery.forget_old() == {"outgoing": 0, "messages": 0}
    clock.forward(days=2)
    assert delivery.forget_old() == {"outgoing": 1, "messages": 0}
    clock.forward(days=3 * 365)
    assert delivery.forget_old()["messages"] == 1
    assert not Message.objects.exists()
