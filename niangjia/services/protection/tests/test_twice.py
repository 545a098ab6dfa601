"""A second click: each answer to a claim, and each move of a purchase, is made once and answered the same both times,
also where the first click has passed the matter on to another office."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.payments import testing as payments
from niangjia.commons.people.models import Person
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs import worker
from niangjia.platform.testing.clients import staff_client
from niangjia.services.protection import actions, six, testing
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.states import ClaimState

WHY = {"reason": "材料看不清楚，请核对"}
CONSOLE = "/console/protection"


def times(event):
    return AuditEntry.objects.filter(action__endswith=f".{event}").count()


def clicked_twice(actor, address, event, body):
    desk, before = staff_client(actor), times(event)
    form = {**body, "idempotency_key": "key-of-the-form"}
    first, moved = desk.post(address, form), times(event)
    second = desk.post(address, form)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert before < moved == times(event)


@pytest.mark.parametrize(
    ("state", "event", "who", "body"),
    [
        (ClaimState.SUBMITTED, "confirm_unit", "unit", {}),
        (ClaimState.UNIT_CONFIRMED, "check", "agency", {}),
        (ClaimState.UNIT_CONFIRMED, "ask_more", "agency", WHY),
        (ClaimState.AGENCY_CHECKED, "review", "office", {}),
        (ClaimState.OFFICE_REVIEW, "approve", "second", {}),
        (ClaimState.OFFICE_REVIEW, "refuse", "second", WHY),
    ],
)
def test_an_answer_to_a_claim(world, state, event, who, body):
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    claim = testing.a_claim(world.plan, testing.an_insured(world.second, world.firm, 1))
    testing.through_to(state, claim, **hands)
    clicked_twice(hands[who], f"{CONSOLE}/claims/{claim.public_id}/{event}/", event, body)


@pytest.mark.parametrize("event", ["uphold", "reject"])
def test_an_answer_to_an_appeal(world, event):
    member = testing.an_insured(world.second, world.firm, 1)
    third = unions.an_officer([(world.city, Role.REVIEWER)], "third")
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    claim = testing.through_to(ClaimState.OFFICE_REVIEW, testing.a_claim(world.plan, member), **hands)
    actions.refuse(public_id=claim.public_id, reason="材料不清楚", actor=world.other_office)
    actions.lodge(public_id=claim.public_id, ground="材料是清楚的", actor=member)
    clicked_twice(third, f"{CONSOLE}/claims/{claim.public_id}/appeal/{event}/", event, WHY)


@pytest.mark.parametrize(("event", "body"), [("grant", {}), ("decline", WHY)])
def test_an_answer_to_a_condolence(world, event, body):
    payments.a_fund(world.city, fund=world.plan.fund)
    person = Person.objects.get(pk=testing.an_insured(world.second, world.firm, 1).person_id)
    proposer = unions.an_officer([(world.city, Role.UNION_OFFICER)], "proposer")
    made = actions.propose(
        plan_id=world.plan.pk, person_id=person.pk, occasion="illness", fen=500_00, bank_account=testing.a_card(3),
        words="", actor=proposer,
    )  # fmt: skip
    clicked_twice(world.office, f"{CONSOLE}/condolences/{made.public_id}/{event}/", event, body)


@pytest.mark.parametrize(("place", "event"), [("end", "end_enrolment"), ("cancel", "cancel_enrolment")])
def test_the_end_of_an_enrolment(world, place, event):
    member = testing.an_insured(world.second, world.firm, 1)
    enrolment = Enrolment.objects.get(person=member.person_id)
    body = {**WHY, "day": f"{clock.today():%Y-%m-%d}", "refund": "none"}
    clicked_twice(world.unit, f"{CONSOLE}/enrolments/{enrolment.public_id}/{place}/", event, body)


@pytest.mark.parametrize(("event", "body"), [("publish", {}), ("close_version", WHY)])
def test_a_move_of_a_version(world, event, body):
    version = world.second
    if event == "publish":
        version = actions.draw_up(
            plan_id=world.plan.pk, terms=six.six_gifts(6), valid_from=clock.today() + timedelta(days=40), valid_to=None,
            actor=testing.SYSTEM,
        )  # fmt: skip
    planner = unions.an_officer([(world.city, Role.UNION_OFFICER)], "planner")
    clicked_twice(planner, f"{CONSOLE}/versions/{version.public_id}/move/{event}/", event, body)


class Shop:
    """A purchase for three, led to where a move begins."""

    def __init__(self, world):
        self.buyer, group = world.unit, buying.a_group_plan(world.city)
        lists.members(world.firm, 3)
        self.preparer, self.releaser = payments.finance(world.city)
        self.bought = buying.drafted(group, world.firm, self.buyer)
        actions.name_by_choice(public_id=self.bought.public_id, people=[], actor=self.buyer)
        worker.drain()

    def drafted(self):
        return f"purchases/{self.bought.public_id}"

    def ordered(self):
        actions.order_purchase(public_id=self.bought.public_id, actor=self.buyer)
        return self.drafted()

    def invoiced(self):
        self.ordered()
        actions.invoice_purchase(public_id=self.bought.public_id, actor=self.preparer)
        return self.drafted()

    def paid(self):
        self.invoiced()
        buying.received(self.bought, 300_00, "BANK-0001", self.preparer, self.releaser)
        return self.drafted()

    def receipt(self):
        self.invoiced()
        made = actions.record_receipt(
            public_id=self.bought.public_id, fen=300_00, bank_reference="BANK-0001", received_on=clock.today(),
            actor=self.preparer,
        )  # fmt: skip
        return f"receipts/{made.public_id}"


@pytest.mark.parametrize(
    ("begin", "event", "who", "body"),
    [
        ("drafted", "order_purchase", "buyer", {}),
        ("ordered", "invoice_purchase", "preparer", {}),
        ("ordered", "cancel_purchase", "buyer", WHY),
        ("paid", "cancel_purchase", "buyer", {**WHY, "refund_account": testing.a_card(4)}),
        ("receipt", "confirm_receipt", "releaser", {}),
        ("receipt", "reject_receipt", "releaser", WHY),
    ],
)
def test_a_move_of_a_purchase(world, begin, event, who, body):
    shop = Shop(world)
    clicked_twice(getattr(shop, who), f"{CONSOLE}/{getattr(shop, begin)()}/{event}/", event, body)


def test_a_sum_is_recorded_once_though_nothing_is_awaited_after_it(world):
    shop = Shop(world)
    address = f"{CONSOLE}/{shop.invoiced()}/receive/"
    body = {"fen": "300.00", "bank_reference": "BANK-0001", "received_on": f"{clock.today():%Y-%m-%d}"}
    clicked_twice(shop.preparer, address, "record_receipt", body)
    wrong = staff_client(shop.preparer).post(
        address, {**body, "fen": "1.00", "bank_reference": "?", "received_on": "2999-01-01", "idempotency_key": "k-7"}
    )
    said = wrong.content.decode()
    assert [f'id="id_{name}_error"' in said for name in ("fen", "bank_reference", "received_on")] == [True] * 3
