"""When fewer can be insured than were ordered: until the first day the list can be put right; then protection begins
for those who remain where the terms take so few, and otherwise the buyer is asked."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.rosters.states import AT_WORK
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.notices import outbox
from niangjia.services.protection import notices
from niangjia.services.protection.enrolment.kind import standing_of
from niangjia.services.protection.purchases import parameters, policies, rules
from niangjia.services.protection.purchases.buying import ask_to_start, locked, obstacle, persons_of, told
from niangjia.services.protection.purchases.models import Purchase
from niangjia.services.protection.purchases.states import OWING, PurchaseState, ReceiptState

TOO_FEW = "TOO_FEW_OF_STAFF"
"""What a buyer can answer by stating the headcount anew."""

RESTATED = "protection.purchase.restate_headcount"
"""The action under which that stands in the audit trail."""


def may_start(purchase: Purchase) -> bool:
    """Whether protection may begin: when it is paid, or from the order on where the federation says so."""
    if purchase.state == PurchaseState.PAID:
        return True
    on_order = parameters.value("starts_on_order", purchase.plan.union_id, clock.day_of(purchase.created_at))
    return bool(on_order) and purchase.state in (PurchaseState.ORDERED, *OWING)


def is_list_closed(purchase: Purchase) -> bool:
    """Whether nobody can be added any longer: it may begin, and its first day has come."""
    return may_start(purchase) and clock.today() >= purchase.from_day


def has_changed(purchase: Purchase) -> bool:
    """Whether the list of a purchase that may begin holds others than were ordered, as far as it has been looked at."""
    roster = purchase.roster
    if roster is None or roster.state in AT_WORK or not may_start(purchase):
        return False
    return persons_of(roster) != purchase.persons


def refusal(purchase: Purchase) -> DomainError | None:
    """Why protection cannot begin for those whom the list holds now. The share of the staff was judged by the order; it
    is judged again, by the same rule, where fewer remain."""
    roster = purchase.roster
    now = persons_of(roster) if roster is not None else 0
    if now == purchase.persons:
        return None
    if not now:
        return RuleBroken("NOBODY_TO_ENROL", _("名单里已经没有能参保的人，请取消这次购买。"))
    if now > purchase.persons:
        text = _("下单 {ordered} 人，名单里现在有 {now} 人能参保，比下单时多。请取消后重新下单。",
                 ordered=purchase.persons, now=now)  # fmt: skip
        return RuleBroken("LIST_GREW", text)
    if purchase.receipts.filter(state=ReceiptState.RECORDED).exists():
        return Conflict("RECEIPT_OPEN", _("有一笔收款还没有复核，请先确认或退回它。"))
    return obstacle(purchase)


@transaction.atomic()
def ask(*, public_id: str, actor: Actor) -> bool:
    """Tell the buyer that it does not begin and what can be done, again after the days of the parameter; gives whether
    they were told now. What finance must do first is no question to them. Raises NotFound, NotAllowed."""
    policies.may_run(actor).require()
    purchase, today = locked(actor, public_id), clock.today()
    why = refusal(purchase)
    if why is None or why.code == "RECEIPT_OPEN":
        return False
    gap = parameters.value("remind_days", purchase.plan.union_id, today)
    if purchase.asked_on and (today - purchase.asked_on).days < gap:
        return False
    purchase.asked_on = today
    purchase.save(update_fields=["asked_on"])
    outbox.write(told(notices.PURCHASE_ASKED, purchase, purchase.from_day))
    return True


@transaction.atomic()
def restate_headcount(*, public_id: str, headcount: int, reason: str, actor: Actor) -> Purchase:
    """The buyer states anew how many staff there are, because others than those on the list have left too. It is taken
    when with it protection can begin for those who remain, and then does.

    Raises NotFound, NotAllowed, Conflict NOT_ASKED, RuleBroken (HEADCOUNT, TOO_FEW_OF_STAFF, REASON_NEEDED).
    """
    purchase = locked(actor, public_id)
    decision = policies.may_buy(actor, purchase).require()
    if not is_asked(purchase):
        raise Conflict("NOT_ASKED", _("这次购买现在不用更正职工人数。"))
    before, purchase.headcount = purchase.headcount, rules.require_headcount(headcount)
    purchase.listed = standing_of(purchase.roster) if purchase.roster is not None else 0
    if (few := obstacle(purchase)) is not None:
        raise RuleBroken(few.code, few.message, fields={"headcount": [few.message]})
    purchase.save(update_fields=["headcount", "listed"])
    entries.record(
        actor, RESTATED, subject_type=purchase.subject_type, subject_id=purchase.public_id,
        node_id=purchase.responsible_node_id, ground=decision.ground, reason=require_reason(reason),
        data={"before": before, "after": headcount},
    )  # fmt: skip
    ask_to_start(purchase)
    return purchase


def is_asked(purchase: Purchase) -> bool:
    """Whether it waits for the buyer to say how many staff there are."""
    why = what_stops(purchase)
    return why is not None and why.code == TOO_FEW


def what_stops(purchase: Purchase) -> DomainError | None:
    """Why it does not begin with those who remain, from its first day on; once the buyer was asked also while it is put
    off from one day to the next."""
    if not has_changed(purchase) or not (purchase.asked_on or is_list_closed(purchase)):
        return None
    return refusal(purchase)
