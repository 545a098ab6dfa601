"""Reserving: read how somebody stands, judge, write. The same for the page, the API and the demonstration.

On PostgreSQL the writing is one statement (``hot``), elsewhere the lifecycle's portable form; both leave the same rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement import uses
from niangjia.commons.entitlement.rules import Per, Period
from niangjia.commons.ledger import dims
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, NotAllowed, Unavailable
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import _
from niangjia.platform.accounts import errors as accounts
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.requests import idempotency
from niangjia.services.offers import notices, policies, records, rules
from niangjia.services.offers.campaign import waves
from niangjia.services.offers.models import Cell, Reservation, Source
from niangjia.services.offers.rush import catalogue, hot
from niangjia.services.offers.rush.catalogue import Choice, Place, Remembered
from niangjia.services.offers.rush.standing import PURPOSE, ByToken, ByUser, Standing, Who, read
from niangjia.services.offers.states import TAKING_STATES


@dataclass(frozen=True)
class Request:
    """What one request asks for. ``body`` is what was sent, for telling a repetition from another request."""

    who: Who
    campaign: str
    choice: Choice
    key: str
    trace: str = ""
    address: str = ""

    @property
    def body(self) -> dict[str, str]:
        return {
            "campaign": self.campaign,
            "item": self.choice.item,
            "site": self.choice.site,
            "day": self.choice.day.isoformat(),
        }


@dataclass(frozen=True)
class Reserved:
    """The outcome: the reservation's id, its public id and names, and whether it was there before (a repetition)."""

    id: int
    public_id: str
    place: Place
    repeated: bool = False


def reserve(request: Request) -> Reserved:
    """Reserve one piece. Not inside a transaction.

    Raises NotSignedIn, NotAllowed (MEMBER_SESSION_REQUIRED, NOT_OPEN, NOT_ELIGIBLE, BANNED_UNTIL), NotFound
    (CAMPAIGN_NOT_FOUND, ITEM_NOT_FOUND), Gone CLOSED, Conflict (ONE_PER_CARD, SOLD_OUT), RuleBroken
    (NOT_AT_THIS_PLACE, KEY_REUSED), Malformed KEY_MISSING.
    """
    idempotency.require_key(request.key)
    campaign = _campaign(request.campaign)
    place = campaign.places.get(request.choice)
    campaign, standing = _standing(request, campaign, place)
    if (kept := _kept_answer(request, standing)) is not None:
        return kept
    place = _judge(request, campaign, standing)
    try:
        made = _write(request, campaign, standing, place)
    except IntegrityError:
        made = None
    return made or _lost(request, campaign, place)


def _campaign(public_id: str) -> Remembered:
    return _after_waves(catalogue.remembered(public_id))


def _after_waves(campaign: Remembered | None) -> Remembered:
    """The campaign with every wave given free whose moment has come. Raises NotFound CAMPAIGN_NOT_FOUND."""
    if campaign is None:
        raise policies.no_campaign()
    if campaign.next_wave is not None and campaign.next_wave <= clock.now():
        waves.release_due(campaign.id)
        campaign = catalogue.read_again(campaign.public_id) or campaign
    return campaign


def _standing(request: Request, campaign: Remembered, place: Place | None) -> tuple[Remembered, Standing]:
    """What was read, by the newest revision of the campaign."""
    found = read(request.who, campaign, key=request.key, cell_id=place.cell_id if place else None)
    if found is None:
        raise accounts.not_signed_in()
    if found.session_kind != SessionKind.MEMBER:
        raise accounts.members_only()
    if found.revision == campaign.revision:
        return campaign, found
    newest = _after_waves(catalogue.read_again(request.campaign))
    place = newest.places.get(request.choice)
    again = read(request.who, newest, key=request.key, cell_id=place.cell_id if place else None)
    return newest, again or found


def _kept_answer(request: Request, standing: Standing) -> Reserved | None:
    """The first answer to the same request: whoever won keeps it after the stock is gone. Raises KEY_REUSED."""
    if standing.answer is None:
        return None
    if standing.body_hash != idempotency.digest(PURPOSE, request.body):
        raise idempotency.key_reused()
    return repeated(json.loads(standing.answer)["id"])


def repeated(public_id: str) -> Reserved:
    """An outcome that was there before, read from its reservation."""
    row = Reservation.objects.select_related("cell", "item", "site").get(public_id=public_id)
    place = Place(
        row.cell_id, row.item_id, row.item.name, row.item.code, row.site_id, row.site.public_id, row.site.name, row.day
    )
    return Reserved(row.pk, row.public_id, place, repeated=True)


def _judge(request: Request, campaign: Remembered, standing: Standing) -> Place:
    """The place that may be taken; raises the most useful refusal. The clock decides, not the recorded state."""
    now = clock.now()
    if standing.state not in TAKING_STATES:
        rules.require_open(campaign.schedule, max(now, campaign.schedule.closes_at))
    rules.require_open(campaign.schedule, now)
    if campaign.is_draw and not campaign.is_drawn:
        raise rules.not_drawn_yet()
    if request.choice.item not in campaign.items:
        raise rules.no_item()
    rules.require_pickup_day(request.choice.day, campaign.schedule, clock.day_of(now))
    if standing.existing_id is not None:
        raise _one_each(standing.existing_id)
    require_entitled(campaign, standing)
    rules.require_not_barred(standing.barred_until)
    place = campaign.places.get(request.choice)
    if place is None:
        raise rules.not_there()
    if not standing.left or standing.left <= 0:
        raise rules.sold_out(place.item_name, has_waiting_list=campaign.has_waiting_list)
    return place


def require_entitled(campaign: Remembered, standing: Standing) -> None:
    """Raises NotAllowed NOT_ELIGIBLE with the condition that is not met."""
    if standing.entitled and standing.person_id is not None and standing.union_id is not None:
        return
    if standing.person_id is None:
        raise NotAllowed("NOT_ELIGIBLE", _("这次活动面向工会会员。您还不是会员，可以先申请入会。"))
    raise entitlement.explain(campaign.rule, standing.person_id, campaign.day).refusal()


def _one_each(reservation_id: int) -> Conflict:
    first = Reservation.objects.select_related("item").get(pk=reservation_id)
    return rules.one_each(first.item.name, first.number)


def _write(request: Request, campaign: Remembered, standing: Standing, place: Place) -> Reserved | None:
    if connection.vendor == "postgresql" and not _needs_a_use(campaign):
        return _write_hot(request, campaign, standing, place)
    return _write_portable(request, campaign, standing, place)


def _actor(request: Request, standing: Standing) -> Actor:
    return Actor(
        ActorKind.MEMBER,
        name=standing.person_name,
        user_id=standing.user_id,
        person_id=standing.person_id,
        session_id=standing.session_id,
        trace=request.trace,
        address=request.address,
    )


def _write_hot(request: Request, campaign: Remembered, standing: Standing, place: Place) -> Reserved | None:
    public_id, now = new_public_id(), clock.now()
    actor = _actor(request, standing)
    made = hot.write(
        {
            **hot.values_of_actor(actor, now),
            "public_id": public_id,
            "campaign": campaign.id,
            "cell": place.cell_id,
            "item": place.item_id,
            "site": place.site_id,
            "day": place.day,
            "person": standing.person_id,
            "user": standing.user_id,
            "union": standing.union_id,
            "category": standing.category,
            "owner": idempotency.owner_of(actor),
            "key": request.key,
            "body_hash": idempotency.digest(PURPOSE, request.body),
            "answer": hot.as_json({"id": public_id}),
            "subject_key": standing.person_key,
            "node": campaign.union_id,
            "data": hot.as_json({"cell": place.cell_id}),
            "today": clock.day_of(now),
            "dimset": _dimset(campaign, place, standing.category),
            "message": new_public_id(),
            "values": hot.as_json(told(place)),
            "link": link(public_id),
        }
    )
    return None if made is None else Reserved(made, public_id, place)


def _needs_a_use(campaign: Remembered) -> bool:
    """Whether the rule limits more than one item of this campaign for each person, which its own constraint holds."""
    once = campaign.rule.once
    return once is not None and (once.per is not Per.PERSON or once.period is not Period.CAMPAIGN)


def take_use(campaign: Remembered, standing: Standing, source_type: str, source_id: int) -> None:
    """Write down by which object the person has what the rule allows once. Raises Conflict ALREADY_USED."""
    if _needs_a_use(campaign) and campaign.rule.once is not None and standing.person_id is not None:
        whole = campaign.rule.once.period is not Period.CAMPAIGN
        uses.take(
            rule=campaign.rule,
            rule_key=records.PROGRAMME if whole else campaign.public_id,
            person_id=standing.person_id,
            day=campaign.day,
            source_type=source_type,
            source_id=source_id,
        )


def _dimset(campaign: Remembered, place: Place, category: str) -> int:
    known = campaign.dimsets.get((place.item_code, place.site_key, category))
    if known is not None:
        return known
    with transaction.atomic():
        facts = records.dims(campaign=campaign.public_id, item=place.item_code, site=place.site_key, category=category)
        return dims.intern([facts])[0]


def _write_portable(request: Request, campaign: Remembered, standing: Standing, place: Place) -> Reserved | None:
    actor = _actor(request, standing)

    def act() -> dict[str, Any]:
        made = open_reservation(
            unsaved(campaign.id, place, standing, Source.FIRST_COME),
            actor=actor,
            decision=allow("own"),
            notice=notices.RESERVED,
        )
        take_use(campaign, standing, records.SOURCE_TYPE, made.pk)
        take_piece(place.cell_id)
        return {"id": made.public_id}

    answer, again = idempotency.once(key=request.key, actor=actor, purpose=PURPOSE, body=request.body, act=act)
    return repeated(answer["id"]) if again else _fresh(answer["id"], place)


def _fresh(public_id: str, place: Place) -> Reserved:
    return Reserved(Reservation.objects.only("pk").get(public_id=public_id).pk, public_id, place)


def unsaved(campaign_id: int, place: Place, standing: Any, source: Source) -> Reservation:
    """A reservation of ``place`` for whoever ``standing`` tells of (person, user, union, category)."""
    return Reservation(
        campaign_id=campaign_id,
        cell_id=place.cell_id,
        item_id=place.item_id,
        site_id=place.site_id,
        day=place.day,
        person_id=standing.person_id,
        user_id=standing.user_id,
        union_id=standing.union_id,
        category=standing.category,
        source=source.value,
    )


def open_reservation(reservation: Reservation, *, actor: Actor, decision: Decision, notice: Any) -> Reservation:
    """Open ``reservation`` with its record and its notice, without touching the stock. Needs a transaction."""
    reservation.public_id = new_public_id()
    place = Place(
        reservation.cell_id,
        reservation.item_id,
        reservation.item.name,
        reservation.item.code,
        reservation.site_id,
        reservation.site.public_id,
        reservation.site.name,
        reservation.day,
    )
    values = told(place)
    if "title" in notice.needs:
        values["title"] = reservation.campaign.title
    return lifecycle.open(
        reservation,
        actor=actor,
        decision=decision,
        records=[records.reserved(reservation)],
        notices=[Notice(notice, reservation.user_id, values, link=link(reservation.public_id))],
        data={"cell": reservation.cell_id},
    )


def take_piece(cell_id: int) -> None:
    """Take one piece, the last act of a transaction. Raises IntegrityError when none is left."""
    Cell.objects.filter(pk=cell_id).update(taken=F("taken") + 1)


def give_back_piece(cell_id: int) -> None:
    """Give one piece back; this needs no lock."""
    Cell.objects.filter(pk=cell_id).update(taken=F("taken") - 1)


def told(place: Place) -> dict[str, str]:
    """What a notice says of a place."""
    return {"item": place.item_name, "site": place.site_name, "day": f"{place.day:%Y-%m-%d}"}


def link(public_id: str) -> str:
    """Where the member reads about a reservation."""
    return f"/offers/mine/{public_id}/"


def _lost(request: Request, campaign: Remembered, place: Place) -> Reserved:
    """Somebody was faster, or a twin of this request: read again and say what holds now."""
    standing = read(request.who, campaign, key=request.key, cell_id=place.cell_id)
    if standing is None:
        raise accounts.not_signed_in()
    if (kept := _kept_answer(request, standing)) is not None:
        return kept
    if standing.existing_id is not None:
        raise _one_each(standing.existing_id)
    if standing.left is not None and standing.left <= 0:
        raise rules.sold_out(place.item_name, has_waiting_list=campaign.has_waiting_list)
    raise Unavailable("TRY_AGAIN", _("这一刻人太多，没有预约上，请马上再点一次。"), retry_after=1)


__all__ = ["ByToken", "ByUser", "Request", "Reserved", "reserve"]
