"""What somebody reserved and had once stands in the copy of their data, and nobody else's."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.entitlement import rules, uses
from niangjia.commons.people.own_data import subjects
from niangjia.platform.personal_data import portability
from niangjia.services.offers import testing


def held(actor):
    found = portability.holdings(subjects.own(actor))
    assert portability.by_purpose(found), "every collected field stands in the register"
    return {one.code: [[value.text for value in row] for row in one.rows] for one in found}


def test_a_reservation_and_what_was_had_once_are_in_ones_own_copy_only(world):
    offer = testing.an_offer(world.street)
    made = testing.reserve(offer, world.member)
    with transaction.atomic():
        uses.take(
            rule=rules.parse({"who": [], "once": {"per": "person", "period": "campaign"}}),
            rule_key="offers.campaign:1", person_id=made.person_id, day=offer.choice.day,
            source_type="offers.reservation", source_id=made.pk,
        )  # fmt: skip
    mine = held(world.member)
    assert [row[:3] for row in mine["reservation"]] == [[made.number, "新春礼物", "鸡蛋"]]
    assert "offers.campaign:1" in [row[0] for row in mine["use"]]
    assert [row[1:4:2] for row in mine["ledger"] if "新春" not in row[1]], "what the ledger counts is told too"
    assert not {"reservation", "use"} & held(world.second).keys()
