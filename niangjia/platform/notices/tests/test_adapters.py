"""The ways out, against a real server on this machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from structlog.testing import capture_logs

from niangjia.platform.notices import http_sms
from niangjia.platform.notices.adapters import ConsoleSms, DeliveryFailed, DeliveryRefused, FileSms, sms
from niangjia.platform.notices.http_sms import HttpSms
from niangjia.platform.notices.tests import gateway as gateways


def send(business_id: str = "b1") -> str:
    return sms().send("13800138000", "您好,验证码是246813。", business_id)


def test_a_message_is_signed_and_arrives_as_it_was_written(gateway):
    assert send() == "g-b1"
    assert gateway.asked == [{"business_id": "b1", "phone": "13800138000", "text": "您好,验证码是246813。"}]
    assert gateway.forged == 0


def test_a_wrong_key_is_noticed_by_the_gateway(gateway, settings):
    settings.SMS_KEY = "another"
    send()
    assert gateway.forged == 1


def test_a_repetition_is_sent_once(gateway):
    send()
    assert send() == "g-b1"
    assert len(gateway.asked) == 2
    assert len(gateway.sent) == 1


@pytest.mark.parametrize("behaviour", [gateways.drop_before, gateways.drop_after])
def test_a_lost_line_is_to_be_tried_again(gateway, behaviour):
    gateway.behaviour = behaviour
    with pytest.raises(DeliveryFailed):
        send()


def test_an_answer_that_drips_is_cut_off_in_time(gateway, monkeypatch):
    monkeypatch.setattr(http_sms, "TIMEOUT_SECONDS", 0.4)
    gateway.behaviour = gateways.drip
    began = time.monotonic()
    with pytest.raises(DeliveryFailed):
        send()
    assert time.monotonic() - began < 3


def test_silence_is_not_waited_for(gateway, monkeypatch):
    monkeypatch.setattr(http_sms, "TIMEOUT_SECONDS", 0.3)
    gateway.behaviour = lambda _gateway, _request, _message: time.sleep(1)
    with pytest.raises(DeliveryFailed):
        send()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (500, {}, DeliveryFailed),
        (503, {}, DeliveryFailed),
        (429, {}, DeliveryFailed),
        (408, {}, DeliveryFailed),
        (400, {}, DeliveryRefused),
        (401, {}, DeliveryRefused),
        (200, {"status": "refused", "reason": "blacklist 13800138000"}, DeliveryRefused),
        (200, {"status": "maybe"}, DeliveryFailed),
        (200, [], DeliveryFailed),
        (200, b"<html>", DeliveryFailed),
        (200, b"", DeliveryFailed),
        (200, b"x" * 70_000, DeliveryFailed),
        (200, b"\xff\xfe", DeliveryFailed),
    ],
)
def test_every_answer_has_a_meaning(gateway, status, body, outcome):
    gateway.behaviour = lambda _gateway, request, _message: gateways.answer(request, body, status)
    with pytest.raises(outcome):
        send()


def test_a_redirect_is_not_followed(gateway):
    with gateways.running() as elsewhere:
        gateway.behaviour = lambda _g, request, _m: gateways.answer(request, {}, 307, Location=elsewhere.url)
        with pytest.raises(DeliveryRefused):
            send()
        assert elsewhere.asked == []


def test_a_phone_that_is_none_is_not_sent(gateway):
    for phone in ("", "12 34", "138001380\r\n00", "x", "１３８００１３８０００"):
        with pytest.raises(DeliveryRefused):
            sms().send(phone, "x", "b")
    assert gateway.asked == []


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "http://", "https://user:pw@x/", "https://x/#f", "/sms", "file:///etc/passwd"]
)
def test_an_address_that_cannot_be_trusted_is_refused(settings, url):
    settings.SMS_URL, settings.SMS_KEY = url, "k"
    with pytest.raises(ImproperlyConfigured):
        HttpSms()


def test_production_sends_over_tls_and_with_a_key(settings):
    settings.PRODUCTION, settings.SMS_KEY = True, "k"
    settings.SMS_URL = "http://sms.example.com/"
    with pytest.raises(ImproperlyConfigured):
        HttpSms()
    settings.SMS_URL = "https://sms.example.com/"
    assert HttpSms()
    settings.SMS_KEY = ""
    with pytest.raises(ImproperlyConfigured):
        HttpSms()


def test_the_log_shows_whole_messages_only_outside_production(settings):
    with capture_logs() as shown:
        ConsoleSms().send("13800138000", "验证码246813", "b1")
    assert (shown[0]["number"], shown[0]["says"]) == ("13800138000", "验证码246813")
    settings.PRODUCTION = True
    with capture_logs() as shown:
        ConsoleSms().send("13800138000", "验证码246813", "b1")
    assert "13800138000" not in str(shown)
    assert "246813" not in str(shown)
    assert shown[0]["number"] == "138****8000"


def test_the_file_holds_a_repetition_once(sms_file):
    FileSms().send("13800138000", "一", "b1")
    FileSms().send("13800138000", "一", "b1")
    FileSms().send("13800138000", "二", "b2")
    assert [line["text"] for line in sms_file()] == ["一", "二"]


def test_the_signature_is_the_documented_one():
    stamp, body = str(int(datetime(2026, 3, 4, tzinfo=UTC).timestamp())), b'{"a":1}'
    assert stamp == "1772582400"
    import hashlib
    import hmac

    assert http_sms.signature("k", stamp, body) == hmac.new(b"k", b'1772582400.{"a":1}', hashlib.sha256).hexdigest()
