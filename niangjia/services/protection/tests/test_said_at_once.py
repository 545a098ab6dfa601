"""A form says everything that is wrong with it at once, whatever hangs together in it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from niangjia.commons.parameters.actions import publish
from niangjia.kernel import clock
from niangjia.platform.personal_data import consents
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.protection import actions, consent, testing
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.purchases.models import Purchase


@pytest.fixture(autouse=True)
def consent_text(db):
    consents.publish(consent.CODE, consent.VERSION, consent.BODIES, since=consent.SINCE)


def wrong_fields(answer):
    assert answer.status_code == 422
    return set(re.findall(r'id="id_(\w+)_error"', answer.content.decode()))


def test_of_a_purchase(world):
    plan = buying.a_group_plan(world.city)
    body = {
        "union_code": world.firm.code, "plan_code": plan.code, "from_day": "2020-01-01", "title": "=1+1",
        "tax_number": "9111", "headcount": "0", "idempotency_key": "key-1234",
    }  # fmt: skip
    desk, address = staff_client(world.unit), "/console/protection/purchases/new/"
    assert wrong_fields(desk.post(address, body)) == {"from_day", "title", "tax_number", "headcount"}
    for typed in ("1_000", "1e3", "500001"):
        assert wrong_fields(desk.post(address, {**body, "headcount": typed})) >= {"headcount"}
    assert not Purchase.objects.exists()


def test_of_the_last_page_on_a_phone(world):
    member = testing.an_insured(world.second, world.firm, 1)
    begun = testing.a_begun_claim(world.plan, member)
    body = {"bank_account": "12", "card_holder": "别人", "idempotency_key": "key-1234"}
    answer = member_client(member).post(f"/protection/claims/{begun.public_id}/pay/", body)
    assert wrong_fields(answer) == {"bank_account", "card_holder", "consent"}


def test_a_hospital_that_is_not_listed_is_said_where_it_is_written(world):
    """Not on the page of the card, where nobody can mend it."""
    publish(
        code="protection.hospitals", union_id=world.city.pk, value=["第一试验医院"], valid_from=clock.today(),
        actor=testing.SYSTEM,
    )  # fmt: skip
    member = testing.an_insured(world.second, world.firm, 1)
    begun = testing.a_begun_claim(world.plan, member, event_day=clock.today())
    body = {"hospital": "别处医院", "diagnosis": "", "idempotency_key": "key-1234"}
    answer = member_client(member).post(f"/protection/claims/{begun.public_id}/details/", body)
    assert wrong_fields(answer) == {"hospital", "diagnosis"}


def test_of_a_claim_at_the_counter(world):
    member = testing.an_insured(world.second, world.firm, 1)
    person_id = member.person_id
    begun = actions.begin(plan_id=world.plan.pk, person_id=person_id, actor=world.agency)
    actions.fill(
        public_id=begun.public_id, cover="death", event_day=clock.today() - timedelta(days=3), actor=world.agency
    )
    desk, address = staff_client(world.agency), f"/console/protection/counter/{begun.public_id}/pay/"
    body = {"kinship": "self", "bank_account": "12", "card_holder": "别人", "idempotency_key": "key-1234"}
    assert wrong_fields(desk.post(address, body)) == {"kinship", "bank_account", "card_holder", "consent"}
    spouse = {**body, "kinship": "spouse", "claimant_phone": "123"}
    assert wrong_fields(desk.post(address, spouse)) == {
        "claimant_name", "claimant_phone", "bank_account", "consent",
    }  # fmt: skip
    assert Claim.objects.get().state == "draft"
