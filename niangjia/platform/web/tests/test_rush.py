"""The short way: the same answers as the usual one, and nothing that only the usual one may do."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client, override_settings

from niangjia.platform.web.rooms import rooms
from niangjia.platform.web.rush import ShortWay

ADDRESSES = [address for room in rooms() for address in room.rush]
USUAL = [name for name in settings.MIDDLEWARE if not name.endswith("RushMiddleware")]
HEADERS = ("Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Content-Language")
BODIES = [b"", b"{", b"[]", b'{"a": 1}', b'{"item": "x", "site": "x", "day": "2026-03-04", "quantity": 1}']


def answered(address, body, **headers):
    response = Client(enforce_csrf_checks=True).post(
        address.replace("{", "").replace("}", ""), body, content_type="application/json", headers=headers
    )
    shown = json.loads(response.content)
    shown.pop("trace")
    return response.status_code, shown, [response.headers.get(name) for name in HEADERS]


def test_there_is_a_rush_and_every_address_leads_somewhere():
    assert ADDRESSES
    assert all(ShortWay.to(address) for address in ADDRESSES)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"cookie": "niangjia_member=x"}])
def test_both_ways_answer_the_same(address, body, headers):
    short = answered(address, body, **headers)
    with override_settings(MIDDLEWARE=USUAL):
        assert answered(address, body, **headers) == short
    assert short[0] in (400, 401, 403, 415, 422)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_only_post_is_short_and_a_foreign_host_is_refused(address):
    plain = address.replace("{", "").replace("}", "")
    assert Client().get(plain).status_code in (401, 405)
    with override_settings(ALLOWED_HOSTS=["union.example"]):
        assert Client().post(plain, b"{}", content_type="application/json").status_code == 400
