"""The buyer's part: draft a purchase, name the people, order, cancel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from niangjia.commons.rosters.states import RosterEvent, RosterState
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform import jobs
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.protection import policies as room
from niangjia.services.protection.enrolment import enrolling, share
from niangjia.services.protection.enrolment.actions import MOVES
from niangjia.services.protection.enrolment.kind import KIND, insured_of, standing_of
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.enrolment.states import TAKEN, Origin
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.purchases import credits, parameters, policies, rules
from niangjia.services.protection.purchases.models import Purchase, PurchaseSerial
from niangjia.services.protection.purchases.states import STARTED, PurchaseEvent, PurchaseState, ReceiptState
from niangjia.services.protection.states import EnrolmentState

PREFIX = "TB"
_HOUSE = Actor.system("团体购买")


@transaction.atomic()
def draft_purchase(
    *, union_code: str, plan_code: str, from_day: date, title: str, tax_number: str, headcount: int, actor: Actor
) -> Purchase:
    """Begin to buy a plan for people of a union. Raises NotFound, NotAllowed, RuleBroken (UNION_UNKNOWN, FROM_DAY,
    NO_VERSION, PLAN_NOT_SOLD, BUYER_TITLE, USCC_INVALID, HEADCOUNT)."""
    union = Union.objects.filter(code=union_code.strip(), closed_on=None).first()
    if union is None:
        raise _at("union_code", "UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"))
    grant = policies.buyer_for(actor, union)
    plan, version = sold_from(plan_code, from_day)
    purchase = Purchase(
        number=PurchaseSerial.next_number(PREFIX), plan=plan, version=version, union=union, from_day=from_day,
        title=rules.require_title(title), tax_number=rules.require_tax_number(tax_number),
        headcount=rules.require_headcount(headcount),
        by_employer=grant.role == Role.EMPLOYER_AGENT, drafted_by_id=actor.user_id,
    )  # fmt: skip
    return lifecycle.open(purchase, actor=actor, decision=allow(ground_of(grant)), data={"union": union.pk})


def sold_from(plan_code: str, from_day: date) -> tuple[Plan, PlanVersion]:
    """The plan and its version that can be bought from this day on. Raises NotFound, RuleBroken (NO_VERSION,
    PLAN_NOT_SOLD, FROM_DAY_PAST, FROM_DAY)."""
    plan = room.plan_of(plan_code)
    version = enrolling.version_on(plan, from_day, fields="from_day")
    rules.total(1, version.price_fen)
    _require_ahead(from_day)
    enrolling.require_first_day(plan, from_day)
    return plan, version


@transaction.atomic()
def name_by_file(*, public_id: str, upload: Any, actor: Actor) -> Purchase:
    """Name the people by a file, instead of those named before; it is checked like every list. Raises NotFound,
    NotAllowed, Conflict PURCHASE_FIXED, RuleBroken (ROSTER_THERE, FILE_CONTENT …), TooLarge FILE_TOO_BIG."""
    purchase, grant = _open_for_people(public_id, actor)
    same = {"union": purchase.union, "plan": purchase.plan, "from_day": purchase.from_day}
    roster = MOVES.open_upload(
        upload=upload, union_id=purchase.union_id, grant=grant, actor=actor, same=same, version=purchase.version,
        origin=Origin.FILE.value, home_id=grant.node_id, bought=True,
    )  # fmt: skip
    if not roster.bought or Purchase.objects.filter(roster=roster).exclude(pk=purchase.pk).exists():
        raise _at("file", "ROSTER_THERE", _("同一份文件刚刚已经上传，请到名单列表里查看。"))
    return _named(purchase, roster)


@transaction.atomic()
def name_by_choice(*, public_id: str, people: Sequence[int], actor: Actor) -> Purchase:
    """Name members of the union by their keys, all of them where none is given. Raises as :func:`name_by_file`."""
    purchase, grant = _open_for_people(public_id, actor)
    policies.may_pick(actor, purchase).require()
    chosen = sorted({int(one) for one in people})
    known = hashlib.sha256(json.dumps([new_public_id(), chosen]).encode()).hexdigest()
    roster = Roster(
        number=KIND.serial.next_number(KIND.prefix), plan=purchase.plan, version=purchase.version, bought=True,
        union=purchase.union, office_id=grant.node_id, home_id=grant.node_id, from_day=purchase.from_day,
        origin=Origin.PICKED.value, rule={"people": chosen}, uploaded_by_id=actor.user_id, content_hash=known,
    )  # fmt: skip
    roster.job = MOVES.enqueue(KIND.check_job, roster, actor)
    lifecycle.open(roster, actor=actor, decision=allow(ground_of(grant)), data={"union": roster.union_id})
    return _named(purchase, roster)


@transaction.atomic()
def order_purchase(*, public_id: str, actor: Actor) -> Purchase:
    """Fix people and sum; finance issues the invoice next.

    Raises NotFound, NotAllowed, InvalidMove, Conflict LIST_NOT_READY, RuleBroken (NOBODY_TO_ENROL, TOO_FEW_OF_STAFF,
    PLAN_NOT_SOLD, FROM_DAY_PAST).
    """
    purchase = locked(actor, public_id)
    decision = policies.may_buy(actor, purchase).require()
    purchase.MACHINE.require(purchase.state, PurchaseEvent.ORDER)
    roster = purchase.roster
    if roster is None or roster.state != RosterState.READY:
        raise Conflict("LIST_NOT_READY", _("名单还没有核对完，请稍等，刷新后再下单。"))
    _require_ahead(purchase.from_day)
    persons = persons_of(roster)
    fen = rules.total(persons, purchase.version.price_fen)
    if (few := obstacle(purchase)) is not None:
        raise few
    moved = lifecycle.apply(
        purchase, PurchaseEvent.ORDER, actor=actor, decision=decision,
        changes={"persons": persons, "fen": fen, "listed": standing_of(roster)}, data={"persons": persons, "fen": fen},
    )  # fmt: skip
    lifecycle.apply(roster, RosterEvent.APPLY, actor=_HOUSE, decision=allow("ordered"))
    if parameters.value("starts_on_order", purchase.plan.union_id, clock.today()):
        ask_to_start(moved)
    return moved


@transaction.atomic()
def cancel_purchase(*, public_id: str, reason: str, refund_account: str = "", actor: Actor) -> Purchase:
    """Give a purchase up before protection begins: enrolments are taken back, and what was received is paid back.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, ALREADY_STARTED, ACCOUNT_NUMBER, HAS_CLAIMS),
    Conflict RECEIPT_OPEN.
    """
    for plan in policies.visible_purchases(actor).filter(public_id=public_id).values_list("plan_id", flat=True):
        enrolling.hold_plan(plan, alone=False)  # before any row, like everybody who enrols or takes back
    purchase = locked(actor, public_id)
    decision = policies.may_cancel(actor, purchase).require()
    purchase.MACHINE.require(purchase.state, PurchaseEvent.CANCEL)
    started = purchase.state in STARTED
    rules.require_before_start(purchase.from_day, clock.today(), started=started)
    if purchase.receipts.filter(state=ReceiptState.RECORDED).exists():
        raise Conflict("RECEIPT_OPEN", _("有一笔收款还没有复核，请先确认或退回它。"))
    if purchase.received_fen:
        made = credits.open_credit(purchase=purchase, fen=purchase.received_fen, actor=actor, decision=decision)
        credits.refund_credit(public_id=made.public_id, refund_account=refund_account, actor=actor)
    _take_back_people(purchase, reason)
    return lifecycle.apply(
        purchase, PurchaseEvent.CANCEL, actor=actor, decision=decision, reason=require_reason(reason)
    )


def locked(actor: Actor, public_id: str) -> Purchase:
    """The purchase under its lock. Raises NotFound."""
    rows = policies.visible_purchases(actor).select_for_update(of=("self",))
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def persons_of(roster: Roster) -> int:
    """How many people of a list are paid for."""
    return sum(roster.count_of(outcome) for outcome in TAKEN)


def obstacle(purchase: Purchase) -> RuleBroken | None:
    """Why too few of the staff would be insured, by the headcount that the buyer states."""
    roster = purchase.roster
    if roster is None:
        return None
    stated = stated_of(purchase, roster)
    return share.obstacle(purchase.version, purchase.union_id, insured_of(roster), clock.today(), stated=stated)


def stated_of(purchase: Purchase, roster: Roster) -> int:
    """The headcount that the buyer states; who has left the list since then, because the unit knows them no longer, is
    no staff."""
    gone = max(0, purchase.listed - standing_of(roster))
    return max(0, purchase.headcount - gone)


def ask_to_start(purchase: Purchase) -> None:
    """Have the people enrolled by a worker."""
    jobs.enqueue("protection.purchase_begin", {"purchase": purchase.public_id}, actor=_HOUSE)


def told(kind: NoticeKind, purchase: Purchase, day: date) -> list[Notice]:
    """What is sent to whoever drafted a purchase."""
    if purchase.drafted_by_id is None:
        return []
    values = {"number": purchase.number, "day": f"{day:%Y-%m-%d}"}
    return [Notice(kind, purchase.drafted_by_id, values, link=f"/console/protection/purchases/{purchase.public_id}/")]


def _open_for_people(public_id: str, actor: Actor) -> tuple[Purchase, Grant]:
    purchase = locked(actor, public_id)
    policies.may_buy(actor, purchase).require()
    if purchase.state != PurchaseState.DRAFTED:
        raise Conflict("PURCHASE_FIXED", _("已经下单，名单不能再换。要改人员，请先取消这次购买。"))
    return purchase, policies.buyer_for(actor, purchase.union)


def _named(purchase: Purchase, roster: Roster) -> Purchase:
    before = purchase.roster
    purchase.roster = roster
    purchase.save(update_fields=["roster"])
    if before is not None and before.pk != roster.pk:
        _discard(before)
    return purchase


def _discard(roster: Roster) -> None:
    if roster.state == RosterState.APPLYING:
        MOVES.recheck_roster(public_id=roster.public_id, actor=_HOUSE)
        roster.refresh_from_db()
    if roster.MACHINE.find(roster.state, RosterEvent.DISCARD):
        MOVES.discard_roster(public_id=roster.public_id, actor=_HOUSE)


def _take_back_people(purchase: Purchase, reason: str) -> None:
    roster = purchase.roster
    if roster is None:
        return
    _discard(roster)
    rows = Enrolment.objects.filter(batch=roster.public_id, state=EnrolmentState.IN_FORCE)
    for key in rows.values_list("public_id", flat=True):
        enrolling.cancel_enrolment(public_id=key, reason=reason, actor=_HOUSE)


def _require_ahead(from_day: date) -> None:
    """Nobody buys protection for a day that is over. Raises RuleBroken FROM_DAY_PAST."""
    if from_day < clock.today():
        raise _at("from_day", "FROM_DAY_PAST", _("起保日期已经过去，请从今天或以后的日期起保。"))


def _at(field: str, code: str, sentence: Any) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
