"""The money of a purchase: invoice, sums that come in, falling due, and the beginning of protection."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from niangjia.commons.payments import accounts, hands
from niangjia.commons.payments.accounts import Movement
from niangjia.commons.payments.rules import require_two_people
from niangjia.commons.payments.states import Side
from niangjia.commons.rosters.states import RosterEvent, RosterState
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, RuleBroken
from niangjia.kernel.money import yuan
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.services.protection import notices
from niangjia.services.protection.enrolment import applying
from niangjia.services.protection.enrolment.actions import MOVES
from niangjia.services.protection.enrolment.enrolling import hold_plan
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.purchases import credits, parameters, policies, records, remaining, rules
from niangjia.services.protection.purchases.buying import ask_to_start, locked, persons_of, told
from niangjia.services.protection.purchases.models import SERIALS_OF_A_YEAR, YEARS, Invoice, Purchase, Receipt
from niangjia.services.protection.purchases.states import (
    OWING,
    PurchaseEvent,
    PurchaseState,
    ReceiptEvent,
    ReceiptState,
)

ONE_DAY = timedelta(days=1)
_HOUSE = Actor.system("团体购买收款")


@transaction.atomic()
def invoice_purchase(*, public_id: str, actor: Actor) -> Purchase:
    """Issue the invoice under the next number of the issuer. Raises NotFound, NotAllowed, InvalidMove."""
    purchase = locked(actor, public_id)
    decision = policies.may_invoice(actor, purchase).require()
    purchase.MACHINE.require(purchase.state, PurchaseEvent.INVOICE)
    made = _issued(purchase, actor)
    return lifecycle.apply(
        purchase, PurchaseEvent.INVOICE, actor=actor, decision=decision,
        data={"invoice": made.number, "fen": made.fen}, notices=told(notices.PURCHASE_INVOICED, purchase, made.due_on),
    )  # fmt: skip


@transaction.atomic()
def record_receipt(*, public_id: str, fen: int, bank_reference: str, received_on: date, actor: Actor) -> Receipt:
    """Write down a sum that came in, in whole or in part; it counts when another person confirms it.

    Raises NotFound, NotAllowed, Conflict (NOT_OWING, RECEIPT_TWICE), RuleBroken (RECEIPT_SUM, BANK_REFERENCE,
    RECEIVED_ON).
    """
    purchase = locked(actor, public_id)
    decision = policies.may_invoice(actor, purchase).require()
    if not owes(purchase):
        raise Conflict("NOT_OWING", _("这次购买现在没有待收的款项。"))
    if received_on > clock.today():
        text = _("到账日期不能晚于今天。")
        raise RuleBroken("RECEIVED_ON", text, fields={"received_on": [text]})
    receipt = Receipt(
        purchase=purchase, fen=rules.require_part(fen, awaited_fen(purchase)), received_on=received_on,
        bank_reference=rules.require_reference(bank_reference), recorded_by_id=actor.user_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            return lifecycle.open(receipt, actor=actor, decision=decision, data={"fen": fen})
    except IntegrityError as error:
        text = _("这个银行流水号已经登记过，一笔钱不能登记两次。")
        raise Conflict("RECEIPT_TWICE", text, fields={"bank_reference": [text]}) from error


@transaction.atomic()
def confirm_receipt(*, public_id: str, actor: Actor) -> Receipt:
    """Another person agrees: the money stands in the fund and in the figures; when all is there, protection begins.

    Raises NotFound, NotAllowed FOUR_EYES, InvalidMove, RuleBroken (SAME_HANDS, IDENTITY_UNKNOWN, FUND_MISSING).
    """
    receipt, purchase = _held(public_id, actor)
    decision = policies.may_confirm(actor, receipt).require()
    receipt.MACHINE.require(receipt.state, ReceiptEvent.CONFIRM)
    if not actor.is_system:
        require_two_people(hands.of(receipt.recorded_by_id), hands.of(actor.user_id))
    if receipt.credit is None:
        _take_in(purchase, receipt)
    else:
        credits.settle_offset(public_id=receipt.credit.public_id, actor=_HOUSE)
    confirmed = lifecycle.apply(
        receipt, ReceiptEvent.CONFIRM, actor=actor, decision=decision, changes={"confirmed_by_id": actor.user_id},
        records=[records.premium(purchase, receipt, receipt.fen)],
    )  # fmt: skip
    purchase.received_fen += receipt.fen
    purchase.save(update_fields=["received_fen"])
    if purchase.state in OWING and purchase.owed_fen == 0:
        settle_purchase(public_id=purchase.public_id, actor=_HOUSE)
    return confirmed


@transaction.atomic()
def reject_receipt(*, public_id: str, reason: str, actor: Actor) -> Receipt:
    """The sum is not there: its bank reference is free again. Raises NotFound, NotAllowed, InvalidMove, RuleBroken
    REASON_NEEDED."""
    receipt, _purchase = _held(public_id, actor)
    decision = policies.may_confirm(actor, receipt).require()
    rejected = lifecycle.apply(
        receipt, ReceiptEvent.REJECT, actor=actor, decision=decision, reason=require_reason(reason)
    )
    if receipt.credit is not None:
        credits.undo_offset(public_id=receipt.credit.public_id, actor=_HOUSE)
    return rejected


@transaction.atomic()
def settle_purchase(*, public_id: str, actor: Actor) -> Purchase:
    """All that is owed has come in. Raises NotFound, NotAllowed, InvalidMove, Conflict STILL_OWING."""
    purchase = locked(actor, public_id)
    decision = policies.may_run(actor).require()
    purchase.MACHINE.require(purchase.state, PurchaseEvent.SETTLE)
    if purchase.owed_fen:
        raise Conflict("STILL_OWING", _("还欠 {owed}，没有付清。", owed=yuan(purchase.owed_fen)))
    settled = lifecycle.apply(purchase, PurchaseEvent.SETTLE, actor=actor, decision=decision)
    ask_to_start(settled)
    return settled


@transaction.atomic()
def fall_due_purchase(*, public_id: str, actor: Actor) -> Purchase:
    """The last day of payment is over. Raises NotFound, NotAllowed, InvalidMove, Conflict NOT_DUE."""
    purchase = locked(actor, public_id)
    decision = policies.may_run(actor).require()
    purchase.MACHINE.require(purchase.state, PurchaseEvent.FALL_DUE)
    if clock.today() <= purchase.invoice.due_on:
        raise Conflict("NOT_DUE", _("付款期限还没有过。"))
    sent, changes = told(notices.PURCHASE_OVERDUE, purchase, purchase.invoice.due_on), {"reminded_on": clock.today()}
    return lifecycle.apply(
        purchase, PurchaseEvent.FALL_DUE, actor=actor, decision=decision, notices=sent, changes=changes
    )


def start_purchase(*, public_id: str, actor: Actor) -> str:
    """Enrol the people of a purchase that is paid, or ordered where that is enough; gives the state after it.

    When the money came later than the first day, protection begins tomorrow; when something has changed since the
    check, the list is checked anew and this is tried again; with fewer than were ordered it begins on the first day, or
    the buyer is asked (:mod:`remaining`). Raises NotFound, NotAllowed.
    """
    policies.may_run(actor).require()
    purchase = policies.visible_purchases(actor).filter(public_id=public_id).first()
    if purchase is None:
        raise policies.not_found()
    if not remaining.may_start(purchase) or not _is_ready(purchase, actor):
        return purchase.state
    try:
        with transaction.atomic():
            return _start(public_id, actor)
    except (DomainError, IntegrityError):
        assert purchase.roster is not None  # noqa: S101 - the database holds it of what was ordered
        MOVES.recheck_roster(public_id=purchase.roster.public_id, actor=actor)
        return purchase.state


def _start(public_id: str, actor: Actor) -> str:
    hold_plan(policies.visible_purchases(actor).values_list("plan_id", flat=True).get(public_id=public_id), alone=True)
    purchase = locked(actor, public_id)
    roster, decision = MOVES.held(str(purchase.roster and purchase.roster.public_id), actor)
    purchase.roster = roster
    if (why := remaining.refusal(purchase)) is not None:
        raise why
    if roster.state == RosterState.READY:
        lifecycle.apply(roster, RosterEvent.APPLY, actor=actor, decision=decision)
    applying.apply(public_id=roster.public_id, actor=actor)
    return _begun(purchase, persons_of(roster), actor)


def _begun(purchase: Purchase, persons: int, actor: Actor) -> str:
    """So many are insured: what they do not cost is not asked for, or left over where it came in already."""
    may = policies.may_run(actor).require()
    waived, over = rules.with_fewer(purchase.fen, persons * purchase.version.price_fen, purchase.received_fen)
    moved = lifecycle.apply(
        purchase, PurchaseEvent.START, actor=actor, decision=may, changes={"waived_fen": waived, "asked_on": None},
        data={"persons": persons, "waived": waived},
        notices=told(notices.PURCHASE_STARTED, purchase, purchase.from_day),
    )  # fmt: skip
    if over:
        missing = purchase.persons - persons
        credits.open_credit(purchase=purchase, fen=over, persons=missing, actor=actor, decision=may)
    return str(moved.state)


def _is_ready(purchase: Purchase, actor: Actor) -> bool:
    """Whether the list holds those who were ordered, from a day that is not over; from the first day on also when it
    holds fewer, looked at that day, if the terms take so few. Otherwise the buyer is asked."""
    roster = purchase.roster
    if roster is None or roster.state not in (RosterState.READY, RosterState.APPLYING):
        return False
    if roster.from_day < clock.today():
        _postpone(purchase, roster, actor)
        return False
    if persons_of(roster) == purchase.persons:
        return True
    if not remaining.is_list_closed(purchase):
        return False
    if clock.day_of(roster.state_since) < clock.today():
        MOVES.recheck_roster(public_id=roster.public_id, actor=actor)
        return False
    if remaining.refusal(purchase) is None:
        return True
    remaining.ask(public_id=purchase.public_id, actor=actor)
    return False


@transaction.atomic()
def _postpone(purchase: Purchase, roster: Roster, actor: Actor) -> None:
    tomorrow = clock.today() + ONE_DAY
    Purchase.objects.filter(pk=purchase.pk).update(from_day=tomorrow)
    Roster.objects.filter(pk=roster.pk).update(from_day=tomorrow)
    MOVES.recheck_roster(public_id=roster.public_id, actor=actor)


def _issued(purchase: Purchase, actor: Actor) -> Invoice:
    """The next invoice of the issuer; two at once wait for each other on the issuer's row."""
    issuer = Union.objects.select_for_update(no_key=True).get(pk=purchase.plan.union_id)
    today = clock.today()
    last = Invoice.objects.filter(union=issuer, year=today.year).order_by("-serial").first()
    serial = last.serial + 1 if last else 1
    return Invoice.objects.create(
        purchase=purchase, union=issuer, year=today.year, serial=serial, previous=last, issued_on=today,
        slot=(issuer.pk * YEARS + today.year) * SERIALS_OF_A_YEAR + serial, fen=purchase.due_fen,
        due_on=today + timedelta(days=parameters.value("pay_days", issuer.pk, today)), issued_by_id=actor.user_id,
    )  # fmt: skip


def awaited_fen(purchase: Purchase) -> int:
    """What is owed and not recorded yet."""
    waiting = purchase.receipts.filter(state=ReceiptState.RECORDED).values_list("fen", flat=True)
    return int(purchase.owed_fen - sum(waiting))


def owes(purchase: Purchase) -> bool:
    """Whether money for it is awaited."""
    started_first = purchase.state == PurchaseState.IN_FORCE and hasattr(purchase, "invoice")
    return (purchase.state in OWING or started_first) and purchase.owed_fen > 0


def _take_in(purchase: Purchase, receipt: Receipt) -> None:
    fund = accounts.fund_of(purchase.plan.union_id, purchase.plan.fund)
    source = accounts.sides(fund)[Side.SOURCE]
    reason = str(_("团体购买 {number} 收款", number=purchase.number))
    accounts.move([Movement(source.pk, fund.pk, receipt.fen, "taken_in", reason=reason)])


def _held(public_id: str, actor: Actor) -> tuple[Receipt, Purchase]:
    found = policies.visible_receipts(actor).filter(public_id=public_id).values_list("purchase__public_id").first()
    if found is None:
        raise policies.not_found()
    purchase = locked(actor, found[0])
    receipt = Receipt.objects.select_for_update(of=("self",)).get(public_id=public_id)
    receipt.purchase = purchase
    return receipt, purchase


def remind_overdue(*, actor: Actor) -> int:
    """Remind the buyers of what is overdue, again after the days of the parameter; how many. Raises NotAllowed."""
    policies.may_run(actor).require()
    today, reminded = clock.today(), 0
    still_owed = Q(fen__gt=F("received_fen") + F("waived_fen"))
    begun_first = Q(state=PurchaseState.IN_FORCE, invoice__due_on__lt=today) & still_owed
    late = Purchase.objects.filter(Q(state=PurchaseState.OVERDUE) | begun_first)
    for purchase in late.select_related("invoice", "plan").order_by("pk"):
        gap = parameters.value("remind_days", purchase.plan.union_id, today)
        if purchase.reminded_on and (today - purchase.reminded_on).days < gap:
            continue
        reminded += _remind(purchase, today)
    return reminded


@transaction.atomic()
def _remind(purchase: Purchase, today: date) -> int:
    Purchase.objects.filter(pk=purchase.pk).update(reminded_on=today)
    sent = told(notices.PURCHASE_OVERDUE, purchase, purchase.invoice.due_on)
    outbox.write(sent)
    return len(sent)
