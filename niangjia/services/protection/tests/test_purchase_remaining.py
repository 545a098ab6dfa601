"""When fewer can be insured than were ordered: begun with those who remain, or the buyer is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.parameters.actions import publish
from niangjia.commons.payments import testing as payments
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership
from niangjia.commons.people.testing import a_member
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs import worker
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import staff_client
from niangjia.services.protection import actions
from niangjia.services.protection import testing_lists as lists
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.purchases import jobs, rules
from niangjia.services.protection.purchases import testing as buying
from niangjia.services.protection.purchases.models import Credit, Purchase
from niangjia.services.protection.purchases.states import PURCHASE, PurchaseEvent, PurchaseState
from niangjia.services.protection.testing import SYSTEM, a_card

P, V = PurchaseState, PurchaseEvent


@pytest.fixture
def shop(world):
    """Three members of the firm, the city's group plan, finance of the city."""
    world.people = lists.members(world.firm, 3)
    world.group = buying.a_group_plan(world.city)
    world.preparer, world.releaser = payments.finance(world.city)
    return world


@pytest.fixture
def on_order(shop):
    """Protection begins on the order; the money follows."""
    publish(
        code="protection.purchase_starts_on_order", union_id=shop.city.pk, value=1, valid_from=clock.today(),
        actor=SYSTEM,
    )  # fmt: skip
    return shop


def leaves(person):
    people.end_membership(
        Membership.objects.current().get(person=person), cause="leave", day=clock.today(), reason="已经从单位离职",
        actor=SYSTEM, decision=allow("system"),
    )  # fmt: skip


def ordered(shop, *, gone=1, **more):
    """A purchase for three, of whom some left before a worker came to enrol them."""
    made = buying.drafted(shop.group, shop.firm, shop.unit, days=more.pop("days", 5), **more)
    actions.name_by_choice(public_id=made.public_id, people=[], actor=shop.unit)
    worker.drain()
    made = actions.order_purchase(public_id=made.public_id, actor=shop.unit)
    for person in shop.people[:gone]:
        leaves(person)
    worker.drain()
    return made


def tried(shop, *, days=0):
    shop.clock.forward(days=days)
    for _time in range(2):
        jobs.start_waiting(None)
        worker.drain()


def seen(bought):
    return Purchase.objects.select_related("plan", "version", "roster").get(pk=bought.pk)


def state_of(bought):
    return seen(bought).state


def received(shop, bought, fen, reference="BANK-0001"):
    return buying.received(bought, fen, reference, shop.preparer, shop.releaser)


def invoiced(shop, bought):
    return actions.invoice_purchase(public_id=bought.public_id, actor=shop.preparer)


def premium():
    return sum(LedgerRow.objects.live().filter(measure="protection.premium").values_list("fen", flat=True))


def code_of(act):
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize(
    ("received_fen", "waived", "over"),
    [(0, 100, 0), (150, 100, 0), (200, 100, 0), (250, 50, 50), (300, 0, 100)],
)
def test_what_is_not_asked_for_and_what_is_left_over(received_fen, waived, over):
    assert rules.with_fewer(300, 200, received_fen) == (waived, over)


def test_begun_on_the_order_it_is_invoiced_and_paid_afterwards(on_order):
    bought = ordered(on_order, gone=0)
    assert (state_of(bought), Enrolment.objects.filter(state="in_force").count()) == ("unbilled", 3)
    item = DeskItem.objects.open().get(subject_type="protection.purchase")
    assert (item.role, item.union) == ("finance_preparer", on_order.city)
    invoiced(on_order, bought)
    assert (state_of(bought), seen(bought).invoice.fen) == ("in_force", 300_00)
    on_order.clock.forward(days=31)
    assert jobs.fall_due(None)["reminded"] == 1, "who is insured and has not paid is reminded too"
    received(on_order, bought, 300_00)
    assert (seen(bought).owed_fen, premium(), jobs.fall_due(None)["reminded"]) == (0, 300_00, 0)
    assert list(check_books()) == []


def test_whose_list_shrank_after_the_order_begins_on_its_first_day_with_those_who_remain(on_order):
    bought = ordered(on_order)
    tried(on_order)
    assert (state_of(bought), Enrolment.objects.count()) == ("ordered", 0)
    page = staff_client(on_order.unit).get(f"/console/protection/purchases/{bought.public_id}/").content.decode()
    assert "下单 3 人，名单里现在能参保 2 人" in page
    tried(on_order, days=5)
    found = seen(bought)
    assert (found.state, found.persons, found.waived_fen, found.owed_fen) == ("unbilled", 3, 100_00, 200_00)
    assert Enrolment.objects.filter(state="in_force").count() == 2
    assert (Credit.objects.count(), invoiced(on_order, bought).invoice.fen) == (0, 200_00)
    received(on_order, bought, 200_00)
    assert (seen(bought).owed_fen, premium()) == (0, 200_00)
    assert list(check_books()) == []


def test_who_joins_again_before_the_first_day_is_insured(on_order):
    bought = ordered(on_order)
    a_member(on_order.firm, person=on_order.people[0])
    tried(on_order, days=5)
    assert (state_of(bought), Enrolment.objects.count()) == ("unbilled", 3)


@pytest.mark.parametrize(
    ("came_in", "waived", "left_over", "owed"), [(150_00, 100_00, None, 50_00), (250_00, 50_00, 50_00, 0)]
)
def test_what_came_in_before_is_kept_counted_and_given_back(on_order, came_in, waived, left_over, owed):
    bought = ordered(on_order)
    invoiced(on_order, bought)
    received(on_order, bought, came_in)
    tried(on_order, days=5)
    found = seen(bought)
    assert (found.state, found.waived_fen, found.owed_fen) == ("in_force", waived, owed)
    assert list(Credit.objects.values_list("fen", "persons")) == ([(left_over, 1)] if left_over else [])
    assert premium() == min(came_in, 200_00)
    assert code_of(lambda: received(on_order, bought, owed + 1, "BANK-0002")) in ("RECEIPT_SUM", "NOT_OWING")
    with pytest.raises(IntegrityError, match="never_paid_twice"), transaction.atomic():
        Purchase.objects.filter(pk=bought.pk).update(received_fen=found.fen - waived + 1)
    assert list(check_books()) == []


def test_it_waits_for_finance_where_a_sum_is_not_confirmed(on_order):
    bought = ordered(on_order)
    invoiced(on_order, bought)
    made = actions.record_receipt(
        public_id=bought.public_id, fen=300_00, bank_reference="BANK-0001", received_on=clock.today(),
        actor=on_order.preparer,
    )  # fmt: skip
    tried(on_order, days=5)
    assert (state_of(bought), asked()) == ("invoiced", 0)
    actions.reject_receipt(public_id=made.public_id, reason="银行没有这笔款", actor=on_order.releaser)
    tried(on_order)
    assert (state_of(bought), seen(bought).owed_fen) == ("in_force", 200_00)


def asked():
    return Message.objects.filter(kind="protection.purchase_asked").count()


@pytest.fixture(params=["paid", "on order"])
def too_few(request, shop):
    """Two of three are left, and two others have joined the firm: the share of the staff does not hold any longer."""
    if request.param == "on order":
        request.getfixturevalue("on_order")
    bought = ordered(shop, gone=0 if request.param == "paid" else 1)
    if request.param == "paid":
        leaves(shop.people[0])
        invoiced(shop, bought)
        received(shop, bought, 300_00)
        worker.drain()
    shop.before = state_of(bought)
    return bought


def by_name(shop, bought):
    """As if the three had been named by a file: who joins later is not on the list."""
    roster = bought.roster
    roster.rule = {"people": [person.pk for person in shop.people]}
    roster.save(update_fields=["rule"])
    lists.members(shop.firm, 2, first=50)


def test_where_the_terms_take_no_so_few_the_buyer_is_asked_and_nobody_is_insured(shop, too_few):
    by_name(shop, seen(too_few))
    tried(shop, days=5)
    found = seen(too_few)
    assert (found.state, Enrolment.objects.count(), asked()) == (shop.before, 0, 1)
    tried(shop, days=1)
    tried(shop)
    assert asked() == 1, "not every time"
    tried(shop, days=7)
    tried(shop, days=1)
    assert asked() == 2
    page = staff_client(shop.unit).get(f"/console/protection/purchases/{too_few.public_id}/").content.decode()
    for words in (
        "人数有变，还没有起保",
        "在册会员有 4 人",
        "要有 4 人参保，现在只有 2 人",
        "更正职工人数",
        "取消购买",
    ):
        assert words in page
    office = staff_client(shop.preparer).get(f"/console/protection/purchases/{too_few.public_id}/").content.decode()
    assert "人数有变，还没有起保" in office
    assert "/headcount/" not in office, "only the buyer states it"


def test_the_buyer_states_the_headcount_anew_and_it_begins(shop, too_few):
    """One left the union and stays on the staff as far as the house knows; the buyer knows better."""
    stated = Purchase.objects.filter(pk=too_few.pk)
    stated.update(headcount=4, listed=3)
    tried(shop, days=5)
    assert (state_of(too_few), asked()) == (shop.before, 1)
    told = {"public_id": too_few.public_id, "reason": "另外两人也离职了", "actor": shop.unit}
    assert code_of(lambda: actions.restate_headcount(headcount=0, **told)) == "HEADCOUNT"
    assert code_of(lambda: actions.restate_headcount(headcount=3, **told)) == "TOO_FEW_OF_STAFF"
    assert code_of(lambda: actions.restate_headcount(headcount=2, **{**told, "reason": ""})) == "REASON_NEEDED"
    assert code_of(lambda: actions.restate_headcount(headcount=2, **{**told, "actor": shop.preparer})) == (
        "NO_OFFICE_HERE"
    )
    assert seen(too_few).headcount == 4
    desk, address = staff_client(shop.unit), f"/console/protection/purchases/{too_few.public_id}/headcount/"
    wrong = desk.post(address, {"headcount": "3", "reason": "有一人离职", "idempotency_key": "k-3"})
    assert (wrong.status_code, 'id="id_headcount_error"' in wrong.content.decode()) == (422, True)
    body = {"headcount": "2", "reason": "另外两人也离职了", "idempotency_key": "k-1"}
    assert [desk.post(address, body).status_code for _time in range(2)] == [302, 302]
    entry = AuditEntry.objects.get(action="protection.purchase.restate_headcount")
    assert (entry.data, entry.reason) == ({"before": 4, "after": 2}, "另外两人也离职了")
    worker.drain()
    assert state_of(too_few) == ("in_force" if shop.before == "paid" else "unbilled")
    assert Enrolment.objects.filter(state="in_force").count() == 2
    assert code_of(lambda: actions.restate_headcount(headcount=2, **told)) == "NOT_ASKED"
    assert list(check_books()) == []


def test_asked_it_can_still_be_cancelled(shop, too_few):
    Purchase.objects.filter(pk=too_few.pk).update(headcount=4)
    tried(shop, days=5)
    actions.cancel_purchase(
        public_id=too_few.public_id, reason="项目取消", refund_account=a_card(4), actor=shop.preparer
    )
    assert state_of(too_few) == "cancelled"
    assert list(check_books()) == []


@pytest.mark.parametrize(("gone", "joined", "words"), [(3, 0, "没有能参保的人"), (0, 1, "比下单时多")])
def test_nobody_left_or_more_than_ordered_is_said_and_waits(on_order, gone, joined, words):
    bought = buying.drafted(on_order.group, on_order.firm, on_order.unit, days=5)
    actions.name_by_choice(public_id=bought.public_id, people=[], actor=on_order.unit)
    worker.drain()
    actions.order_purchase(public_id=bought.public_id, actor=on_order.unit)
    for person in on_order.people[:gone]:
        leaves(person)
    if joined:
        leaves(on_order.people[0])
        lists.members(on_order.firm, 1 + joined, first=50)
    worker.drain()
    tried(on_order, days=5)
    assert (state_of(bought), asked()) == ("ordered", 1)
    page = staff_client(on_order.unit).get(f"/console/protection/purchases/{bought.public_id}/").content.decode()
    assert words in page


def test_every_cell_of_a_purchase(on_order):
    """Each event from each state by the actions that people, money and the clock use: the move, or no change."""
    made = buying.drafted(on_order.group, on_order.firm, on_order.unit, days=5)
    actions.name_by_choice(public_id=made.public_id, people=[], actor=on_order.unit)
    worker.drain()
    given, wrong = {"public_id": made.public_id, "actor": SYSTEM}, []

    def paid():
        receipt = actions.record_receipt(fen=300_00, bank_reference="BANK-0001", received_on=clock.today(), **given)
        actions.confirm_receipt(public_id=receipt.public_id, actor=SYSTEM)

    def overdue():
        with clock.travelling(clock.now() + timedelta(days=40)):
            actions.fall_due_purchase(**given)

    acts = {
        V.ORDER: lambda: actions.order_purchase(**given),
        V.INVOICE: lambda: actions.invoice_purchase(**given),
        V.FALL_DUE: overdue,
        V.SETTLE: paid,
        V.START: lambda: actions.start_purchase(**given),
        V.CANCEL: lambda: actions.cancel_purchase(reason="项目取消", refund_account=a_card(4), **given),
    }
    order, bill, start = acts[V.ORDER], acts[V.INVOICE], acts[V.START]
    ways = {
        P.DRAFTED: (),
        P.ORDERED: (order,),
        P.INVOICED: (order, bill),
        P.OVERDUE: (order, bill, overdue),
        P.PAID: (order, bill, paid),
        P.UNBILLED: (order, start),
        P.IN_FORCE: (order, start, bill),
        P.CANCELLED: (acts[V.CANCEL],),
    }
    assert set(acts) == set(PURCHASE.events)
    assert set(ways) == set(PurchaseState)
    for state, event, move in PURCHASE.cells():
        with transaction.atomic():
            for step in ways[state]:
                step()
            assert state_of(made) == state
            try:
                with transaction.atomic():
                    acts[event]()
            except DomainError:
                pass
            if state_of(made) != (move.target if move else state):
                wrong.append(f"{event} from {state}: {state_of(made)}")
            transaction.set_rollback(True)
    assert not wrong
