"""The waiting list: one place for each member and campaign, for one kind at one site on one day."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, Gone, NotFound, RuleBroken
from niangjia.kernel.policy import allow
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, policies, records, rules
from niangjia.services.offers.chances import entrants, offering
from niangjia.services.offers.chances.offering import offer_what_is_left
from niangjia.services.offers.models import Reservation, Source, Waiting
from niangjia.services.offers.rush import catalogue, reserving
from niangjia.services.offers.rush.catalogue import Choice, Place, Remembered
from niangjia.services.offers.rush.standing import Standing
from niangjia.services.offers.states import TAKING_STATES, WAITING, WaitingEvent, WaitingState


@transaction.atomic()
def queue(*, campaign: str, choice: Choice, actor: Actor) -> Waiting:
    """Wait for what is sold out. One place for each member and campaign.

    Raises NotAllowed (MEMBER_SESSION_REQUIRED, NOT_OPEN, NOT_ELIGIBLE, BANNED_UNTIL), NotFound (CAMPAIGN_NOT_FOUND,
    ITEM_NOT_FOUND), Gone CLOSED, RuleBroken (NO_WAITING_LIST, NOT_AT_THIS_PLACE, STILL_LEFT), Conflict (ONE_PER_CARD,
    ALREADY_QUEUED).
    """
    found, standing = entrants.standing_of(campaign, actor)
    place = _judge(found, standing, choice)
    cell = offering.locked_cell(place.cell_id)
    if cell.left > 0:
        raise RuleBroken("STILL_LEFT", _("“{item}”还有名额，可以直接预约，不用候补。", item=place.item_name))
    waiting = Waiting(
        campaign_id=found.id,
        cell=cell,
        **entrants.columns_of(standing),
    )
    try:
        with transaction.atomic():
            return lifecycle.open(waiting, actor=actor, decision=allow("own"))
    except IntegrityError:
        raise _queued() from None


def _judge(campaign: Remembered, standing: Standing, choice: Choice) -> Place:
    now = clock.now()
    if not campaign.has_waiting_list:
        raise RuleBroken("NO_WAITING_LIST", _("这个活动不设候补，名额退回后先到先得。"))
    closed = standing.state not in TAKING_STATES
    rules.require_open(campaign.schedule, max(now, campaign.schedule.closes_at) if closed else now)
    if choice.item not in campaign.items:
        raise rules.no_item()
    rules.require_pickup_day(choice.day, campaign.schedule, clock.day_of(now))
    entrants.require_may_have(campaign, standing)
    place = campaign.places.get(choice)
    if place is None:
        raise rules.not_there()
    if Waiting.objects.queued().filter(campaign=campaign.id, person=standing.person_id).exists():
        raise _queued()
    return place


def _queued() -> Conflict:
    return Conflict("ALREADY_QUEUED", _("您在这个活动里已经有一个候补，请在“我的预约”里查看；要换请先退出。"))


@transaction.atomic()
def offer(*, public_id: str, actor: Actor) -> Waiting:
    """Hold a free piece for the place whose turn it is, by hand; usually this happens when a piece comes back.

    Raises NotFound, NotAllowed, InvalidMove, Conflict (NOTHING_LEFT, NOT_FIRST), Gone OFFER_OVER for a day that is
    over.
    """
    cell = offering.locked_cell(_found(actor, public_id).cell_id)  # before the place, as whoever offers does
    waiting = _locked(actor, public_id)
    decision = policies.may_run(actor, waiting.campaign.union_id).require()
    WAITING.require(waiting.state, WaitingEvent.OFFER)
    if not offering.may_be_offered(cell):
        raise _over()
    if cell.left <= 0:
        raise Conflict("NOTHING_LEFT", _("现在没有空出来的名额。"))
    first = offering.next_places(cell.pk).first()
    if first != waiting:
        raise Conflict("NOT_FIRST", _("候补按先后进行，还没有轮到这一位。"))
    offering.hold(cell, [waiting], actor=actor, decision=decision)
    return waiting


@transaction.atomic()
def take(*, public_id: str, actor: Actor) -> Reservation:
    """Say yes: the piece that is held becomes the member's reservation. Doing it twice is one reservation.

    The clock decides here whether the offer still stands. Raises NotFound, NotAllowed (NOT_YOURS, NOT_ELIGIBLE,
    BANNED_UNTIL), InvalidMove, Gone OFFER_OVER, Conflict ONE_PER_CARD.
    """
    waiting = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, waiting.person_id).require()
    if waiting.state == WaitingState.TAKEN and waiting.reservation is not None:
        return waiting.reservation
    WAITING.require(waiting.state, WaitingEvent.TAKE)
    if is_over(waiting):
        raise _over()
    found, standing = entrants.standing_of(waiting.campaign.public_id, actor)
    entrants.require_may_have(found, standing)
    row = reserving.unsaved(found.id, catalogue._place(waiting.cell), standing, Source.WAITING_LIST)
    try:
        with transaction.atomic():
            reserving.open_reservation(row, actor=actor, decision=decision, notice=notices.RESERVED)
    except IntegrityError:
        entrants.require_may_have(*entrants.standing_of(waiting.campaign.public_id, actor))
        raise
    reserving.take_use(found, standing, records.SOURCE_TYPE, row.pk)
    lifecycle.apply(waiting, WaitingEvent.TAKE, actor=actor, decision=decision, changes={"reservation": row})
    return row


@transaction.atomic()
def pass_on(*, public_id: str, actor: Actor) -> Waiting:
    """Offer the piece to the next one when nobody said yes in time; when nobody waits the stock has it again.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken OFFER_STANDS while the offer has not run out.
    """
    waiting = _locked(actor, public_id)
    decision = policies.may_run(actor, waiting.campaign.union_id).require()
    WAITING.require(waiting.state, WaitingEvent.PASS_ON)
    if not is_over(waiting):
        raise RuleBroken("OFFER_STANDS", _("保留的期限还没有到，不能让给下一位。"))
    values = {"title": waiting.campaign.title, "item": waiting.cell.item.name}
    told = Notice(notices.PASSED, waiting.user_id, values, link="/offers/mine/")
    offering.locked_cell(waiting.cell_id)
    lifecycle.apply(waiting, WaitingEvent.PASS_ON, actor=actor, decision=decision, notices=[told])
    _give_back(waiting.cell_id)
    return waiting


@transaction.atomic()
def leave(*, public_id: str, actor: Actor) -> Waiting:
    """Give one's place up; a piece that was held goes to the next one. Doing it twice is leaving once.

    Raises NotFound, NotAllowed, InvalidMove.
    """
    waiting = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, waiting.person_id).require()
    if waiting.state == WaitingState.LEFT:
        return waiting
    held = waiting.state == WaitingState.OFFERED
    if held:
        offering.locked_cell(waiting.cell_id)
    lifecycle.apply(waiting, WaitingEvent.LEAVE, actor=actor, decision=decision)
    if held:
        _give_back(waiting.cell_id)
    return waiting


def is_over(waiting: Waiting) -> bool:
    """Whether the moment until which the piece is held has come."""
    return waiting.offered_until is None or clock.now() >= waiting.offered_until


def _give_back(cell_id: int) -> None:
    reserving.give_back_piece(cell_id)
    offer_what_is_left(cell_id)


def _over() -> Gone:
    return Gone("OFFER_OVER", _("保留的期限已过，名额已让给下一位。"))


def _locked(actor: Actor, public_id: str) -> Waiting:
    """The place for changing, within the actor's sight. Raises NotFound WAITING_NOT_FOUND."""
    names = ("campaign", "cell__item", "cell__site", "person", "reservation")
    rows = Waiting.objects.select_for_update(of=("self",), no_key=True).select_related(*names)
    place: Waiting = rows.get(pk=_found(actor, public_id).pk)
    return place


def _found(actor: Actor, public_id: str) -> Waiting:
    found = policies.visible_places(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("WAITING_NOT_FOUND", _("没有找到这个候补。"))
    return found  # type: ignore[no-any-return]


__all__ = ["leave", "offer", "offer_what_is_left", "pass_on", "queue", "take"]
