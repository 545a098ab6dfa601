"""``/api/v1/offers/``: what is on, reserving, what is mine, waiting lists, draws, appeals."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, PageIn
from niangjia.services.offers import actions, member_queries, policies, queries
from niangjia.services.offers.api_shapes import (
    AppealIn,
    AppealOut,
    CampaignDetailOut,
    CampaignsOut,
    ChoiceIn,
    ConditionOut,
    DayOut,
    ItemOut,
    ReservationOut,
    ReservationsOut,
    SiteOut,
    WaitingOut,
    WishIn,
    WishOut,
    campaign_out,
    reservation_out,
    waiting_out,
    wish_out,
)
from niangjia.services.offers.counter import api as counter_api
from niangjia.services.offers.member_queries import Mine, SiteChoice
from niangjia.services.offers.models import Campaign, Item, Waiting, Wish
from niangjia.services.offers.rush import api as api_reserve
from niangjia.services.offers.rush.catalogue import Choice
from niangjia.services.offers.rush.patience import patiently

router = Router(tags=["offers"])
router.add_router("", api_reserve.router)
router.add_router("/counter", counter_api.router)


# What is on


@router.get("/campaigns", response=CampaignsOut, summary="Campaigns that members see")
@member_required
def campaigns(request: HttpRequest) -> CampaignsOut:
    rows = member_queries.listed(actor_of(request))
    return CampaignsOut(server_time=clock.now(), items=[campaign_out(row) for row in rows])


@router.get(
    "/campaigns/{public_id}", response=CampaignDetailOut, summary="A campaign: items, sites, days, what is left"
)
@member_required
def campaign(request: HttpRequest, public_id: str) -> CampaignDetailOut:
    actor = actor_of(request)
    found = queries.campaign_for(actor, public_id)
    board, mine = member_queries.board(found), member_queries.standing(actor, found)
    row = member_queries.listed_one(actor, found)
    places = member_queries.places_by_item(found)
    return CampaignDetailOut(
        server_time=board.now,
        campaign=campaign_out(row, board),
        terms=found.terms,
        has_waiting_list=found.has_waiting_list,
        draw_commitment=found.draw_commitment,
        conditions=_conditions(mine),
        barred_until=mine.barred_until,
        items=[_item(kind.item, kind.left, places.get(kind.item.pk, [])) for kind in board.kinds],
    )


def _conditions(mine: Mine) -> list[ConditionOut]:
    lines = mine.explanation.lines if mine.explanation else ()
    return [ConditionOut(sentence=str(line.sentence), met=line.met, refusal=str(line.refusal or "")) for line in lines]


def _item(item: Item, left: int, sites: list[SiteChoice]) -> ItemOut:
    return ItemOut(
        id=item.public_id,
        name=item.name,
        description=item.description,
        left=left,
        sites=[
            SiteOut(
                id=site.public_id,
                name=site.name,
                address=site.address,
                hours=site.hours,
                days=[DayOut(day=day.day, left=day.left) for day in site.days],
            )
            for site in sites
        ],
    )


# What is mine


@router.get("/reservations", response=ReservationsOut, summary="My reservations, newest first")
@member_required
def reservations(request: HttpRequest, listing: Query[PageIn]) -> ReservationsOut:
    rows = policies.visible_reservations(actor_of(request)).with_names().select_related("appeal").order_by("-pk")
    start = (listing.page - 1) * listing.size
    found = list(rows[start : start + listing.size + 1])
    more = listing.page + 1 if len(found) > listing.size else None
    return ReservationsOut(items=[reservation_out(row) for row in found[: listing.size]], next=more)


@router.get("/reservations/{public_id}", response=ReservationOut, summary="One of my reservations")
@member_required
def reservation(request: HttpRequest, public_id: str) -> ReservationOut:
    return reservation_out(queries.reservation_for(actor_of(request), public_id))


@router.post("/reservations/{public_id}/cancel", response=ReservationOut, summary="Give a reservation back")
@member_required
def cancel(request: HttpRequest, public_id: str) -> ReservationOut:
    actor = actor_of(request)
    patiently(lambda: actions.cancel(public_id=public_id, actor=actor))
    return reservation_out(queries.reservation_for(actor, public_id))


@router.post("/reservations/{public_id}/appeal", response={201: AppealOut}, summary="Say why it was not collected")
@member_required
def appeal(request: HttpRequest, public_id: str, body: AppealIn) -> Status[AppealOut]:
    actor = actor_of(request)
    made = actions.appeal(reservation=public_id, cause=member_queries.cause_of(body.cause), text=body.text, actor=actor)
    return Status(
        201,
        AppealOut(
            reservation=public_id,
            state=made.state,
            state_label=str(made.state_label),
            cause=made.cause,
            answer_reason=made.answer_reason,
        ),
    )


# Waiting lists


@router.get("/waiting", response=list[WaitingOut], summary="My places on waiting lists")
@member_required
def waiting(request: HttpRequest) -> list[WaitingOut]:
    return [waiting_out(row) for row in member_queries.holdings(actor_of(request), past=0).waiting]


@router.post("/campaigns/{public_id}/waiting", response={201: WaitingOut}, summary="Wait for a place that is taken")
@member_required
def queue(request: HttpRequest, public_id: str, body: ChoiceIn, idempotency_key: Key = "") -> Status[WaitingOut]:
    actor, choice = actor_of(request), Choice(body.item, body.site, body.day)

    def act() -> dict[str, Any]:
        made: Waiting = actions.queue(campaign=public_id, choice=choice, actor=actor)
        return {"id": made.public_id}

    answer = _once(idempotency_key, actor, "offers.queue", {"campaign": public_id, **body.dict()}, act)
    return Status(201, waiting_out(member_queries.waiting_for(actor, answer["id"])))


@router.post("/waiting/{public_id}/take", response={201: ReservationOut}, summary="Say yes to the piece that is held")
@member_required
def take(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> Status[ReservationOut]:
    actor = actor_of(request)

    def act() -> dict[str, Any]:
        return {"id": actions.take(public_id=public_id, actor=actor).public_id}

    answer = _once(idempotency_key, actor, "offers.take", {"waiting": public_id}, act)
    return Status(201, reservation_out(queries.reservation_for(actor, answer["id"])))


@router.post("/waiting/{public_id}/leave", response=WaitingOut, summary="Stop waiting")
@member_required
def leave(request: HttpRequest, public_id: str) -> WaitingOut:
    actor = actor_of(request)
    actions.leave(public_id=public_id, actor=actor)
    return waiting_out(member_queries.waiting_for(actor, public_id))


# Draws


@router.get("/wishes", response=list[WishOut], summary="My wishes in draws")
@member_required
def wishes(request: HttpRequest) -> list[WishOut]:
    return [wish_out(row) for row in member_queries.holdings(actor_of(request)).wishes]


@router.post("/campaigns/{public_id}/wishes", response={201: WishOut}, summary="Wish, or wish for something else")
@member_required
def enter(request: HttpRequest, public_id: str, body: WishIn, idempotency_key: Key = "") -> Status[WishOut]:
    actor = actor_of(request)
    choices = [Choice(one.item, one.site, one.day) for one in body.choices]

    def act() -> dict[str, Any]:
        made: Wish = actions.enter(campaign=public_id, choices=choices, actor=actor)
        return {"id": made.public_id}

    answer = _once(idempotency_key, actor, "offers.enter", {"campaign": public_id, **body.dict()}, act)
    return Status(201, wish_out(member_queries.wish_by_id(actor, answer["id"])))


@router.post("/wishes/{public_id}/take-back", response=WishOut, summary="Take no part in the draw after all")
@member_required
def take_back(request: HttpRequest, public_id: str) -> WishOut:
    actor = actor_of(request)
    actions.take_back(public_id=public_id, actor=actor)
    return wish_out(member_queries.wish_by_id(actor, public_id))


@router.get("/campaigns/{public_id}/draw", response=dict[str, Any], summary="The file by which a draw is re-checked")
@member_required
def draw(request: HttpRequest, public_id: str) -> dict[str, Any]:
    from niangjia.services.offers.chances import drawing

    found: Campaign = queries.campaign_for(actor_of(request), public_id)
    return drawing.published(found)


def _once(key: str, actor: Actor, purpose: str, body: dict[str, Any], act: Any) -> dict[str, Any]:
    answer, _again = idempotency.once(key=key, actor=actor, purpose=purpose, body=body, act=act)
    return answer
